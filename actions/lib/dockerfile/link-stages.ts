/** Finds what the stages of a Dockerfile stand on, and which of them is the target. */
import type { Problem } from '../errors/darkroom-error.ts';
import { listNames, nearestName } from '../errors/nearest-name.ts';
import { type Environment, expandOrReport } from './environment.ts';
import type { Command } from './parse-command.ts';
import { normalizePlatform } from './platform-args.ts';
import type { Stage, StageFile } from './read-stages.ts';

/** What a stage stands on. */
export type Base =
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'image'; readonly name: string; readonly platform: string | null }
  | { readonly kind: 'scratch' }
  /** Cannot be told; the reason is among the problems. */
  | { readonly kind: 'broken' };

/** The stages of a file and the names they go by. */
export interface LinkedFile {
  readonly bases: readonly Base[];
  /** Where a name is given twice, the last stage has it. */
  readonly byName: ReadonlyMap<string, Stage>;
  /** Problems that only matter when the stage of that index is needed. */
  readonly whenNeeded: ReadonlyMap<number, readonly Problem[]>;
}

/**
 * Expands every `FROM`. A name is a stage only if that stage stands above and the name is written in lower case;
 * BuildKit knows no stage numbers here.
 */
export function linkStages(
  file: StageFile,
  globals: Environment,
  platform: string,
  problems: Problem[],
): LinkedFile {
  const byName = new Map<string, Stage>();
  const whenNeeded = new Map<number, readonly Problem[]>();
  const bases = file.stages.map((stage) => {
    const needed: Problem[] = [];
    const base = baseOf(stage, { file, globals, platform, byName, problems, needed });
    whenNeeded.set(stage.index, needed);
    if (stage.name !== undefined) byName.set(stage.name, stage);
    return base;
  });
  return { bases, byName, whenNeeded };
}

interface BaseSearch {
  readonly file: StageFile;
  readonly globals: Environment;
  readonly platform: string;
  readonly byName: ReadonlyMap<string, Stage>;
  readonly problems: Problem[];
  readonly needed: Problem[];
}

function baseOf({ from }: Stage, search: BaseSearch): Base {
  if (from === undefined) return { kind: 'broken' };
  const at = { ...search.file, line: from.instruction.line, problems: search.problems };
  const place = { file: at.file, line: at.line };
  const platform = platformOf(from, search);
  const expansion = expandOrReport(from.base, search.globals, at);
  if (expansion === undefined) return { kind: 'broken' };
  const wrong = [
    ...expansion.unset.map((name) => withoutValue(from.base, name, search.file)),
    ...expansion.unknown.map(
      (name) => `FROM "${from.base}" depends on the builder's machine through ${name}`,
    ),
  ].map((message) => ({ code: 'dockerfile/arg-without-value' as const, place, message }));
  const known = expansion.unknown.length === 0;
  // BuildKit refuses an empty name in any stage, needed or not.
  (expansion.text === '' && known ? search.problems : search.needed).push(...wrong);
  if (expansion.text === '' && wrong.length === 0) {
    const message = `FROM "${from.base}" is empty after its variables are filled in`;
    search.problems.push({ code: 'dockerfile/empty-from', place, message });
  }
  if (expansion.text === '' || !known) return { kind: 'broken' };
  const stage = search.byName.get(expansion.text);
  if (stage !== undefined) return { kind: 'stage', stage };
  if (expansion.text === 'scratch') return { kind: 'scratch' };
  if (search.byName.has(expansion.text.toLowerCase())) {
    const message = `FROM "${expansion.text}" is no stage: after FROM a stage's name must be in lower case`;
    search.needed.push({ code: 'dockerfile/stage-case', place, message });
  }
  return { kind: 'image', name: expansion.text, platform };
}

function platformOf(from: Extract<Command, { kind: 'from' }>, search: BaseSearch): string | null {
  if (from.platform === undefined) return normalizePlatform(search.platform);
  const at = { ...search.file, line: from.instruction.line, problems: search.problems };
  const expansion = expandOrReport(from.platform, search.globals, at);
  if (expansion === undefined || expansion.unknown.length > 0) return null;
  if (expansion.text !== '') return normalizePlatform(expansion.text);
  const message = `FROM --platform="${from.platform}" is empty after its variables are filled in`;
  search.problems.push({
    code: 'dockerfile/empty-platform',
    place: { file: at.file, line: at.line },
    message,
  });
  return null;
}

function withoutValue(written: string, name: string, file: StageFile): string {
  return file.globals.some((command) => command.args.some((arg) => arg.name === name))
    ? `FROM "${written}": ARG ${name} has no default: give it under args:`
    : `FROM "${written}": ${name} is not declared: write ARG ${name}=… before the first FROM`;
}

/** Finds the target by name, in any case; without one, the last stage. BuildKit knows no target numbers. */
export function findTarget(
  file: StageFile,
  linked: LinkedFile,
  target: string | undefined,
  problems: Problem[],
): Stage | undefined {
  const last = file.stages.at(-1);
  if (target === undefined || target === '') return last;
  const found = linked.byName.get(target.toLowerCase());
  // A stage whose FROM is wrong may be the one that is meant.
  if (found !== undefined || file.stages.some(({ from }) => from === undefined)) return found ?? last;
  const names = [...linked.byName.keys()];
  const nearest = nearestName(target, names);
  const hint = nearest === undefined ? undefined : `Did you mean ${nearest}?`;
  const stages = names.length === 0 ? 'no stage has a name' : `the stages are ${listNames(names)}`;
  problems.push({
    code: 'dockerfile/unknown-target',
    place: { file: file.file },
    message: `there is no stage "${target}"; ${stages}`,
    ...(hint === undefined ? {} : { hint }),
  });
  return last;
}
