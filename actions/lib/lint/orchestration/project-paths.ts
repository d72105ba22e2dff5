/** Paths of a project, from its root. */
import { posix } from 'node:path';
import { UNKNOWN } from './config-value.ts';

/** A path seen from a folder; `null` for what is not known, lies outside, or is an address. */
export function pathBelow(folder: string | null, written: string): string | null {
  if (written.includes(UNKNOWN) || /^[\w+.-]+:|^git@|^~|\$/.test(written)) return null;
  if (written.startsWith('/') || folder === null) return null;
  const path = posix.normalize(posix.join(folder, written)).replace(/(?<=.)\/$/, '');
  return path === '..' || path.startsWith('../') ? null : path;
}

/** Which files and folders there are. */
export interface PathIndex {
  isFile(path: string): boolean;
  isFolder(path: string): boolean;
}

/** A submodule stands as one name: it is taken for a folder, and for whatever is looked for below it. */
export function pathIndex(files: readonly string[]): PathIndex {
  const all = new Set(files);
  const folders = new Set(['.']);
  for (const file of files) {
    for (let at = posix.dirname(file); at !== '.' && !folders.has(at); at = posix.dirname(at))
      folders.add(at);
  }
  const above = (path: string): boolean =>
    path !== '.' && path !== '/' && (all.has(posix.dirname(path)) || above(posix.dirname(path)));
  return {
    isFile: (path) => all.has(path) || above(path),
    isFolder: (path) => folders.has(path) || all.has(path) || above(path),
  };
}
