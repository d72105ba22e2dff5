/** What a container starts, when the image and whoever runs it each say a part of it. */
import { behindBase } from '../base-entrypoint.ts';
import { effective } from '../stage-places.ts';
import { plainWords, startedProgram } from '../started-program.ts';
import type { GivenCommand } from './image-use.ts';
import type { TiedUse } from './tied-uses.ts';

/** A command with the place that changed it; `given` is `null` where the image alone says what is started. */
export interface UsedCommand {
  readonly words: readonly string[];
  readonly given: GivenCommand | null;
}

/** `null` where some of it is not known, or more than one command is started. */
export function usedCommand({ use: { entrypoint, command }, stage }: TiedUse): UsedCommand | null {
  if (entrypoint === null && command === null) {
    const started = startedProgram(stage);
    return started === null ? null : { words: started.words, given: null };
  }
  const before = entrypoint === null ? imageEntrypoint(stage) : entrypoint.words;
  const behind = command === null ? [] : command.words;
  const given = entrypoint ?? command;
  if (before === null || behind === null || given === null) return null;
  const isBehindBase = before.length === 0 && effective(stage, 'ENTRYPOINT') === null && entrypoint === null;
  const plain = plainWords([...before, ...behind]);
  const words = plain !== null && isBehindBase ? behindBase(plain, stage) : plain;
  return words === null || words.length === 0 || words[0] === '' ? null : { words, given };
}

function imageEntrypoint(stage: TiedUse['stage']): readonly string[] | null {
  const entry = effective(stage, 'ENTRYPOINT')?.instruction;
  // A script in shell form takes no words.
  return entry === undefined ? [] : entry.exec;
}
