/** Which options of the shell hold at a command: whether a failure ends the script, and whether one in a pipe counts. */
import { knownBase } from './known-base.ts';
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import type { ShellCommand } from './shell-script.ts';

/** `null` where the base image may have set a shell of its own. */
export interface ShellOptions {
  /** `set -e` */
  readonly stopsAtFailure: boolean | null;
  /** `set -o pipefail` */
  readonly failsInPipes: boolean | null;
}

/** Tells by the command which options are in force when it begins. */
export function shellOptionsIn(
  { interpreter, shell }: LintedInstruction,
  stage: LintedStage,
): (command: ShellCommand) => ShellOptions {
  const start = interpreter === null && !knownBase(stage) ? null : false;
  const first = change({ stopsAtFailure: start, failsInPipes: start }, (interpreter ?? []).slice(1));
  let options = first;
  const changes = (shell?.commands ?? []).flatMap((command) => {
    if (command.name !== 'set') return [];
    options = change(
      options,
      command.words.slice(1).map(({ text }) => text ?? ''),
    );
    return [{ at: command.start, options }];
  });
  return (command) => changes.findLast(({ at }) => at < command.start)?.options ?? first;
}

function change(options: ShellOptions, words: readonly string[]): ShellOptions {
  let { stopsAtFailure, failsInPipes } = options;
  words.forEach((word, index) => {
    const isOn = word.startsWith('-');
    const letters = /^[-+]([a-zA-Z]+)$/.exec(word)?.[1] ?? '';
    if (letters.includes('e')) stopsAtFailure = isOn;
    if (!letters.endsWith('o')) return;
    if (words[index + 1] === 'pipefail') failsInPipes = isOn;
    if (words[index + 1] === 'errexit') stopsAtFailure = isOn;
  });
  return { stopsAtFailure, failsInPipes };
}
