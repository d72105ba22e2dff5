/** Whether an environment variable reaches a command of a `RUN`. */
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import { lineageOf } from './linted-dockerfile.ts';
import { type ShellCommand, wordValue } from './shell-script.ts';

const EXPORTS = new Set(['export', 'declare', 'typeset']);
const READS_OTHERS = new Set(['.', 'source', 'eval']);

/** Where a command stands. */
export interface CommandPlace {
  readonly stage: LintedStage;
  readonly instruction: LintedInstruction;
  readonly command: ShellCommand;
}

/**
 * Whether a variable is set for a command: by `ENV` or `ARG`, before the command itself, or exported earlier in the script.
 * A variable that is only assigned, as in `NAME=1 && pip install`, stays in the shell. Where another script is read in, yes.
 */
export function reachesCommand(name: string, { stage, instruction, command }: CommandPlace): boolean {
  if (instruction.variables.has(name) || isInherited(name, stage)) return true;
  if (command.assignments.some((one) => one.name === name)) return true;
  if (command.words.some(({ raw }) => raw.startsWith(`${name}=`))) return true;
  let isEveryExported = false;
  for (const before of instruction.shell?.commands ?? []) {
    if (before.start >= command.start) break;
    if (READS_OTHERS.has(before.name ?? '')) return true;
    if (before.name === 'set' && before.words.some(({ text }) => text === '-a')) isEveryExported = true;
    const isExport = EXPORTS.has(before.name ?? '') || (isEveryExported && before.words.length === 0);
    if (isExport && names(before).includes(name)) return true;
  }
  return false;
}

function names({ assignments, words }: ShellCommand): readonly (string | undefined)[] {
  return [...assignments.map((one) => one.name), ...words.map(({ raw }) => raw.split('=')[0])];
}

/** The value of a variable for a command; `null` where it has one that is not known, `undefined` where none is set. */
export function valueForCommand(name: string, place: CommandPlace): string | null | undefined {
  if (!reachesCommand(name, place)) return undefined;
  const { instruction, command } = place;
  const own = command.assignments.find((one) => one.name === name);
  if (own !== undefined)
    return own.value === null ? '' : wordValue(own.value, (other) => instruction.variables.get(other));
  if (command.words.some(({ raw }) => raw.startsWith(`${name}=`))) return null;
  const exported = (instruction.shell?.commands ?? []).some(
    (before) => before.start < command.start && before.assignments.some((one) => one.name === name),
  );
  return exported ? null : (instruction.variables.get(name) ?? null);
}

/** `ENV` of the other Dockerfiles that a stage stands on. */
function isInherited(name: string, stage: LintedStage): boolean {
  return lineageOf(stage)
    .slice(0, -1)
    .some(({ instructions }) =>
      instructions.some(
        ({ command }) => command.kind === 'env' && command.pairs.some((pair) => pair.name === name),
      ),
    );
}
