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

/** The options in force when a command of an instruction begins. */
export function shellOptionsAt(
  command: ShellCommand,
  { interpreter, shell }: LintedInstruction,
  stage: LintedStage,
): ShellOptions {
  const start = interpreter === null && !knownBase(stage) ? null : false;
  let options: ShellOptions = { stopsAtFailure: start, failsInPipes: start };
  options = change(options, (interpreter ?? []).slice(1));
  for (const { name, words, start: at } of shell?.commands ?? []) {
    if (at >= command.start) break;
    if (name === 'set')
      options = change(
        options,
        words.slice(1).map(({ text }) => text ?? ''),
      );
  }
  return options;
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
