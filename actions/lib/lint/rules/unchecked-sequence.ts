import { purposeOf } from '../command-purpose.ts';
import { commandSpan, commandText, nextCommand } from '../command-text.ts';
import type { Fix } from '../finding.ts';
import type { LintedInstruction } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { shellOptionsIn } from '../shell-options.ts';
import type { ShellCommand, ShellScript } from '../shell-script.ts';

/** `pip install x; rm -rf /tmp/x`: only the last command of a script can fail the build. */
export const uncheckedSequence: Rule = {
  id: 'unchecked-sequence',
  severity: 'warning',
  title: 'A failure before the last command that the build does not notice',
  covers: [],
  *check(file) {
    for (const stage of file.stages) {
      for (const instruction of stage.instructions) {
        const { keyword, shell } = instruction;
        if (keyword !== 'RUN' || shell === null || shell.problem !== null) continue;
        const optionsAt = shellOptionsIn(instruction, stage);
        const lost = shell.commands.filter(
          (command) => isForgotten(shell, command) && optionsAt(command).stopsAtFailure === false,
        );
        const [first] = lost;
        if (first !== undefined) yield draft(first, lost.length - 1, instruction, file.source.text);
      }
    }
  },
};

/** What it ends with is not looked at: something else follows. */
function isForgotten(script: ShellScript, command: ShellCommand): boolean {
  const purpose = purposeOf(command);
  if (purpose === null || purpose === 'version' || command.within.length > 0) return false;
  let last: ShellCommand | null = command;
  while (last !== null && (last.after === '&&' || last.after === '|')) {
    // The end of the pipe is another rule's.
    if (last.after === '|') return false;
    last = nextCommand(script, last);
  }
  if (last?.after !== ';' || last.within.length > 0) return false;
  const next = nextCommand(script, last);
  return next !== null && !isDeliberate(script, next);
}

/** `x; test $? -eq 0`, `x; status=$?` */
function isDeliberate({ commands }: ShellScript, next: ShellCommand): boolean {
  return commands
    .slice(next.index, next.index + 2)
    .some(({ words, assignments }) =>
      [...words, ...assignments.flatMap(({ value }) => value ?? [])].some(({ raw }) => /\$\{?\?/.test(raw)),
    );
}

function draft(command: ShellCommand, more: number, instruction: LintedInstruction, source: string): Draft {
  const others = more === 0 ? '' : `, and so may ${more} more behind it`;
  const message = `"${commandText(command)}" may fail${others}, and the build goes on: without "set -e" only the last command of a script counts`;
  return {
    ...{ start: command.start, end: commandSpan(command).end, message },
    ...stopAtFailure(instruction, source),
  };
}

function stopAtFailure({ shell, start, end }: LintedInstruction, source: string): { fix?: Fix } {
  const at = shell?.commands[0]?.start;
  if (at === undefined) return {};
  const head = source.slice(start, at);
  const isHeredoc = /<<-?\s*["']?\w+["']?[^\n]*\n/.test(head);
  // Between the first line of a script and the first command there may be comments.
  const place = isHeredoc ? start + head.lastIndexOf('\n') + 1 : at;
  if (place > end) return {};
  const edits = [{ start: place, end: place, text: isHeredoc ? 'set -e\n' : 'set -e; ' }];
  return { fix: { description: 'let the first failure end the script', safe: false, edits } };
}
