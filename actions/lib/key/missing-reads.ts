/** Finds sources that lead to nothing among the files that are sent: BuildKit would end the build on them. */
import { posix } from 'node:path';
import type { ContextRead } from '../dockerfile/dockerfile.ts';
import { decodePath } from '../git/path-text.ts';
import type { TreeEntry } from '../git/source.ts';
import { holdsEntry, type LinkTargets, lowerBound } from './context-tree.ts';
import { hasWildcards, matchFileGlob, parseFileGlob } from './file-match.ts';
import { compilePathPattern } from './path-pattern.ts';

/** What BuildKit has received of a context. */
export interface SentFiles {
  /** Sorted by the bytes of their paths. */
  readonly files: readonly TreeEntry[];
  readonly emptyFolders: readonly string[];
  readonly targets: LinkTargets;
  /** The whole context was asked for, so that BuildKit read no source as a pattern of what to send. */
  readonly everything: boolean;
}

/** More links in one path than this are a circle to BuildKit. */
const MOST_LINKS = 255;

/** The reads, as given, that match nothing and are not optional, and those BuildKit refuses as a pattern. */
export function missingReads(sent: SentFiles, reads: readonly ContextRead[]): readonly ContextRead[] {
  const isRefused = ({ path }: ContextRead) => !sent.everything && compilePathPattern(path) === null;
  return reads.filter((read) => isRefused(read) || (!read.optional && !isFound(sent, read)));
}

function isFound(sent: SentFiles, read: ContextRead): boolean {
  if (read.wildcards && hasWildcards(read.path)) return anyMatches(sent, read.path);
  const path = resolveLinks(sent, read.path);
  return path !== null && exists(sent, path);
}

/** Names before the first wildcard may be links; those the wildcards match are taken as they stand. */
function anyMatches(sent: SentFiles, path: string): boolean {
  const segments = path.split('/');
  const first = segments.findIndex(hasWildcards);
  const folder = resolveLinks(sent, segments.slice(0, first).join('/'));
  const glob = parseFileGlob(segments.slice(first).join('/'));
  if (folder === null) return false;
  const prefix = folder === '' ? '' : `${folder}/`;
  const paths = [...sent.files.map((file) => file.path), ...sent.emptyFolders];
  return paths.some(
    (name) =>
      name.startsWith(prefix) &&
      selfAndAbove(name.slice(prefix.length)).some((one) => matchFileGlob(glob, one) === true),
  );
}

function selfAndAbove(path: string): readonly string[] {
  const segments = path.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

function exists(sent: SentFiles, path: string): boolean {
  if (path === '' || holdsEntry(sent.files, path)) return true;
  if (sent.emptyFolders.some((folder) => folder === path || folder.startsWith(`${path}/`))) return true;
  return selfAndAbove(path).some((above) => {
    const entry = entryAt(sent, above);
    return entry !== undefined && (above === path || entry.mode === '160000');
  });
}

function entryAt({ files }: SentFiles, path: string): TreeEntry | undefined {
  const entry = files[lowerBound(files, path)];
  return entry?.path === path ? entry : undefined;
}

/** The path without links, with the context's root as the root; `null` for a circle. */
function resolveLinks(sent: SentFiles, path: string): string | null {
  let current = '';
  let rest = path.split('/');
  let followed = 0;
  while (rest.length > 0) {
    const [segment = '', ...others] = rest;
    const next = posix.join('/', current, segment).slice(1);
    const target = linkTarget(sent, next);
    if (target === null) {
      [current, rest] = [next, others];
      continue;
    }
    followed += 1;
    if (followed > MOST_LINKS) return null;
    if (target.startsWith('/')) current = '';
    rest = [...target.split('/'), ...others];
  }
  return current;
}

function linkTarget(sent: SentFiles, path: string): string | null {
  const entry = entryAt(sent, path);
  const target = entry?.mode === '120000' ? sent.targets.get(entry.id) : undefined;
  return target === undefined ? null : decodePath(target);
}
