import { type Purpose, purposeOf } from '../command-purpose.ts';
import { commandSpan, commandText, nextCommand, previousCommand } from '../command-text.ts';
import type { Fix } from '../finding.ts';
import {
  factsOf,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
} from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { shellOptionsIn } from '../shell-options.ts';
import type { ShellCommand, ShellScript } from '../shell-script.ts';

/** They succeed on whatever they are given, also on nothing. */
const FILTERS = new Set([
  'tee',
  'tail',
  'head',
  'cat',
  'sed',
  'awk',
  'sort',
  'uniq',
  'cut',
  'tr',
  'wc',
  'ts',
  'grep',
]);
const QUIET = new Set(['true', ':', 'echo', 'printf']);

/** `pip install x || true`: the build goes on without x. */
export const maskedVerification: Rule = {
  id: 'masked-verification',
  severity: 'warning',
  title: 'A failure that the build does not notice',
  covers: ['DL4006'],
  *check(file) {
    for (const stage of file.stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'RUN' || instruction.shell === null) continue;
        yield* swallowed(instruction.shell, file);
        yield* lostInPipes(instruction, instruction.shell, stage);
      }
    }
  },
};

/** `… || true`, `… || echo "not installed"` */
function* swallowed(script: ShellScript, { source }: LintedDockerfile): Iterable<Draft> {
  for (const swallower of script.commands) {
    if (!swallows(script, swallower, source.text)) continue;
    const before = previousCommand(script, swallower);
    const [first] = maskedBy(script, swallower, source.text);
    if (before === null || first === undefined) continue;
    const isMeant = purposeOf(before) !== null && !isElsewhere(before);
    const command = isMeant ? before : first;
    const purpose = purposeOf(command);
    const by = `|| ${commandText(swallower, 30)}`;
    const { end } = commandSpan(swallower);
    const what = `when "${commandText(command)}" fails the build goes on, because of "${by}"`;
    yield {
      ...{ start: command.start, end },
      ...(purpose === 'version' ? { severity: 'info' } : {}),
      message: isMeant
        ? `${what}; ${advice(purpose)}`
        : `${what}, which holds for all that "&&" joins before it; put it in parentheses with what may fail`,
      ...(isMeant ? withoutSwallower(before, swallower, by, source.text) : inParentheses(before, end)),
    };
  }
}

function swallows(script: ShellScript, command: ShellCommand, source: string): boolean {
  return command.before === '||' && endsWell(script, command, source);
}

function advice(purpose: Purpose | null): string {
  if (purpose === 'check' || purpose === 'version') return 'let the check end the build, or leave it out';
  return 'let it end the build, or leave the step out where it is not needed';
}

/** Commands whose failure leads to the swallower, from the first one on; a group around the swallower is not left. */
function maskedBy(script: ShellScript, swallower: ShellCommand, source: string): readonly ShellCommand[] {
  const found: ShellCommand[] = [];
  let depth = 0;
  for (let one = swallower; /^(?:\|\||&&|\|)$/.test(one.before); ) {
    const before = previousCommand(script, one);
    // What a loop or a branch swallows is its own.
    if (before === null || blocks(before) < blocks(swallower) || swallows(script, before, source)) break;
    // What is behind `||` may be a group of its own.
    if (one !== swallower) depth += levels(source.slice(commandSpan(before).end, one.start));
    if (depth < 0) break;
    one = before;
    if (!isElsewhere(one) && one.after !== '|' && purposeOf(one) !== null) found.unshift(one);
  }
  return found;
}

function blocks({ within }: ShellCommand): number {
  return within.filter((one) => one === 'loop' || one === 'branch' || one === 'function').length;
}

/** How many groups end between two commands, less those that begin. */
function levels(between: string): number {
  const signs = between.replace(/#.*/g, '');
  return (signs.match(/[)}]/g)?.length ?? 0) - (signs.match(/[({]/g)?.length ?? 0);
}

/** In a condition a failure is an answer, in a substitution the text is what counts. */
function isElsewhere({ within }: ShellCommand): boolean {
  return within.some((one) => one === 'condition' || one === 'substitution' || one === 'negated');
}

/** Nothing behind `||` fails: neither alone, nor as `{ echo …; exit 1; }`. */
function endsWell(script: ShellScript, swallower: ShellCommand, source: string): boolean {
  const before = previousCommand(script, swallower);
  if (before === null) return false;
  const between = source.slice(commandSpan(before).end, swallower.start);
  const isGroup = /[{(]\s*(?:\\\s*)*$/.test(between);
  for (let one: ShellCommand | null = swallower; one !== null; one = nextCommand(script, one)) {
    if (isFailure(one)) return false;
    if (!isQuiet(one)) return one !== swallower && !isGroup;
    if (isGroup && /^\s*;?\s*(?:\\\s*)*[})]/.test(source.slice(commandSpan(one).end))) return true;
    if (one.after !== ';' && !isGroup) return true;
  }
  return true;
}

function isQuiet(command: ShellCommand): boolean {
  return (
    QUIET.has(command.name ?? '') || (/^(?:exit|return)$/.test(command.name ?? '') && !isFailure(command))
  );
}

function isFailure({ name, words }: ShellCommand): boolean {
  return name === 'false' || (/^(?:exit|return)$/.test(name ?? '') && words[1]?.text !== '0');
}

function withoutSwallower(
  before: ShellCommand,
  swallower: ShellCommand,
  by: string,
  source: string,
): { fix?: Fix } {
  const start = commandSpan(before).end;
  const { end } = commandSpan(swallower);
  if (!/^(?:\s|\\\s)*\|\|(?:\s|\\\s)*$/.test(source.slice(start, swallower.start))) return {};
  const description = `let the failure end the build: remove "${by}"`;
  return { fix: { description, safe: false, edits: [{ start, end, text: '' }] } };
}

function inParentheses(before: ShellCommand, end: number): { fix?: Fix } {
  const edits = [
    { start: before.start, end: before.start, text: '(' },
    { start: end, end, text: ')' },
  ];
  return { fix: { description: `let it hold for "${commandText(before, 30)}" alone`, safe: false, edits } };
}

/** `… | tee log` */
function* lostInPipes(
  instruction: LintedInstruction,
  script: ShellScript,
  stage: LintedStage,
): Iterable<Draft> {
  let fix = pipefail(instruction, stage);
  const optionsAt = shellOptionsIn(instruction, stage);
  for (const command of script.commands) {
    if (command.after !== '|' || isElsewhere(command)) continue;
    const purpose = purposeOf(command);
    const rest = purpose === null ? [] : restOfPipe(script, command);
    if (rest.length === 0) continue;
    if (purpose === 'version' && isAskedFor(command, rest)) continue;
    if (rest.some(({ name }) => !FILTERS.has(name ?? '') || (name === 'grep' && purpose === 'check')))
      continue;
    if (optionsAt(command).failsInPipes !== false) continue;
    const last = rest.at(-1) ?? command;
    yield {
      ...{ start: command.start, end: commandSpan(last).end },
      ...(purpose === 'version' ? { severity: 'info' } : {}),
      message: `when "${commandText(command)}" fails the build goes on, because only the end of a pipe counts, and "${commandText(last, 30)}" succeeds; ${bash(instruction)}`,
      ...(fix === null ? {} : { fix }),
    };
    fix = null;
  }
}

/** A version that something goes on with, or that is only shown on one of several ways. */
function isAskedFor({ within }: ShellCommand, rest: readonly ShellCommand[]): boolean {
  return (
    within.includes('branch') ||
    rest.some(({ name, redirects }) => /^(?:cut|awk|sed|tr|grep)$/.test(name ?? '') || redirects.length > 0)
  );
}

function restOfPipe(script: ShellScript, command: ShellCommand): readonly ShellCommand[] {
  const rest: ShellCommand[] = [];
  for (let one: ShellCommand | null = command; one?.after === '|'; ) {
    one = nextCommand(script, one);
    if (one !== null) rest.push(one);
  }
  return rest;
}

function bash({ interpreter }: LintedInstruction): string {
  return /\bbash$/.test(interpreter?.[0] ?? '')
    ? 'put "set -o pipefail" before it'
    : 'let bash run it with "set -o pipefail"';
}

/** Where bash is sure to be there. */
function pipefail({ interpreter, start }: LintedInstruction, stage: LintedStage): Fix | null {
  const { distribution = null } = factsOf(stage) ?? {};
  if (interpreter !== null || !/^(?:debian|ubuntu)$/.test(distribution?.name ?? '')) return null;
  const text = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n';
  const description = 'let bash run this and what follows, with pipefail';
  return { description, safe: false, edits: [{ start, end: start, text }] };
}
