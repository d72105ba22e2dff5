/** Opens the files that a plan is made of, with the host's git. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import {
  type GitRepository,
  type GitResult,
  gitFailure,
  parseGitVersion,
  runGit,
  runGitLine,
  tryGit,
} from './git-command.ts';
import { type GitSource, listTree, makeGitSource, readStatus } from './git-source.ts';
import { openSubmodule } from './open-submodule.ts';
import { withoutCredentials } from './origin-url.ts';
import type { SourceIdentity } from './source.ts';
import { writeWorkTree } from './write-work-tree.ts';

/** Where a repository keeps what. All paths are absolute. */
interface Place {
  readonly root: string;
  readonly index: string;
  readonly objects: string;
}

/** The commit that is checked out. */
interface Head {
  readonly commit: string;
  readonly tree: string;
}

/**
 * Opens the tree of HEAD or that of the work tree, as `git add --all` would commit it. The repository
 * is only read. The branch is that of HEAD; in a workflow the caller knows better.
 *
 * @param dir any folder of the work tree
 * @throws DarkroomError `git/no-folder`, `git/not-a-repository`, `git/bare-repository`, `git/unsafe-directory`, `git/too-old`,
 *   `git/not-installed`, `git/nested-repository`, `git/failed`
 */
export async function openSource(
  dir: string,
  options: { readonly of: 'commit' | 'work-tree' },
): Promise<GitSource> {
  const asked: GitRepository = { cwd: resolve(dir), env: {} };
  await checkFolder(asked.cwd);
  const [version, place, head] = await Promise.all([
    runGitLine(asked, ['version']).then(parseGitVersion),
    readPlace(asked),
    tryGit(asked, ['rev-list', '--max-count=1', '--format=%T', 'HEAD', '--']).then((result) =>
      parseHead(asked, result),
    ),
  ]);
  const clean: GitRepository = { cwd: place.root, env: {} };
  const [{ branch, dirty }, tags, origin, entries] = await Promise.all([
    readStatus(clean),
    head === null ? [] : readTags(clean, head.commit),
    readOrigin(clean),
    head === null ? [] : listTree(clean, head.tree),
  ]);
  const identity = { commit: head?.commit ?? null, branch, tags, origin };
  const parts = {
    root: place.root,
    openSubmodule: openSubmodule({ root: place.root, prefix: '' }),
  };
  if (dirty.length > 0 && options.of === 'work-tree') {
    const written = await writeWorkTree(place, version);
    if (written.tree !== head?.tree) return openWritten(written);
    await written.close();
  }
  const tree = head?.tree ?? (await emptyTree(clean));
  return makeGitSource({
    ...parts,
    repository: clean,
    identity: { ...identity, tree, dirty: [] },
    differing: options.of === 'commit' ? dirty : [],
    entries,
  });

  async function openWritten({ tree, repository, close }: Awaited<ReturnType<typeof writeWorkTree>>) {
    const whole: SourceIdentity = { ...identity, tree, dirty };
    return makeGitSource({
      ...parts,
      repository,
      identity: whole,
      entries: await listTree(repository, tree),
      close,
    });
  }
}

/** Asked in a folder that is not there, a program says nothing a person could read. */
async function checkFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new DarkroomError(
    {
      code: 'git/no-folder',
      message: `${JSON.stringify(dir)} is ${found === undefined ? 'not there' : 'no folder'}; expected a folder of a git repository`,
    },
    { kind: 'use' },
  );
}

async function readPlace(repository: GitRepository): Promise<Place> {
  const args = ['rev-parse', '--show-toplevel', '--git-path', 'index', '--git-path', 'objects'];
  const result = await tryGit(repository, args);
  if (result.exitCode !== 0) throw notUsable(repository, args, result);
  const [root = '', index = '', objects = ''] = result.stdout.toString('utf8').split('\n');
  return { root, index: resolve(repository.cwd, index), objects: resolve(repository.cwd, objects) };
}

/** Output: `commit ID`, then the tree's id. */
function parseHead(repository: GitRepository, result: GitResult): Head | null {
  const [, commit, tree] = /^commit (\S+)\n(\S+)/.exec(result.stdout.toString('latin1')) ?? [];
  if (commit !== undefined && tree !== undefined) return { commit, tree };
  if (/bad revision 'HEAD'|unknown revision/.test(result.stderr)) return null;
  throw notUsable(repository, ['rev-list'], result);
}

async function readTags(repository: GitRepository, commit: string): Promise<readonly string[]> {
  const args = ['for-each-ref', `--points-at=${commit}`, '--format=%(refname:lstrip=2)', 'refs/tags'];
  const output = await runGit(repository, args);
  return output
    .toString('utf8')
    .split('\n')
    .filter((name) => name !== '');
}

async function readOrigin(repository: GitRepository): Promise<string | null> {
  // Not `git remote get-url`: what `insteadOf` makes of it is the machine's affair and may hold a token.
  const { exitCode, stdout } = await tryGit(repository, ['config', '--get', 'remote.origin.url']);
  return exitCode === 0 ? withoutCredentials(stdout.toString('utf8').replace(/\n$/, '')) : null;
}

function emptyTree(repository: GitRepository): Promise<string> {
  return runGitLine(repository, ['hash-object', '-t', 'tree', '--stdin']);
}

function notUsable(repository: GitRepository, args: readonly string[], result: GitResult): DarkroomError {
  const dir = JSON.stringify(repository.cwd);
  if (result.stderr.includes('not a git repository')) {
    const message = `${dir} is not in a git repository; Darkroom reads the files it builds from git`;
    const hint = 'Go to a repository, or make one: "git init", then "git add --all" and "git commit".';
    return new DarkroomError({ code: 'git/not-a-repository', message, hint }, { kind: 'use' });
  }
  if (result.stderr.includes('must be run in a work tree')) {
    const message = `${dir} belongs to a git repository without a work tree`;
    return new DarkroomError(
      { code: 'git/bare-repository', message, hint: 'Run it in a clone.' },
      { kind: 'use' },
    );
  }
  if (result.stderr.includes('dubious ownership')) {
    const owned = /dubious ownership in repository at '(.*)'/.exec(result.stderr)?.[1] ?? repository.cwd;
    const message = `git does not trust ${JSON.stringify(owned)}, because it belongs to another user`;
    const hint = `If you trust it: git config --global --add safe.directory '${owned}'`;
    return new DarkroomError({ code: 'git/unsafe-directory', message, hint }, { kind: 'use' });
  }
  return gitFailure(repository, args, result);
}
