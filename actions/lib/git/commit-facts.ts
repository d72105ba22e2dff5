/** What a commit of another repository is, and what lies between it and an older one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type GitRepository, runGit, runGitLine, tryGit } from './git-command.ts';

/** A commit as far as it could be read. */
export interface CommitFacts {
  /** When it was committed, by the clock of who did, in milliseconds. */
  readonly date: number;
  /** From the newest on, without the older commit; `null` where that is not among the last {@link LOOKS_BACK}. */
  readonly between: readonly { readonly commit: string; readonly subject: string }[] | null;
}

/** Commits that are fetched; without trees and files they are small. */
export const LOOKS_BACK = 200;

/**
 * Reads commit `to` of a branch or tag, and what came after `from`. Nothing but commits is fetched where the server can
 * leave out the rest. `null` where the ref does not lead to the commit any more, or nobody answers.
 */
export async function readCommitFacts(
  url: string,
  ref: string,
  { from, to }: { readonly from: string | null; readonly to: string },
): Promise<CommitFacts | null> {
  const dir = await mkdtemp(path.join(tmpdir(), 'darkroom-commits-'));
  try {
    const repository: GitRepository = { cwd: dir, env: { GIT_DIR: dir } };
    const format = `--object-format=${to.length === 64 ? 'sha256' : 'sha1'}`;
    await runGit(repository, ['init', '--quiet', '--bare', format]);
    const fetched = await tryGit(repository, [
      ...['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--recurse-submodules=no'],
      ...['--filter=tree:0', `--depth=${LOOKS_BACK}`, '--', url, `+${ref}:refs/darkroom/ref`],
    ]);
    if (fetched.exitCode !== 0 || !(await isReached(repository, to))) return null;
    const seconds = await runGitLine(repository, ['show', '--no-patch', '--format=%ct', to]);
    const isThere = from !== null && from.length === to.length && (await isReached(repository, from, to));
    return {
      date: Number(seconds) * 1000,
      between: isThere ? await listCommits(repository, from, to) : null,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function listCommits(repository: GitRepository, from: string, to: string) {
  const args = ['log', '--format=%H %s', '--topo-order', '-z', `${from}..${to}`];
  const text = (await runGit(repository, args)).toString('utf8');
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [commit = '', ...words] = line.split(' ');
      return { commit, subject: words.join(' ') };
    });
}

/** Asks only what was fetched: a server that leaves things out would be asked for each of them. */
async function isReached(
  repository: GitRepository,
  commit: string,
  by = 'refs/darkroom/ref',
): Promise<boolean> {
  const { exitCode, stdout } = await tryGit(repository, ['rev-list', by]);
  return exitCode === 0 && stdout.toString('utf8').split('\n').includes(commit);
}
