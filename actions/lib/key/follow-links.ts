/**
 * The paths BuildKit asks its client for: the sources of a build, with the symlinks on the way and what they lead to.
 * Its resolver sees the whole context, before the ignore file. Facts: https://github.com/tonistiigi/fsutil (FollowLinks)
 */
import { posix } from 'node:path';
import { comparePaths, decodePath } from '../git/path-text.ts';
import { type ContextTree, pathAt, positionOf } from './context-tree.ts';
import { cleanPath, hasWildcards, matchFileGlob, parseFileGlob } from './file-match.ts';

/** Patterns of what is sent, sorted; `null` when everything is. */
export function followLinks(tree: ContextTree, paths: readonly string[]): readonly string[] | null {
  const resolved = new Set<string>();
  for (const path of [...new Set(paths)].sort(comparePaths)) follow(tree, path, resolved);
  if (resolved.has('.')) return null;
  const kept: string[] = [];
  for (const path of [...resolved].sort(comparePaths)) {
    const last = kept.at(-1);
    if (last === undefined || !path.startsWith(`${last}/`)) kept.push(path);
  }
  return kept;
}

function follow(tree: ContextTree, path: string, resolved: Set<string>): void {
  const segments = cleanPath(`./${path}`).split('/');
  let current = '.';
  for (const [index, segment] of segments.entries()) {
    current = posix.join(current, segment);
    const targets = linkTargets(tree, current, true);
    if (targets.length > 0) {
      // BuildKit does not look behind a link a second time: a second source behind the same link is not sent.
      if (resolved.has(current)) return;
      resolved.add(current);
      const rest = segments.slice(index + 1).join('/');
      for (const target of targets) follow(tree, posix.join(target, rest), resolved);
      return;
    }
  }
  resolved.add(current);
}

/** Where the link, or every link of a folder whose name fits, leads: from the context's root, one step. */
function linkTargets(tree: ContextTree, path: string, isPattern: boolean): readonly string[] {
  if (tree.links.length === 0) return [];
  const folder = posix.dirname(path);
  if (isPattern && hasWildcards(posix.basename(path))) {
    const glob = parseFileGlob(posix.basename(path));
    return tree.links
      .map((index) => pathAt(tree, index))
      .filter((link) => posix.dirname(link) === folder && matchFileGlob(glob, posix.basename(link)) === true)
      .flatMap((link) => linkTargets(tree, link, false));
  }
  const target = linkTargetAt(tree, path);
  return target === null ? [] : [posix.join('/', posix.isAbsolute(target) ? '.' : folder, target)];
}

/** The target of the symlink at a path; `null` when no symlink is there. */
export function linkTargetAt(tree: ContextTree, path: string): string | null {
  const entry = tree.entries[positionOf(tree, path)];
  if (entry?.mode !== '120000') return null;
  const target = tree.targets.get(entry.id);
  if (target === undefined) throw new Error(`The target of the symlink "${entry.path}" was not read.`);
  return decodePath(target);
}
