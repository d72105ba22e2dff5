import type { YamlValue } from '../../matrix/yaml-tree.ts';
import { type ComposeService, servicesOf, spanOf, textsOf, valueAt } from '../compose-services.ts';
import type { Fix, Span } from '../finding.ts';
import { programState } from '../image-programs.ts';
import { factsOf, type LintedDockerfile, type LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { GivenCommand } from '../orchestration/image-use.ts';
import { usesOf } from '../orchestration/tied-uses.ts';
import { KNOWN_PROGRAMS } from '../program-providers.ts';
import type { Draft, Rule } from '../rule.ts';
import { effective, leafStages } from '../stage-places.ts';

/** A health check whose program is not in the image fails for ever. */
export const healthcheckProgramMissing: Rule = {
  id: 'healthcheck-program-missing',
  severity: 'error',
  title: 'A health check starts a program that the image does not hold',
  covers: [],
  *check(file, project) {
    yield* inDockerfile(file);
    yield* inCompose(file, project);
    yield* inOrchestration(file, project);
  },
};

function* inDockerfile(file: LintedDockerfile): Iterable<Draft> {
  const seen = new Set<number>();
  for (const leaf of leafStages(file)) {
    const instruction = effective(leaf, 'HEALTHCHECK')?.instruction;
    if (instruction === undefined || seen.has(instruction.start)) continue;
    if (!file.stages.some(({ instructions }) => instructions.includes(instruction))) continue;
    const { text, offsets } = instruction.body;
    const command = /^CMD\s+/i.exec(text);
    const test = command === null ? null : text.slice(command[0].length);
    const program = test === null ? null : missingProgram(leaf, wordsOf(test));
    if (test === null || program === null) continue;
    seen.add(instruction.start);
    const start = offsets[command?.[0].length ?? 0] ?? instruction.start;
    const span = { start, end: offsets[text.length] ?? instruction.end };
    yield { ...span, ...said(leaf, program, test, span, 'dockerfile') };
  }
}

function* inCompose(file: LintedDockerfile, project: LintedProject): Iterable<Draft> {
  for (const service of servicesOf(file, project)) {
    const stage = service.target === null ? file.stages.at(-1) : stageNamed(file, service.target);
    const test = testOf(service);
    const program = stage === undefined || test === null ? null : missingProgram(stage, test.programs);
    if (stage === undefined || test === null || program === null) continue;
    const text = project.read(service.file) ?? '';
    const span = spanOf(test.value, text);
    const isOneLine = !/^[[|>]?\s*$/.test(text.slice(span.start, span.end));
    const draft = said(stage, program, test.text, isOneLine ? span : null, 'compose');
    yield { file: service.file, ...span, ...draft };
  }
}

/** Probes of Kubernetes and of ECS. */
function* inOrchestration(file: LintedDockerfile, project: LintedProject): Iterable<Draft> {
  for (const { use, stage } of usesOf(file, project)) {
    for (const probe of use.probes) {
      const program = missingProgram(stage, programsOfProbe(probe));
      if (program === null) continue;
      const { start, end } = probe;
      const message = `nothing installs "${program}" in "${file.source.file}", and its base image does not hold it: every check fails and the container is never healthy`;
      yield { file: use.file, start, end, message };
    }
  }
}

/** `["CMD", "curl"]` of ECS, `["sh", "-c", "curl …"]`, `["curl"]`. */
function programsOfProbe({ words }: GivenCommand): readonly string[] {
  const [first = '', second = '', third = ''] = words ?? [];
  if (first === 'CMD-SHELL') return programsOf(second);
  if (first === 'CMD') return [second];
  if (/^(?:\/bin\/)?(?:ba)?sh$/.test(first) && /^-[a-z]*c$/.test(second))
    return [first, ...programsOf(third)];
  return [first];
}

interface ComposeTest {
  readonly value: YamlValue;
  readonly text: string;
  readonly programs: readonly string[];
}

/** `null` where there is none, or another file or a variable says what it is. */
function testOf({ value }: ComposeService): ComposeTest | null {
  const test = valueAt(value, 'healthcheck', 'test');
  const [first = null, ...rest] = textsOf(test);
  if (test === undefined || first === null || rest.includes(null)) return null;
  if (valueAt(value, 'extends') !== undefined) return null;
  if (test.kind === 'scalar') return { value: test, text: first, programs: programsOf(first) };
  const text = rest.join(' ');
  if (first === 'CMD-SHELL') return { value: test, text, programs: programsOf(text) };
  return first === 'CMD' ? { value: test, text, programs: [rest[0] ?? ''] } : null;
}

function stageNamed({ stages }: LintedDockerfile, name: string): LintedStage | undefined {
  return stages.find((stage) => stage.name === name.toLowerCase());
}

function missingProgram(stage: LintedStage, programs: readonly string[]): string | null {
  return programs.find((name) => KNOWN_PROGRAMS.has(name) && programState(stage, name) === 'missing') ?? null;
}

/** Programs of a test in shell form, or the first word of a JSON array. */
function wordsOf(test: string): readonly string[] {
  if (!test.startsWith('[')) return programsOf(test);
  try {
    const words: unknown = JSON.parse(test);
    return Array.isArray(words) && typeof words[0] === 'string' ? [words[0]] : [];
  } catch {
    return [];
  }
}

/** The first word of every command of a short script; strings are left out so that nothing in them is taken for one. */
function programsOf(script: string): readonly string[] {
  return script
    .replace(/'[^']*'|"[^"]*"/g, 'text')
    .split(/\|\|?|&&|;|\n|\$\(|\bif\b|\bthen\b|!/)
    .flatMap((part) => /^\s*(?:\w+=\S*\s+)*([\w.-]+)/.exec(part)?.[1] ?? []);
}

function said(
  stage: LintedStage,
  program: string,
  test: string,
  place: Span | null,
  kind: 'dockerfile' | 'compose',
): Pick<Draft, 'message'> & { readonly fix?: Fix } {
  const url = urlOf(test);
  const hasPython = factsOf(stage)?.python != null || factsOf(stage)?.torch != null;
  const message = `nothing installs "${program}", and the base image does not hold it: every check fails and the container is never healthy`;
  if (!hasPython || url === null || place === null) {
    return { message: `${message}; install "${program}", or use a program that is there` };
  }
  const words = ['python', '-c', `import urllib.request; urllib.request.urlopen('${url}', timeout=5)`];
  const array = (kind === 'compose' ? ['CMD', ...words] : words)
    .map((word) => JSON.stringify(word))
    .join(', ');
  const edits = [{ ...place, text: `[${array}]` }];
  return { message, fix: { description: 'ask with the Python that is there', safe: false, edits } };
}

/** The one address that a simple `curl` or `wget` asks for. */
function urlOf(test: string): string | null {
  const urls = test.match(/https?:\/\/[^\s"',\]|;]+/g) ?? [];
  const isSimple = !/\s(?:-X|-d|-H|--data|--header|--request|-k|--unix-socket)\b|\$|(?<!\|)\|(?!\|)|&&/.test(
    test,
  );
  return urls.length === 1 && isSimple && urls[0]?.startsWith('http://') ? urls[0] : null;
}
