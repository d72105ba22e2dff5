import { releaseOf } from '../base-release.ts';
import { commandSpan } from '../command-text.ts';
import type { Fix, Span } from '../finding.ts';
import { knownBase } from '../known-base.ts';
import { factsOf, type LintedInstruction, type LintedStage, lineageOf } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand, ShellWord } from '../shell-script.ts';

/** `source venv/bin/activate`: the shell of Debian and Ubuntu has no `source`. */
export const shellFeatureWithoutBash: Rule = {
  id: 'shell-feature-without-bash',
  severity: 'error',
  title: 'A script for bash is read by another shell',
  covers: [
    ...['SC3001', 'SC3009', 'SC3010', 'SC3011', 'SC3020', 'SC3030', 'SC3037'],
    ...['SC3040', 'SC3046', 'SC3051', 'SC3053', 'SC3057', 'SC3059', 'SC3060'],
  ],
  *check(file) {
    for (const stage of file.stages) {
      for (const instruction of stage.instructions) {
        const { keyword, shell } = instruction;
        if (keyword !== 'RUN' || shell === null || !isDash(instruction, stage)) continue;
        const told = new Set<string>();
        for (const command of shell.commands) {
          for (const feature of featuresOf(command, stage)) {
            if (told.has(feature.what)) continue;
            told.add(feature.what);
            yield draft(feature, instruction, told.size === 1);
          }
        }
      }
    }
  },
};

interface Feature extends Span {
  /** As it is written in bash. */
  readonly what: string;
  readonly effect: string;
  readonly isMild?: boolean;
}

/** `sh` is dash on Debian and Ubuntu, unless something has made it another shell. */
function isDash({ interpreter, start }: LintedInstruction, stage: LintedStage): boolean {
  const { distribution = null, repository = '' } = factsOf(stage) ?? {};
  if (!/^(?:debian|ubuntu)$/.test(distribution?.name ?? '') && repository !== 'docker.io/pytorch/pytorch')
    return false;
  if (interpreter !== null && !/^(?:\/bin\/)?(?:sh|dash)$/.test(interpreter[0] ?? '')) return false;
  if (interpreter === null && !knownBase(stage)) return false;
  const before = lineageOf(stage).flatMap(({ instructions }) => instructions);
  return !before.some(
    (one) =>
      one.start <= start &&
      /\/bin\/sh(?!\S)|\bdash\b/.test(one.command.instruction.text) &&
      one.keyword === 'RUN',
  );
}

function* featuresOf(command: ShellCommand, stage: LintedStage): Iterable<Feature> {
  const { words, redirects, assignments, name } = command;
  const [first, second] = words;
  if (first !== undefined && name === 'source' && second !== undefined) {
    yield {
      ...commandSpan(command),
      what: 'source',
      effect: 'there is no program of that name; "." does the same',
    };
  }
  if (first?.raw.startsWith('[[') === true) {
    yield {
      ...commandSpan(command),
      what: '[[',
      effect: 'there is no program of that name, so that it is never true',
    };
  }
  if (name === 'set' && words.some(({ text }) => text === 'pipefail') && lacksPipefail(stage)) {
    yield {
      ...commandSpan(command),
      what: 'set -o pipefail',
      effect: 'it does not know the option and gives up',
    };
  }
  // The program `/bin/echo` knows it.
  if (first?.text === 'echo' && /^-(?:e|ne|en)$/.test(second?.text ?? '')) {
    yield {
      ...commandSpan(command),
      what: 'echo -e',
      effect: '"-e" is printed too; use printf',
      isMild: true,
    };
  }
  for (const redirect of redirects) {
    const { start, end } = redirect;
    if (redirect.operator === '<<<') yield { start, end, what: '<<<', effect: 'it cannot read the script' };
    if (/^&>/.test(redirect.operator)) {
      yield {
        start,
        end,
        what: redirect.operator,
        effect: 'the command is left alone in the background; write "> file 2>&1"',
        // What is asked is always answered with yes, and the build goes on.
        isMild: command.within.includes('condition'),
      };
    }
  }
  for (const { value } of assignments) {
    if (value?.raw.startsWith('(') === true)
      yield { start: value.start, end: value.end, what: 'name=(…)', effect: 'it cannot read the script' };
  }
  for (const word of [...words, ...assignments.flatMap(({ value }) => value ?? [])])
    yield* inWord(word, name);
}

/** https://tracker.debian.org/pkg/dash: since 0.5.12-7, which Debian 13 and Ubuntu 25.04 have. */
function lacksPipefail(stage: LintedStage): boolean {
  const facts = factsOf(stage);
  const { name, release } = (facts === null ? null : releaseOf(facts)) ?? { name: '', release: '' };
  return name === 'debian' ? Number(release) <= 12 : name === 'ubuntu' && Number(release) < 25;
}

function* inWord(word: ShellWord, program: string | null): Iterable<Feature> {
  const place = { start: word.start, end: word.end };
  for (const part of word.parts) {
    if (part.kind === 'other' && /^[<>]\(/.test(part.raw))
      yield { ...place, what: '<(…)', effect: 'it cannot read the script' };
    const special =
      part.kind === 'variable' ? /^\$\{(?:!\w|\w+(?::\s*\d|:\s+-|\/|\^|,))/.exec(part.raw) : null;
    if (special !== null && part.kind === 'variable')
      yield { ...place, what: part.raw, effect: 'it calls that a bad substitution and gives up' };
  }
  const isList = /(?:^|[^$\\{])\{[^\s{}$"']*(?:,|\.\.)[^\s{}$"']*\}/.test(word.raw) && !word.isQuoted;
  // The address of a download has braces of its own, and so do programs in their arguments.
  if (isList && /^(?:mkdir|touch|cp|mv|rm|chmod|chown|ls)$/.test(program ?? '')) {
    yield { ...place, what: word.raw, effect: 'it takes the braces as part of the name', isMild: true };
  }
}

function draft(
  { start, end, what, effect, isMild }: Feature,
  instruction: LintedInstruction,
  isFirst: boolean,
): Draft {
  const message = `"${what}" is of bash, but "/bin/sh" of this image is dash: ${effect}`;
  return {
    start,
    end,
    message,
    ...(isMild === true ? { severity: 'warning' } : {}),
    ...(isFirst ? { fix: withBash(instruction) } : {}),
  };
}

function withBash({ start }: LintedInstruction): Fix {
  const edits = [{ start, end: start, text: 'SHELL ["/bin/bash", "-c"]\n' }];
  return { description: 'let bash run this and what follows', safe: false, edits };
}
