/** Answers questions about the history of the origin, from a clone that may hold no more than one commit. */

import { DarkroomError } from '../errors/darkroom-error.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';
import type { CommitRelation, History } from '../publish/commit-order.ts';
import { type GitRepository, lastLine, runGit, tryGit } from './git-command.ts';
import type { GitSource } from './git-source.ts';
import { type Origin, type OriginLogin, openOrigin } from './open-origin.ts';
import { withoutCredentials } from './origin-url.ts';

/** Most often the published commit is one of the last few: so many are fetched before all. */
const FIRST_DEPTH = 200;

/** What a server says that gives out only what a branch or tag names, or no longer has a commit. */
const NOT_GIVEN_OUT = /unadvertised object|not our ref|no such remote ref|couldn't find remote ref/i;

/**
 * Gives the history of a clone's origin. What the clone knows is asked first; the rest is fetched, commits alone, into a
 * folder that is removed again: the clone stays as it is.
 */
export function commitHistory(source: GitSource, options: OriginLogin): History {
  const clone = source.repository;
  return {
    async relation(published, planned) {
      if (published === planned) return 'same';
      const known = await relationIn(clone, published, planned);
      return known ?? relationAtOrigin(await openOrigin(clone, options), published, planned);
    },
    async tip(ref) {
      const { url, env } = await openOrigin(clone, options);
      const listed = await tryGit({ cwd: '/', env }, ['ls-remote', '--quiet', '--', url, ref, `${ref}^{}`]);
      if (listed.exitCode !== 0) throw unreachable(url, listed.stderr);
      const lines = listed.stdout.toString('utf8').split('\n');
      const ids = new Map(lines.map((line) => [line.slice(line.indexOf('\t') + 1), line.split('\t')[0]]));
      return ids.get(`${ref}^{}`) ?? ids.get(ref) ?? null;
    },
  };
}

/** Fetches the last commits, and all of them only when those do not tell. */
async function relationAtOrigin(origin: Origin, published: string, planned: string): Promise<CommitRelation> {
  const folder = makeTemporaryFolder();
  try {
    const repository: GitRepository = { cwd: folder.path, env: { ...origin.env, GIT_DIR: folder.path } };
    const format = `--object-format=${planned.length === 64 ? 'sha256' : 'sha1'}`;
    await runGit(repository, ['init', '--quiet', '--bare', format]);
    const wanted = [published, planned];
    if (await fetchCommits(repository, origin.url, [`--depth=${FIRST_DEPTH}`], wanted)) {
      const known = await relationIn(repository, published, planned);
      if (known !== null) return known;
      await fetchCommits(repository, origin.url, ['--unshallow'], wanted);
    } else {
      await fetchCommits(repository, origin.url, [], ['refs/heads/*', 'refs/tags/*']);
    }
    return (await relationIn(repository, published, planned)) ?? 'unknown';
  } finally {
    await folder.remove();
  }
}

/** Fetches commits without trees and files; `false` when the server does not give one of them out. */
async function fetchCommits(
  repository: GitRepository,
  url: string,
  depth: readonly string[],
  wanted: readonly string[],
): Promise<boolean> {
  const refspecs = wanted.map((one) => `+${one}:refs/darkroom/${one.replace('refs/', '')}`);
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--recurse-submodules=no'];
  const fetched = await tryGit(repository, [
    ...['fetch', ...quiet, '--filter=tree:0', ...depth, '--', url],
    ...refspecs,
  ]);
  if (fetched.exitCode === 0) return true;
  if (NOT_GIVEN_OUT.test(fetched.stderr)) return false;
  throw unreachable(url, fetched.stderr);
}

/** `null` when the repository does not hold enough to tell. */
async function relationIn(
  repository: GitRepository,
  published: string,
  planned: string,
): Promise<CommitRelation | null> {
  const [before, after] = await Promise.all([
    isAncestor(repository, published, planned),
    isAncestor(repository, planned, published),
  ]);
  if (before === true) return 'ahead';
  if (after === true) return 'behind';
  if (before === null || after === null) return null;
  const shallow = await tryGit(repository, ['rev-parse', '--is-shallow-repository']);
  return shallow.stdout.toString('utf8').trim() === 'false' ? 'diverged' : null;
}

/** `null` when one of the commits is not there. */
async function isAncestor(
  repository: GitRepository,
  ancestor: string,
  descendant: string,
): Promise<boolean | null> {
  const { exitCode } = await tryGit(repository, ['merge-base', '--is-ancestor', ancestor, descendant]);
  return exitCode === 0 ? true : exitCode === 1 ? false : null;
}

function unreachable(url: string, stderr: string): DarkroomError {
  return new DarkroomError({
    code: 'git/unreachable-origin',
    message: `git cannot read the history of ${JSON.stringify(withoutCredentials(url))}: ${lastLine(stderr).replaceAll(url, withoutCredentials(url))}`,
    hint: 'Nothing was published, as nobody could tell whether a newer commit was published already. Check the network and the token.',
  });
}
