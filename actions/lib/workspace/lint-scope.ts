/** Which files a person asked for. */
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { systemReason } from '../errors/system-reason.ts';
import { decodePath } from '../git/path-text.ts';
import type { ListedProject } from './list-project.ts';
import { isBelow } from './text-file.ts';
import { walkFolder } from './walk-folder.ts';

/** Paths relative to the root of the project. */
export interface LintScope {
  /** Files that were named. */
  readonly named: readonly string[];
  /** Files of named folders that are not among the project's, because git ignores them. */
  readonly besides: readonly string[];
  holds(file: string): boolean;
  /** Whether nothing else than these files was named. */
  isOnly(files: ReadonlySet<string>): boolean;
}

/**
 * Reads the paths of the command line; none stand for the folder the command works in.
 * @throws DarkroomError `lint/no-path`, `lint/outside`: every path that cannot be looked at
 */
export function readScope(
  { root, files }: ListedProject,
  directory: string,
  paths: readonly string[],
): LintScope {
  const problems: Problem[] = [];
  const named = new Set<string>();
  const folders: string[] = [];
  for (const written of paths.length === 0 ? ['.'] : paths) {
    const found = find(root, directory, written);
    if ('code' in found) problems.push(found);
    else if (found.isFolder) folders.push(found.path);
    else named.add(found.path);
  }
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  const isIn = (folder: string, file: string) => folder === '' || file.startsWith(`${folder}/`);
  const unknown = folders.filter((folder) => !files.some((file) => isIn(folder, file)));
  return {
    named: [...named],
    besides: unknown.flatMap((folder) =>
      walkFolder(path.join(root, folder)).files.map((file) => path.posix.join(folder, file)),
    ),
    isOnly: (only) => folders.length === 0 && [...named].every((file) => only.has(file)),
    holds: (file) => named.has(file) || folders.some((folder) => isIn(folder, file)),
  };
}

function find(
  root: string,
  directory: string,
  written: string,
): Problem | { readonly path: string; readonly isFolder: boolean } {
  const shown = JSON.stringify(written);
  try {
    const real = realpathSync(path.resolve(directory, written));
    if (!isBelow(root, real)) {
      const hint = `Lint it there: darkroom lint -C ${JSON.stringify(path.dirname(real))}.`;
      return { code: 'lint/outside', message: `${shown} lies outside of ${JSON.stringify(root)}`, hint };
    }
    const relative = decodePath(Buffer.from(path.relative(root, real)));
    return { path: relative, isFolder: statSync(real).isDirectory() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { code: 'lint/no-path', message: `${shown} is not there; expected a file or folder` }
      : { code: 'lint/no-path', message: `${shown} cannot be looked at: ${systemReason(error)}` };
  }
}
