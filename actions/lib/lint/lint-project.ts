import type { Finding } from './finding.ts';
import { mergeHadolint } from './hadolint-findings.ts';
import { readBlockComments, readIgnoreComments } from './ignore-comments.ts';
import type { LintedDockerfile } from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';
import { inOrder, type PlacedFinding, placeFinding } from './placed-finding.ts';
import { dockerfileFindings } from './problem-findings.ts';
import { type Rule, runRule } from './rule.ts';
import { type SourceText, sourceText } from './source-text.ts';

/** What is linted, and by what. */
export interface LintWork {
  readonly project: LintedProject;
  /** Those whose findings are wanted; one that is built in several ways is there as often. */
  readonly dockerfiles: readonly LintedDockerfile[];
  /** Whether findings in another file are wanted, whatever Dockerfile they come from. */
  isWanted(file: string): boolean;
  /** Only Dockerfiles were asked for: nothing that others lead to can be wanted. */
  readonly isNarrow: boolean;
  readonly rules: readonly Rule[];
  /** What hadolint finds, by the path of the Dockerfile. */
  readonly hadolint: ReadonlyMap<string, readonly Finding[]>;
  /** What was found while the project was read. */
  readonly others: readonly Finding[];
}

/** What came of it. */
export interface Linted {
  /** In order, without those that comments silence. */
  readonly findings: readonly PlacedFinding[];
  readonly silenced: number;
}

/** What our rules alone found. */
export interface CheckedProject {
  /** By the path of the Dockerfile. */
  readonly own: ReadonlyMap<string, readonly Finding[]>;
  readonly elsewhere: readonly Finding[];
}

/** Runs every rule; hadolint may run meanwhile. */
export function checkProject(work: Omit<LintWork, 'hadolint' | 'others'>): CheckedProject {
  const { project, dockerfiles, rules, isWanted } = work;
  const byFile = Map.groupBy(dockerfiles, ({ source }) => source.file);
  const ofProject = new Set(rules.flatMap(({ id, isOfProject }) => (isOfProject ? id : [])));
  const counts = ({ file, rule }: Finding): boolean => !ofProject.has(rule) || isWanted(file);
  const own = [...byFile].map(
    ([file, variants]) =>
      [file, distinct(variants.flatMap((one) => checkFile(one, project, rules).filter(counts)))] as const,
  );
  return { own: new Map(own), elsewhere: foundElsewhere(work) };
}

/** Joins what rules and hadolint found, and heeds the comments that silence findings. */
export function lintProject(work: LintWork, { own, elsewhere } = checkProject(work)): Linted {
  const { project, dockerfiles, isWanted, others, hadolint, rules } = work;
  const byFile = Map.groupBy(dockerfiles, ({ source }) => source.file);
  const checked = [...byFile].flatMap(([file, [first]]) =>
    first === undefined ? [] : mergeHadolint(first, own.get(file) ?? [], hadolint.get(file) ?? [], rules),
  );
  const found = distinct([...others.filter(({ file }) => isWanted(file)), ...checked, ...elsewhere]);
  const sources = new Map(dockerfiles.map(({ source }) => [source.file, source]));
  const comments = new Map(
    [...new Set([...byFile.keys(), ...found.map(({ file }) => file)])].map((file) => {
      const [dockerfile] = byFile.get(file) ?? [];
      const source = sourceOf(file, sources, project);
      return [file, dockerfile === undefined ? readBlockComments(source) : readIgnoreComments(dockerfile)];
    }),
  );
  const loud = found.filter((finding) => !comments.get(finding.file)?.silences(finding));
  const said = [...comments.values()].flatMap(({ findings }) => findings);
  const placed = [...loud, ...said].map((finding) => {
    const source = sourceOf(finding.file, sources, project);
    return placeFinding(withoutLoss(finding, source), source);
  });
  return { findings: inOrder(placed), silenced: found.length - loud.length };
}

/** What Dockerfiles that were not asked for lead to in files that were. */
function foundElsewhere(work: Omit<LintWork, 'hadolint' | 'others'>): readonly Finding[] {
  const { project, dockerfiles, isWanted, rules, isNarrow } = work;
  if (isNarrow) return [];
  const wanted = new Set(dockerfiles.map(({ source }) => source.file));
  return project.dockerfiles
    .filter(({ source }) => !wanted.has(source.file))
    .flatMap((file) =>
      checkFile(file, project, rules).filter((one) => one.file !== file.source.file && isWanted(one.file)),
    );
}

function checkFile(
  file: LintedDockerfile,
  project: LintedProject,
  rules: readonly Rule[],
): readonly Finding[] {
  return [...dockerfileFindings(file), ...rules.flatMap((rule) => checkRule(rule, file, project))];
}

/** One rule that fails must not hide what the others found. */
function checkRule(rule: Rule, file: LintedDockerfile, project: LintedProject): readonly Finding[] {
  try {
    return runRule(rule, file, project);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the rule "${rule.id}" came to no end on this file; this is a bug in Darkroom, please report it: ${why}`;
    return [
      { file: file.source.file, rule: 'lint/rule-failed', severity: 'warning', message, start: 0, end: 0 },
    ];
  }
}

/** A Dockerfile that is built in several ways says most things several times. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const { file, rule, start, end, message } = finding;
    const id = JSON.stringify([file, rule, start, end, message]);
    if (!seen.has(id)) seen.set(id, finding);
  }
  return [...seen.values()];
}

/** Bytes that are not UTF-8 are not in the text: whoever mends the file by it loses them. */
function withoutLoss(finding: Finding, { text }: SourceText): Finding {
  if (finding.fix === undefined || !text.includes('\ufffd')) return finding;
  const { fix: _, ...rest } = finding;
  return rest;
}

function sourceOf(
  file: string,
  known: Map<string, SourceText>,
  project: Pick<LintedProject, 'read'>,
): SourceText {
  const source = known.get(file) ?? sourceText(file, project.read(file) ?? '');
  known.set(file, source);
  return source;
}
