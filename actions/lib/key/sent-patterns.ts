/** Which entries of a context the paths asked for select, before the ignore file. */
import { type ContextTree, pathAt, positionOf, rangeBelow } from './context-tree.ts';
import { compilePathPattern, type PathPattern } from './path-pattern.ts';
import { createPatternWalk, type PatternWalk, reachOf } from './pattern-walk.ts';

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
  const isReached = reachedFolders(walk, reachOf(patterns.filter((pattern) => !pattern.exception)));
  const ranges = patterns.some((pattern) => pattern.exception)
    ? windowsOf(tree, (path) => walk.matches(path) && isReached(parentOf(path)))
    : patterns.flatMap((pattern) =>
        pattern.literal ? literalRanges(tree, pattern.text) : patternRanges(tree, pattern, isReached),
      );
  return {
    ranges: mergeRanges(ranges),
    holdsFolder: (path) => walk.folder(path).matched && isReached(parentOf(path)),
  };
}

type IsReached = (folder: string | null) => boolean;

/** Tells which folders BuildKit goes into; `null` is the root. */
function reachedFolders(walk: PatternWalk, reach: (folder: string) => boolean): IsReached {
  const known = new Map<string, boolean>();
  const isReached: IsReached = (folder) => {
    if (folder === null) return true;
    const before = known.get(folder);
    if (before !== undefined) return before;
    const reached = isReached(parentOf(folder)) && (walk.folder(folder).matched || reach(folder));
    known.set(folder, reached);
    return reached;
  };
  return isReached;
}

function parentOf(path: string): string | null {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? null : path.slice(0, slash);
}

function windowsOf(tree: ContextTree, holds: (path: string) => boolean): readonly Window[] {
  const windows: Window[] = [];
  for (let index = tree.start; index < tree.end; index += 1) {
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

function patternRanges(tree: ContextTree, pattern: PathPattern, isReached: IsReached): readonly Window[] {
  const folder = literalFolder(pattern.text);
  const submodules = tree.submodules.filter((index) => mayMatchBelow(pattern.text, pathAt(tree, index)));
  const found: Window[] = submodules.map((index) => [index, index + 1]);
  // A window of its own per folder, so that folders that match or cannot matter are passed in one step.
  const scan = ([start, end]: Window, prefix: number): void => {
    let index = start;
    while (index < end) {
      const path = pathAt(tree, index);
      const slash = path.indexOf('/', prefix);
      const name = slash === -1 ? path : path.slice(0, slash);
      const window: Window = slash === -1 ? [index, index + 1] : [index, rangeBelow(tree, name)[1]];
      if (pattern.matches(name)) {
        if (isReached(parentOf(name))) found.push(window);
      } else if (slash !== -1 && mayMatchBelow(pattern.text, name)) {
        scan(window, slash + 1);
      }
      index = window[1];
    }
  };
  scan(rangeBelow(tree, folder), folder === '.' ? 0 : folder.length + 1);
  return found;
}

/** The folder that everything a pattern can match lies in. */
function literalFolder(pattern: string): string {
  if (pattern.includes('|')) return '.';
  const segments = pattern.split('/');
  const first = segments.findIndex((segment) => SPECIAL.test(segment));
  return segments.slice(0, first === -1 ? -1 : first).join('/') || '.';
}

/** Whether a pattern may match something in a folder, also where what that holds is not known: in a submodule. */
function mayMatchBelow(pattern: string, path: string): boolean {
  const folder = literalFolder(pattern);
  const onTheWay = folder === '.' || `${path}/`.startsWith(`${folder}/`) || folder.startsWith(`${path}/`);
  if (!onTheWay) return false;
  const isPlainGlob = !/\*\*|[[\]\\{|]/.test(pattern);
  return !isPlainGlob || pattern.split('/').length > path.split('/').length;
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
