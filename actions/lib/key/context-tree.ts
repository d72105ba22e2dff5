/** A context as a window on the repository's sorted entries: nothing is copied, and paths are found by halving. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { comparePaths } from '../git/path-text.ts';
import type { TreeEntry } from '../git/source.ts';

/** A context folder of the repository. Its paths are relative to the folder. */
export interface ContextTree {
  /** Relative to the repository; `.` for its root. */
  readonly folder: string;
  /** Entries of the whole repository, sorted by the bytes of their paths. */
  readonly entries: readonly TreeEntry[];
  /** First entry of the context. */
  readonly start: number;
  /** One past its last entry. */
  readonly end: number;
  /** Positions of its symlinks and submodules. */
  readonly links: readonly number[];
  readonly submodules: readonly number[];
  /** The submodule that the whole context lies in. */
  readonly inside: TreeEntry | null;
  /** Targets of symlinks by object id. */
  readonly targets: LinkTargets;
}

/** Contents of the repository's symlinks (mode `120000`) by object id, as `Source.readBlobs` gives them. */
export type LinkTargets = ReadonlyMap<string, Uint8Array>;

/** Positions of entries a context tree needs to know beforehand; shared by all contexts of a repository. */
export interface SpecialEntries {
  readonly links: readonly number[];
  readonly submodules: readonly number[];
}

/** Finds symlinks and submodules in one pass. */
export function findSpecialEntries(entries: readonly TreeEntry[]): SpecialEntries {
  const links: number[] = [];
  const submodules: number[] = [];
  for (const [index, { mode }] of entries.entries()) {
    if (mode === '120000') links.push(index);
    else if (mode === '160000') submodules.push(index);
  }
  return { links, submodules };
}

/**
 * Opens a folder of the repository as a context.
 * @throws DarkroomError `key/linked-context` when the folder is reached through a symlink
 */
export function contextTree(
  entries: readonly TreeEntry[],
  folder: string,
  targets: LinkTargets,
  special: SpecialEntries = findSpecialEntries(entries),
): ContextTree {
  const start = folder === '.' ? 0 : lowerBound(entries, `${folder}/`);
  // "0" is the character after "/", so this bounds everything that starts with the folder.
  const end = folder === '.' ? entries.length : lowerBound(entries, `${folder}0`, start);
  const inWindow = (index: number): boolean => start <= index && index < end;
  return {
    folder,
    entries,
    start,
    end,
    links: special.links.filter(inWindow),
    submodules: special.submodules.filter(inWindow),
    inside: submoduleAround(entries, folder),
    targets,
  };
}

/** The submodule the folder is or lies in. */
function submoduleAround(entries: readonly TreeEntry[], folder: string): TreeEntry | null {
  for (let slash = folder.indexOf('/'); ; slash = folder.indexOf('/', slash + 1)) {
    const path = slash === -1 ? folder : folder.slice(0, slash);
    const entry = entries[lowerBound(entries, path)];
    if (entry?.path === path && entry.mode === '120000') {
      throw new DarkroomError(
        {
          code: 'key/linked-context',
          message: `The context "${folder}" is reached through the symlink "${path}", expected a folder.`,
          hint: 'Name the folder the symlink leads to.',
        },
        { kind: 'use' },
      );
    }
    if (entry?.path === path && entry.mode === '160000') return entry;
    if (slash === -1) return null;
  }
}

/** First position in sorted entries whose path is not before the given one. */
export function lowerBound(
  entries: readonly TreeEntry[],
  path: string,
  start = 0,
  end = entries.length,
): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePaths(entries[middle]?.path ?? '', path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Path of an entry relative to the context. */
export function pathAt(tree: ContextTree, index: number): string {
  const path = tree.entries[index]?.path ?? '';
  return tree.folder === '.' ? path : path.slice(tree.folder.length + 1);
}

/** Position of the entry with exactly this path, or -1. */
export function positionOf(tree: ContextTree, path: string): number {
  const full = tree.folder === '.' ? path : `${tree.folder}/${path}`;
  const index = lowerBound(tree.entries, full, tree.start, tree.end);
  return index < tree.end && tree.entries[index]?.path === full ? index : -1;
}

/** Window of the entries below a folder of the context, as `[start, end)`; `.` for all. */
export function rangeBelow(tree: ContextTree, folder: string): readonly [number, number] {
  if (folder === '.') return [tree.start, tree.end];
  const full = tree.folder === '.' ? folder : `${tree.folder}/${folder}`;
  const start = lowerBound(tree.entries, `${full}/`, tree.start, tree.end);
  return [start, lowerBound(tree.entries, `${full}0`, start, tree.end)];
}

/** Tells whether sorted entries hold one below a folder. */
export function holdsEntry(entries: readonly TreeEntry[], folder: string): boolean {
  return entries[lowerBound(entries, `${folder}/`)]?.path.startsWith(`${folder}/`) === true;
}
