/**
 * The files of a context that can reach an image: those BuildKit has sent to it for the sources of COPY, ADD and bind
 * mounts, after the ignore file.
 */
import { isUtf8 } from 'node:buffer';
import type { ContextRead } from '../dockerfile/dockerfile.ts';
import { comparePaths } from '../git/path-text.ts';
import type { TreeEntry } from '../git/source.ts';
import {
  type ContextTree,
  contextTree,
  findSpecialEntries,
  holdsEntry,
  type LinkTargets,
  pathAt,
} from './context-tree.ts';
import { followLinks } from './follow-links.ts';
import type { IgnorePatterns } from './ignore-patterns.ts';
import { missingReads } from './missing-reads.ts';
import { createPatternWalk, type PatternWalk } from './pattern-walk.ts';
import { type SentPaths, selectSent } from './sent-patterns.ts';

/** What counts of a context. */
export interface ContextSelection {
  /** Paths relative to the context, sorted by their bytes; a submodule that is the context itself has the path `.`. */
  readonly files: readonly TreeEntry[];
  /**
   * Folders whose every file the ignore file takes away: BuildKit sends them empty, so `COPY logs /logs` finds one.
   * The lowest ones only, sorted.
   */
  readonly emptyFolders: readonly string[];
  /** Those of `files` whose name, or target of a link, is not UTF-8: BuildKit refuses to send the context. */
  readonly unsendable: readonly TreeEntry[];
  /** Reads that match nothing and are not optional, or that BuildKit refuses as a pattern; as given. */
  readonly missing: readonly ContextRead[];
}

/** Selects from contexts of one repository and remembers what it selected. */
export type ContextSelector = (
  folder: string,
  ignoreFile: string | null,
  reads: readonly ContextRead[] | 'whole',
) => ContextSelection;

/**
 * Makes a selector over a repository's entries: images with the same context, ignore file and sources share one answer.
 * @param ignoreAt the patterns of an ignore file by its path
 * @param targets contents of all symlinks of the entries, by object id
 */
export function createContextSelector(
  entries: readonly TreeEntry[],
  ignoreAt: (path: string) => IgnorePatterns | null,
  targets: LinkTargets,
): ContextSelector {
  const special = findSpecialEntries(entries);
  const tree = remember((folder: string) => contextTree(entries, folder, targets, special));
  const ignore = remember(ignoreAt);
  const selected = new Map<string, ContextSelection>();
  return (folder, ignoreFile, reads) => {
    const wanted =
      reads === 'whole' ? reads : reads.map(({ path, wildcards, optional }) => [path, wildcards, optional]);
    const id = JSON.stringify([folder, ignoreFile, wanted]);
    const known = selected.get(id);
    if (known !== undefined && known.missing.length === 0) return known;
    const patterns = ignoreFile === null ? null : ignore(ignoreFile);
    const selection = selectContextFiles(tree(folder), patterns, reads);
    selected.set(id, selection);
    return selection;
  };
}

function remember<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, { readonly value: T }>();
  return (name) => {
    const known = made.get(name) ?? { value: make(name) };
    made.set(name, known);
    return known.value;
  };
}

const NOTHING: ContextSelection = { files: [], emptyFolders: [], unsendable: [], missing: [] };

/** Selects for one image; `whole` when a source could not be resolved, so that everything may be read. */
export function selectContextFiles(
  tree: ContextTree,
  ignore: IgnorePatterns | null,
  reads: readonly ContextRead[] | 'whole',
): ContextSelection {
  // A context nothing reads is never sent.
  if (reads.length === 0) return NOTHING;
  if (tree.inside !== null) return { ...NOTHING, files: [{ ...tree.inside, path: '.' }] };
  const asked =
    reads === 'whole'
      ? null
      : followLinks(
          tree,
          reads.map(({ path }) => path),
        );
  const { files, emptyFolders } = applyIgnore(tree, selectSent(tree, asked), ignore);
  const sent = { files, emptyFolders, targets: tree.targets, everything: asked === null };
  const missing = reads === 'whole' ? [] : missingReads(sent, reads);
  return { files, emptyFolders, unsendable: files.filter((file) => !isUtf8Throughout(tree, file)), missing };
}

function isUtf8Throughout(tree: ContextTree, { mode, id, path }: TreeEntry): boolean {
  return path.isWellFormed() && (mode !== '120000' || isUtf8(tree.targets.get(id) ?? new Uint8Array()));
}

function applyIgnore(
  tree: ContextTree,
  sent: SentPaths,
  ignore: IgnorePatterns | null,
): Pick<ContextSelection, 'files' | 'emptyFolders'> {
  const walk = ignore === null || ignore.patterns.length === 0 ? null : createPatternWalk(ignore.patterns);
  const files: TreeEntry[] = [];
  const dropped: string[] = [];
  for (const [start, end] of sent.ranges) {
    for (let index = start; index < end; index += 1) {
      const entry = tree.entries[index];
      if (entry === undefined) continue;
      const path = pathAt(tree, index);
      if (walk !== null && isIgnored(walk, entry, path)) dropped.push(path);
      else files.push(tree.folder === '.' ? entry : { mode: entry.mode, id: entry.id, path });
    }
  }
  return { files, emptyFolders: walk === null ? [] : findEmptied(walk, sent, files, dropped) };
}

/** A submodule is a folder of unknown files: it is out only when everything in it is. */
function isIgnored(walk: PatternWalk, entry: TreeEntry, path: string): boolean {
  return entry.mode === '160000' ? walk.folder(path).settled : walk.matches(path);
}

function findEmptied(
  walk: PatternWalk,
  sent: SentPaths,
  files: readonly TreeEntry[],
  dropped: readonly string[],
): readonly string[] {
  const seen = new Set<string>();
  const kept = new Set<string>();
  for (const path of dropped) {
    let folder = parentOf(path);
    while (folder !== null && !seen.has(folder)) {
      seen.add(folder);
      if (!walk.folder(folder).matched && sent.holdsFolder(folder)) kept.add(folder);
      folder = parentOf(folder);
    }
  }
  const sorted = [...kept].filter((folder) => !holdsEntry(files, folder)).sort(comparePaths);
  return sorted.filter((folder) => !sorted.some((other) => other.startsWith(`${folder}/`)));
}

function parentOf(path: string): string | null {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? null : path.slice(0, slash);
}
