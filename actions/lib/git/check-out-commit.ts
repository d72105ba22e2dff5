/** Puts another commit of a clone's repository beside it, which leaves the clone as it is. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';
import { type GitRepository, lastLine, runGit, runGitLine, tryGit } from './git-command.ts';
import { type OriginLogin, openOrigin } from './open-origin.ts';
import { withoutCredentials } from './origin-url.ts';
import { decodePath } from './path-text.ts';

const CHECK_OUT = ['checkout', '--quiet', '--force', '--detach'];

/** A commit in a folder of its own, which is a repository. */
export interface CheckedOut {
  readonly folder: string;
  /** Files that lie elsewhere in the commit that the clone has checked out: old path to new path. */
  readonly renamed: ReadonlyMap<string, string>;
  remove(): Promise<void>;
}

/**
 * Checks a commit out into a temporary folder: from what the clone holds, else that one commit is fetched from its origin.
 * Files of Git LFS stay pointers, submodules stay empty.
 * @throws DarkroomError `git/no-commit`, `git/no-origin`, `git/failed`
 */
export async function checkOutCommit(
  clone: GitRepository,
  commit: string,
  login: OriginLogin,
): Promise<CheckedOut> {
  const folder = makeTemporaryFolder();
  try {
    const objects = path.resolve(clone.cwd, await runGitLine(clone, ['rev-parse', '--git-path', 'objects']));
    const repository: GitRepository = { cwd: folder.path, env: { GIT_LFS_SKIP_SMUDGE: '1' } };
    await runGit(repository, [
      'init',
      '--quiet',
      `--object-format=${commit.length === 64 ? 'sha256' : 'sha1'}`,
    ]);
    if (!(await checkOutBorrowed(repository, commit, objects))) {
      await fetchCommit(repository, clone, commit, login);
      await runGit(repository, [...CHECK_OUT, commit]);
    }
    const head = await runGitLine(clone, ['rev-parse', 'HEAD']);
    const both = { cwd: folder.path, env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(objects) } };
    return {
      folder: folder.path,
      renamed: await findRenamed(both, commit, head),
      remove: () => folder.remove(),
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** `false` where the clone does not hold the commit, or not all of it. */
async function checkOutBorrowed(
  repository: GitRepository,
  commit: string,
  objects: string,
): Promise<boolean> {
  const alternates = path.join(repository.cwd, '.git/objects/info/alternates');
  await writeFile(alternates, `${quoted(objects)}\n`);
  const { exitCode } = await tryGit(repository, [...CHECK_OUT, commit]);
  if (exitCode !== 0) await rm(alternates);
  return exitCode === 0;
}

/** Both the variable and the file take C's quotes: the first splits at `:`, the second takes `#` for a comment. */
function quoted(folder: string): string {
  return JSON.stringify(folder);
}

async function fetchCommit(
  repository: GitRepository,
  clone: GitRepository,
  commit: string,
  login: OriginLogin,
): Promise<void> {
  const { url, env } = await openOrigin(clone, login);
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--recurse-submodules=no', '--depth=1'];
  const asked = { ...repository, env: { ...repository.env, ...env } };
  const { exitCode, stderr } = await tryGit(asked, [
    'fetch',
    ...quiet,
    '--',
    url,
    `+${commit}:refs/darkroom/base`,
  ]);
  if (exitCode === 0) return;
  const said = lastLine(stderr).replaceAll(url, withoutCredentials(url));
  throw new DarkroomError({
    code: 'git/no-commit',
    message: `git cannot fetch the commit "${commit}" from ${JSON.stringify(withoutCredentials(url))}: ${said}`,
  });
}

/** Moved files, also such as were changed a little. */
async function findRenamed(
  repository: GitRepository,
  before: string,
  after: string,
): Promise<ReadonlyMap<string, string>> {
  const args = ['diff-tree', '-r', '-z', '--name-status', '--find-renames', '--diff-filter=R', before, after];
  const fields = decodePath(await runGit(repository, args)).split('\0');
  const renamed = new Map<string, string>();
  // `R087`, old path, new path
  for (let at = 0; at + 2 < fields.length; at += 3) renamed.set(fields[at + 1] ?? '', fields[at + 2] ?? '');
  return renamed;
}
