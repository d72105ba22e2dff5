/** Which entries of a context the paths asked for select, before the ignore file. */
import { type ContextTree, pathAt, positionOf, rangeBelow } from './context-tree.ts';
import { compilePathPattern, type PathPattern } from './path-pattern.ts';
import { createPatternWalk, reachOf } from './pattern-walk.ts';

/** The entries selected, and the same question for a folder. */
export interface SentPaths {
  /** Disjoint windows `[start, end)` on the entries, ascending. */
  readonly ranges: readonly Window[];
  /** Tells whether a folder is asked for itself, not only as the way to something. */
  readonly holdsFolder: (path: string) => boolean;
}

/** Positions `[start, end)` of entries. */
type Window = readonly [start: number, end: number];

/** Letters that make a segment of a pattern something else than its own text. */
const SPECIAL = /[*?[\]\\{|^]/;

/** Selects by patterns as `followLinks` gives them; BuildKit reads every path asked for as a pattern. */
export function selectSent(tree: ContextTree, asked: readonly string[] | null): SentPaths {
  if (asked === null) return { ranges: [[tree.start, tree.end]], holdsFolder: () => true };
  // A path BuildKit refuses as a pattern selects nothing; it is reported missing.
  const patterns = asked.flatMap((path) => compilePathPattern(path) ?? []);
  const walk = createPatternWalk(patterns);
  const reach = reachOf(patterns.filter((pattern) => !pattern.exception));
  const isReached = (path: string): boolean =>
    foldersAbove(path).every((folder) => walk.folder(folder).matched || reach(folder));
  const holds = (path: string): boolean => walk.matches(path) && isReached(path);
  const ranges = patterns.some((pattern) => pattern.exception)
    ? windowsOf(tree, [tree.start, tree.end], holds)
    : patterns.flatMap((pattern) =>
        pattern.literal ? literalRanges(tree, pattern.text) : patternRanges(tree, pattern, isReached),
      );
  return { ranges: mergeRanges(ranges), holdsFolder: (path) => walk.folder(path).matched && isReached(path) };
}

function windowsOf(
  tree: ContextTree,
  [start, end]: Window,
  holds: (path: string) => boolean,
): readonly Window[] {
  const windows: Window[] = [];
  for (let index = start; index < end; index += 1) {
    if (holds(pathAt(tree, index))) windows.push([index, index + 1]);
  }
  return windows;
}

function literalRanges(tree: ContextTree, path: string): readonly Window[] {
  const own = [
    positionOf(tree, path),
    ...tree.submodules.filter((index) => path.startsWith(`${pathAt(tree, index)}/`)),
  ];
  return [
    ...own.filter((index) => index !== -1).map((index) => [index, index + 1] as const),
    rangeBelow(tree, path),
  ];
}

function patternRanges(
  tree: ContextTree,
  pattern: PathPattern,
  isReached: (path: string) => boolean,
): readonly Window[] {
  const walk = createPatternWalk([pattern]);
  const window = rangeBelow(tree, literalFolder(pattern.text));
  const submodules = tree.submodules.filter((index) => mayMatchBelow(pattern.text, pathAt(tree, index)));
  return [
    ...windowsOf(tree, window, (path) => walk.matches(path) && isReached(path)),
    ...submodules.map((index) => [index, index + 1] as const),
  ];
}

/** The folders above a path, the highest first. */
function foldersAbove(path: string): readonly string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

/** The folder that everything a pattern can match lies in. */
function literalFolder(pattern: string): string {
  if (pattern.includes('|')) return '.';
  const segments = pattern.split('/');
  const first = segments.findIndex((segment) => SPECIAL.test(segment));
  return segments.slice(0, first === -1 ? -1 : first).join('/') || '.';
}

/** What a submodule holds is not known here: it counts unless the pattern cannot reach into it. */
function mayMatchBelow(pattern: string, submodule: string): boolean {
  const folder = literalFolder(pattern);
  const onTheWay =
    folder === '.' || `${submodule}/`.startsWith(`${folder}/`) || folder.startsWith(`${submodule}/`);
  if (!onTheWay) return false;
  const isPlainGlob = !/\*\*|[[\]\\{|]/.test(pattern);
  return !isPlainGlob || pattern.split('/').length > submodule.split('/').length;
}

function mergeRanges(ranges: readonly Window[]): readonly Window[] {
  const merged: [number, number][] = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (start < end) merged.push([start, end]);
  }
  return merged;
}
