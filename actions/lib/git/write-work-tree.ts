/** Turns a dirty work tree into a git tree whose objects and index lie outside the repository. */
import { copyFile, mkdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';
import {
  type GitRepository,
  type GitVersion,
  gitFailure,
  isAtLeast,
  runGitLine,
  tryGit,
} from './git-command.ts';

/** The tree of a dirty work tree. */
export interface WrittenWorkTree {
  readonly tree: string;
  /** Finds the tree's objects and index, and all that the real repository holds. */
  readonly repository: GitRepository;
  close(): Promise<void>;
}

/** What is read of the real repository. */
interface Place {
  readonly root: string;
  /** Absolute path of the index, which need not exist. */
  readonly index: string;
  /** Absolute path of the folder of objects. */
  readonly objects: string;
}

/**
 * Writes what `git add --all` would stage, through git's own filters, without touching the repository.
 * @throws DarkroomError `git/nested-repository` or `git/failed`
 */
export async function writeWorkTree(place: Place, version: GitVersion): Promise<WrittenWorkTree> {
  const folder = makeTemporaryFolder();
  try {
    const repository = await prepare(place, folder.path);
    await addAll(repository, version, folder.path);
    const tree = await runGitLine(repository, ['write-tree']);
    return { tree, repository, close: folder.remove };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function prepare(place: Place, folder: string): Promise<GitRepository> {
  const index = join(folder, 'index');
  const objects = join(folder, 'objects');
  await mkdir(objects);
  await copyIndex(place.index, index);
  const env = {
    GIT_INDEX_FILE: index,
    GIT_OBJECT_DIRECTORY: objects,
    // Quoted as git wants it, since a colon separates folders.
    GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${place.objects.replace(/["\\]/g, '\\$&')}"`,
  };
  return { cwd: place.root, env };
}

/**
 * Copies the index with its time rounded down to the second: git looks again at the content of files that are not
 * older than the index, so a newer time on the copy would hide a change made right after the last `git add`.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(from);
    await copyFile(from, to);
    const second = Math.floor(mtimeMs / 1000);
    await utimes(to, second, second);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function addAll(repository: GitRepository, version: GitVersion, folder: string): Promise<void> {
  const args = [
    // The objects live for minutes: compressing them would be the longest part of the work.
    ...['-c', 'core.looseCompression=0'],
    // Git LFS stores what it cleans; the exporter finds that content in the work tree.
    ...['-c', `lfs.storage=${join(folder, 'lfs')}`],
    ...['add', '--all'],
    ...(isAtLeast(version, [2, 34]) ? ['--sparse'] : []),
  ];
  const result = await tryGit(repository, args);
  if (result.exitCode === 0) return;
  const nested = /error: '(.*?)\/?' does not have a commit checked out/.exec(result.stderr)?.[1];
  if (nested === undefined) throw gitFailure(repository, ['add', '--all'], result);
  throw new DarkroomError(
    {
      code: 'git/nested-repository',
      place: { file: nested },
      message: `"${nested}" is a git repository without a commit, so its files have no name yet`,
      hint: 'Commit in it, remove its .git folder, or list it in .gitignore.',
    },
    { kind: 'use' },
  );
}
