/** Answers questions about the history of the origin, from a clone that may hold no more than one commit. */

import { DarkroomError } from '../errors/darkroom-error.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';
import type { CommitRelation, History } from '../publish/commit-order.ts';
import { type GitRepository, lastLine, runGit, tryGit } from './git-command.ts';
import type { GitSource } from './git-source.ts';
import { withoutCredentials } from './origin-url.ts';

/** How the origin is reached. */
export interface HistoryOptions {
  /** The workflow's token: sent to the server the workflow runs on and to no other, handed to git through its environment. */
  readonly token: string | null;
}

/** Most often the published commit is one of the last few: so many are fetched before all. */
const FIRST_DEPTH = 200;

/** What a server says that gives out only what a branch or tag names, or no longer has a commit. */
const NOT_GIVEN_OUT = /unadvertised object|not our ref|no such remote ref|couldn't find remote ref/i;

/**
 * Gives the history of a clone's origin. What the clone knows is asked first; the rest is fetched, commits alone, into a
 * folder that is removed again: the clone stays as it is.
 */
export function commitHistory(source: GitSource, options: HistoryOptions): History {
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

/** Where history is fetched from, and with which variables. */
interface Origin {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

async function openOrigin(clone: GitRepository, { token }: HistoryOptions): Promise<Origin> {
  const { exitCode, stdout } = await tryGit(clone, ['remote', 'get-url', 'origin']);
  const url = stdout.toString('utf8').trim();
  if (exitCode === 0 && url !== '') return { url, env: token === null ? {} : loginEnvironment(url, token) };
  throw new DarkroomError({
    code: 'git/no-origin',
    message: `"${clone.cwd}" has no remote "origin": nobody can tell whether a newer commit was published.`,
    hint: 'Check the repository out with actions/checkout, or add the remote.',
  });
}

/**
 * Variables that log git in to one host. They are added to those the process may have; the empty value takes away a header
 * of actions/checkout, as two of them are refused.
 */
function loginEnvironment(url: string, token: string): Readonly<Record<string, string>> {
  const { protocol, origin } = URL.parse(url) ?? { protocol: '', origin: '' };
  const server = process.env.GITHUB_SERVER_URL ?? 'https://github.com';
  if (protocol !== 'https:' || origin !== URL.parse(server)?.origin) return {};
  const first = Number(process.env.GIT_CONFIG_COUNT ?? 0) || 0;
  const login = Buffer.from(`x-access-token:${token}`).toString('base64');
  const values = ['', `Authorization: Basic ${login}`];
  const settings = values.flatMap((value, index) => [
    [`GIT_CONFIG_KEY_${first + index}`, `http.${origin}/.extraheader`],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return { ...Object.fromEntries(settings), GIT_CONFIG_COUNT: String(first + values.length) };
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
