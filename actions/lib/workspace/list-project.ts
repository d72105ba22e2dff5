import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { listFiles } from '../git/list-files.ts';
import { comparePaths, decodePath } from '../git/path-text.ts';
import { isBelow } from './text-file.ts';
import { walkFolder } from './walk-folder.ts';

/** Which files there are in the project that a folder belongs to; paths are relative to its root, with `/`. */
export interface ListedProject {
  /** Top of the work tree, else the folder itself; absolute, without links. */
  readonly root: string;
  readonly isGit: boolean;
  /** Those that git does not ignore, sorted. */
  readonly files: readonly string[];
  /** Executables among `files`; `null` without git. */
  readonly executables: ReadonlySet<string> | null;
  /** Among `files`. */
  readonly untracked: readonly string[];
  /** What git ignores; folders end in `/`. */
  readonly ignored: readonly string[];
  /** There are too many files, and some were left out. */
  readonly isCut: boolean;
}

/** Lists the repository that a folder lies in; a folder without git, or one that git ignores, is walked. */
export async function listProject(directory: string): Promise<ListedProject> {
  const folder = realFolder(directory);
  const listed = await listFiles(folder);
  const root = listed === null ? folder : realpathSync(listed.root);
  const base = baseOf(root, folder);
  const files = [...(listed?.tracked ?? []), ...(listed?.untracked ?? [])];
  if (listed !== null && (base === '' || files.some((file) => file.startsWith(`${base}/`)))) {
    const { executables, untracked, ignored } = listed;
    files.sort(comparePaths);
    return { root, isGit: true, files, executables, untracked, ignored, isCut: false };
  }
  return {
    ...{ root: folder, isGit: false, ...walkFolder(folder) },
    ...{ executables: null, untracked: [], ignored: [] },
  };
}

/** A folder relative to the root; nothing for the root itself. */
export function baseOf(root: string, folder: string): string {
  return isBelow(root, folder) ? decodePath(Buffer.from(path.relative(root, folder))) : '';
}

function realFolder(directory: string): string {
  try {
    const folder = realpathSync(path.resolve(directory));
    if (statSync(folder).isDirectory()) return folder;
  } catch {
    // Told below.
  }
  const message = `${JSON.stringify(directory)} is no folder that can be opened; expected one to look for Dockerfiles in`;
  throw new DarkroomError({ code: 'lint/no-folder', message }, { kind: 'use' });
}
