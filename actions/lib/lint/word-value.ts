import type { LintedInstruction } from './linted-dockerfile.ts';
import { type ShellCommand, type ShellWord, wordValue } from './shell-script.ts';

/** The value of a word of a command, with what the script itself has set before it; `null` where it is not known. */
export function valueAt(
  word: ShellWord,
  command: ShellCommand,
  { shell, variables }: LintedInstruction,
): string | null {
  if (word.text !== null) return word.text;
  return wordValue(word, (name) => {
    const set = (shell?.commands ?? []).findLast(
      ({ start, words, assignments }) =>
        start < command.start &&
        (words.length === 0 || words[0]?.text === 'export') &&
        assignments.some((one) => one.name === name),
    );
    if (set === undefined) return variables.get(name);
    return set.assignments.findLast((one) => one.name === name)?.value?.text ?? null;
  });
}

/** Like `valueAt`, with `\0` in place of whatever is not known. */
export function lenientValueAt(
  word: ShellWord,
  command: ShellCommand,
  instruction: LintedInstruction,
): string {
  return word.parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      return valueAt({ ...word, text: null, parts: [part] }, command, instruction) ?? '\0';
    })
    .join('');
}
