/** Opens a submodule where it is checked out. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { listNames } from '../errors/nearest-name.ts';
import { type GitRepository, tryGit } from './git-command.ts';
import { type GitSource, listTree, makeGitSource, readStatus } from './git-source.ts';
import type { TreeEntry } from './source.ts';

/** Where submodules are looked for, and how they are called in messages. */
interface Surroundings {
  /** Work tree that holds the submodules. */
  readonly root: string;
  /** Path of that work tree below the outermost one, with a `/` at its end; empty for the outermost. */
  readonly prefix: string;
}

/**
 * Gives a function that opens submodules of a work tree. An untracked repository inside the work tree is a submodule
 * too, as git sees it.
 * @throws DarkroomError from that function: `git/missing-submodule`, or `git/dirty-submodule` since its commit is
 *   built and not its files
 */
export function openSubmodule({ root, prefix }: Surroundings): (entry: TreeEntry) => Promise<GitSource> {
  return async ({ path, id }) => {
    const dir = join(root, path);
    const shown = `${prefix}${path}`;
    const repository: GitRepository = { cwd: dir, env: {} };
    // Without its own `.git`, git would answer for the repository around it.
    if (!(await exists(join(dir, '.git')))) throw missingSubmodule(shown, 'is not checked out');
    const commit = await tryGit(repository, ['rev-parse', '--verify', '--quiet', `${id}^{tree}`]);
    if (commit.exitCode !== 0) throw missingSubmodule(shown, `lacks its commit "${id}"`);
    const [entries, { dirty }] = await Promise.all([listTree(repository, id), readStatus(repository)]);
    if (dirty.length > 0) throw dirtySubmodule(shown, dirty);
    const tree = commit.stdout.toString('latin1').trim();
    return makeGitSource({
      identity: { commit: id, tree, branch: null, tags: [], origin: null, dirty: [] },
      root: dir,
      entries,
      repository,
      openSubmodule: openSubmodule({ root: dir, prefix: `${shown}/` }),
    });
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

function missingSubmodule(path: string, what: string): DarkroomError {
  return new DarkroomError(
    {
      code: 'git/missing-submodule',
      place: { file: path },
      message: `the submodule ${JSON.stringify(path)} ${what}`,
      hint: `Run "git submodule update --init --recursive -- ${path}" (in a workflow: actions/checkout with "submodules: recursive").`,
    },
    { kind: 'use' },
  );
}

function dirtySubmodule(path: string, dirty: readonly string[]): DarkroomError {
  const shown = listNames(dirty.map((file) => JSON.stringify(file)));
  return new DarkroomError(
    {
      code: 'git/dirty-submodule',
      place: { file: path },
      message: `the submodule ${JSON.stringify(path)} has changes that would not be built: ${shown}`,
      hint: 'Commit them in the submodule, or undo them.',
    },
    { kind: 'use' },
  );
}
