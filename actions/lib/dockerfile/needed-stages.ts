/** Finds the stages that a target needs, and where each of their instructions takes files from. */
import type { Problem } from '../errors/darkroom-error.ts';
import { expandWord } from './expand-words.ts';
import type { Base, LinkedFile } from './link-stages.ts';
import type { Command } from './parse-command.ts';
import type { MountOption } from './parse-mount.ts';
import { readTriggers, type Stage, type StageFile } from './read-stages.ts';
import { ExpansionError } from './shell-pattern.ts';

/** Where `COPY --from` or a mount takes files from. */
export type Origin =
  | { readonly kind: 'context' }
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'outside'; readonly name: string }
  | { readonly kind: 'nothing' };

/** An instruction with its origins: one for `COPY` and `ADD`, one per mount for `RUN`. */
export interface LinkedCommand {
  readonly command: Command;
  readonly origins: readonly Origin[];
}

/** A stage the target needs, with the triggers of the stage below put first. */
export interface NeededStage {
  readonly stage: Stage;
  readonly base: Base;
  readonly commands: readonly LinkedCommand[];
}

/** Lists the stages a target needs, in the order of the file. */
export function neededStages(
  file: StageFile,
  linked: LinkedFile,
  target: Stage,
  problems: Problem[],
): readonly NeededStage[] {
  const needed = new Map<number, NeededStage>();
  const waiting = [target];
  for (let stage = waiting.pop(); stage !== undefined; stage = waiting.pop()) {
    if (needed.has(stage.index)) continue;
    problems.push(...(linked.whenNeeded.get(stage.index) ?? []));
    const base = linked.bases[stage.index] ?? { kind: 'broken' };
    const commands = commandsOf(stage, base, file, linked, problems);
    needed.set(stage.index, { stage, base, commands });
    if (base.kind === 'stage') waiting.push(base.stage);
    for (const { origins } of commands) {
      for (const origin of origins) if (origin.kind === 'stage') waiting.push(origin.stage);
    }
  }
  return [...needed.values()].sort((a, b) => a.stage.index - b.stage.index);
}

function commandsOf(
  user: Stage,
  base: Base,
  file: StageFile,
  linked: LinkedFile,
  problems: Problem[],
): LinkedCommand[] {
  const triggers =
    base.kind === 'stage' ? readTriggers(base.stage, file.file) : { commands: [], problems: [] };
  problems.push(...triggers.problems);
  return [...triggers.commands, ...user.commands].map((command) => {
    const origins: Origin[] = [];
    for (const origin of originsOf(command, file, linked)) {
      const wrong = problemOf(origin, user, command.instruction.keyword);
      if (wrong === undefined && 'kind' in origin) origins.push(origin);
      else {
        origins.push({ kind: 'nothing' });
        const place = { file: file.file, line: command.instruction.line };
        if (wrong !== undefined) problems.push({ ...wrong, place });
      }
    }
    return { command, origins };
  });
}

type OriginProblem = { readonly code: `dockerfile/${string}`; readonly message: string };

function problemOf(origin: Origin | OriginProblem, user: Stage, keyword: string): OriginProblem | undefined {
  if (!('kind' in origin)) return origin;
  if (origin.kind !== 'stage' || origin.stage.index < user.index) return undefined;
  const which = origin.stage === user ? 'the stage it stands in' : 'a stage further down';
  const message = `${keyword} takes files from "${origin.stage.label}", which is ${which}`;
  return { code: 'dockerfile/stage-order', message };
}

function originsOf(
  command: Command,
  file: StageFile,
  linked: LinkedFile,
): readonly (Origin | OriginProblem)[] {
  if (command.kind === 'copy') return [copyOrigin(command.from, file, linked)];
  if (command.kind === 'run') return command.mounts.map((options) => mountOrigin(options, linked));
  return [];
}

/** A number counts stages from 0; a name is a stage in any case, wherever it stands. Variables are not expanded. */
function copyOrigin(from: string, file: StageFile, linked: LinkedFile): Origin | OriginProblem {
  if (from === '') return { kind: 'context' };
  if (hasVariables(from, file.escapeChar)) {
    const message = `--from="${from}": BuildKit expands no variable here; give the image a name with FROM … AS`;
    return { code: 'dockerfile/from-variable', message };
  }
  if (/^[+-]?\d+$/.test(from)) {
    const stage = file.stages[Number(from)];
    const count = file.stages.length;
    const message = `--from=${from}: there is no such stage; the file has ${count}, counted from 0`;
    return stage === undefined ? { code: 'dockerfile/stage-index', message } : { kind: 'stage', stage };
  }
  return originNamed(from, linked);
}

/** A mount knows stages by name only. Without `from`, only a bind mount sees the context. */
function mountOrigin(options: readonly MountOption[], linked: LinkedFile): Origin {
  const from = lastValue(options, 'from');
  if (from !== '') return originNamed(from, linked);
  const type = lastValue(options, 'type').toLowerCase();
  return type === '' || type === 'bind' || type.includes('$')
    ? { kind: 'context' }
    : originNamed('scratch', linked);
}

function originNamed(name: string, linked: LinkedFile): Origin {
  const stage = linked.byName.get(name.toLowerCase());
  if (stage !== undefined) return { kind: 'stage', stage };
  return name === 'scratch' ? { kind: 'nothing' } : { kind: 'outside', name };
}

function hasVariables(from: string, escapeChar: string): boolean {
  try {
    return expandWord(from, escapeChar, () => undefined).text !== from;
  } catch (error) {
    if (error instanceof ExpansionError) return true;
    throw error;
  }
}

function lastValue(options: readonly MountOption[], name: string): string {
  return options.findLast((option) => option.name === name)?.value ?? '';
}
