/** Resolves and exports git upstreams with the host's git, so that `url.*.insteadOf` and credentials work. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { listNames, nearestName } from '../errors/nearest-name.ts';
import { withLock } from '../process/with-lock.ts';
import { type ExportResult, exportFiles } from './export-files.ts';
import { type GitRepository, lastLine, runGit, runGitLine, tryGit } from './git-command.ts';
import { type GitSource, listTree, makeGitSource } from './git-source.ts';
import { withoutCredentials } from './origin-url.ts';
import { readSubmoduleUrls } from './submodule-urls.ts';

const FULL_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Gives the commit that a branch, tag or full reference of a remote repository names now; a full commit id is itself.
 * @throws DarkroomError `git/unknown-ref`, `git/ambiguous-ref` or `git/unreachable-upstream`
 */
export async function resolveGitRef(url: string, ref: string): Promise<string> {
  if (FULL_ID.test(ref.toLowerCase())) return ref.toLowerCase();
  // A pattern keeps a server with 100,000 pull requests from listing them; git matches it at the end of names.
  const found = peel(await listRemote(url, isPlainRef(ref) ? [ref, `${ref}^{}`] : []));
  const names = ref === 'HEAD' || ref.startsWith('refs/') ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
  const matches = names.filter((name) => found.has(name));
  const commits = new Set(matches.map((name) => found.get(name) ?? ''));
  const [commit] = commits;
  if (commit !== undefined && commits.size === 1) return commit;
  throw commit === undefined ? await unknownRef(url, ref) : ambiguousRef(url, ref, matches);
}

/**
 * Fetches one commit into a cache of bare repositories and writes its tree, submodules included, into a folder.
 * Pointers of Git LFS stay pointers, as in a clone made without `git-lfs`.
 *
 * @param commit full commit id
 * @param dir a new or empty folder
 * @param cacheDir may be shared by several processes
 * @throws DarkroomError `git/unreachable-upstream`, or what `exportFiles` throws
 */
export async function exportGitUpstream(
  url: string,
  commit: string,
  dir: string,
  cacheDir: string,
  options: { readonly mtimeSeconds: number },
): Promise<ExportResult> {
  const source = await openUpstream({ url, commit, env: {} }, cacheDir);
  const files = source.entries.map((entry) => ({ entry, to: entry.path }));
  return exportFiles(source, files, dir, { lfs: new Map(), mtimeSeconds: options.mtimeSeconds });
}

/** What is fetched, and with which variables beyond the usual. */
interface Wanted {
  readonly url: string;
  readonly commit: string;
  readonly env: Readonly<Record<string, string>>;
}

async function openUpstream(wanted: Wanted, cacheDir: string): Promise<GitSource> {
  const { url, commit } = wanted;
  const repository = await fetchCommit(wanted, cacheDir);
  const [entries, tree] = await Promise.all([
    listTree(repository, commit),
    runGitLine(repository, ['rev-parse', `${commit}^{tree}`]),
  ]);
  return makeGitSource({
    identity: { commit, tree, branch: null, tags: [], origin: withoutCredentials(url), dirty: [] },
    root: repository.cwd,
    entries,
    repository,
    async openSubmodule(entry) {
      const address = (await readSubmoduleUrls(repository, entries, url)).get(entry.path);
      // An address that a stranger wrote must not make a repository of this machine part of an image.
      const env = { GIT_PROTOCOL_FROM_USER: '0' };
      if (address !== undefined) return openUpstream({ url: address, commit: entry.id, env }, cacheDir);
      throw new DarkroomError({
        code: 'git/missing-submodule',
        message: `${JSON.stringify(withoutCredentials(url))} has a submodule ${JSON.stringify(entry.path)} at "${commit}", but its .gitmodules gives no address for it`,
      });
    },
  });
}

async function fetchCommit({ url, commit, env }: Wanted, cacheDir: string): Promise<GitRepository> {
  const hash = createHash('sha256').update(url).digest('hex').slice(0, 32);
  const dir = join(cacheDir, `${hash}-${commit.length === 64 ? 'sha256' : 'sha1'}.git`);
  await mkdir(dir, { recursive: true });
  const repository: GitRepository = { cwd: dir, env: { ...env, GIT_DIR: dir } };
  if (await hasCommit(repository, commit)) return repository;
  // Two shallow fetches into one repository fail on git's own lock file instead of waiting for it.
  await withLock(dir, async () => {
    const format = `--object-format=${commit.length === 64 ? 'sha256' : 'sha1'}`;
    await runGit(repository, ['init', '--quiet', '--bare', format]);
    if (!(await hasCommit(repository, commit))) await fetchMissing(repository, url, commit);
  });
  return repository;
}

/** The reference is made once the fetch is complete, so that it vouches for all objects. */
async function hasCommit(repository: GitRepository, commit: string): Promise<boolean> {
  const { exitCode } = await tryGit(repository, ['rev-parse', '--verify', '--quiet', keptRef(commit)]);
  return exitCode === 0;
}

async function fetchMissing(repository: GitRepository, url: string, commit: string): Promise<void> {
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--recurse-submodules=no'];
  const single = await tryGit(repository, [
    ...fetch,
    '--depth=1',
    '--',
    url,
    `+${commit}:${keptRef(commit)}`,
  ]);
  if (single.exitCode === 0) return;
  // A server may give out only what a branch or tag names.
  if (!/unadvertised object|not our ref|no such remote ref/i.test(single.stderr))
    throw unreachable(url, single.stderr);
  const all = await tryGit(repository, [
    ...fetch,
    '--',
    url,
    '+refs/heads/*:refs/heads/*',
    '+refs/tags/*:refs/tags/*',
  ]);
  if (all.exitCode !== 0) throw unreachable(url, all.stderr);
  const kept = await tryGit(repository, ['update-ref', keptRef(commit), commit]);
  if (kept.exitCode !== 0) throw unknownCommit(url, commit);
}

function keptRef(commit: string): string {
  return `refs/darkroom/${commit}`;
}

async function listRemote(
  url: string,
  patterns: readonly string[],
): Promise<readonly (readonly [id: string, name: string])[]> {
  const result = await tryGit({ cwd: '/', env: {} }, ['ls-remote', '--quiet', '--', url, ...patterns]);
  if (result.exitCode !== 0) throw unreachable(url, result.stderr);
  const lines = result.stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map(
    (line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)] as const,
  );
}

/** Ids by name; for an annotated tag the commit, which git lists behind it as `NAME^{}`. */
function peel(lines: readonly (readonly [id: string, name: string])[]): ReadonlyMap<string, string> {
  return new Map(lines.map(([id, name]) => [name.replace(/\^\{\}$/, ''), id]));
}

/** Nothing that git would take for a pattern. */
function isPlainRef(ref: string): boolean {
  return /^[^*?[\\\s]+$/.test(ref);
}

async function unknownRef(url: string, ref: string): Promise<DarkroomError> {
  const names = (await listRemote(url, []))
    .map(([, name]) => name)
    .filter((name) => /^refs\/(?:heads|tags)\//.test(name) && !name.endsWith('^{}'))
    .map((name) => name.replace(/^refs\/(?:heads|tags)\//, ''));
  const nearest = nearestName(ref, names);
  const isShortId = /^[0-9a-f]{4,39}$/i.test(ref) ? ' A commit must be given with its full id.' : '';
  return new DarkroomError({
    code: 'git/unknown-ref',
    message: `${JSON.stringify(withoutCredentials(url))} has no branch or tag "${ref}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`,
    hint: `It has: ${listNames([...new Set(names)]) || 'none'}.${isShortId}`,
  });
}

function ambiguousRef(url: string, ref: string, matches: readonly string[]): DarkroomError {
  return new DarkroomError({
    code: 'git/ambiguous-ref',
    message: `"${ref}" of ${JSON.stringify(withoutCredentials(url))} is both a tag and a branch, at different commits`,
    hint: `Write one of: ${matches.join(', ')}.`,
  });
}

function unknownCommit(url: string, commit: string): DarkroomError {
  return new DarkroomError({
    code: 'git/unknown-ref',
    message: `no branch or tag of ${JSON.stringify(withoutCredentials(url))} holds the commit "${commit}"`,
    hint: 'It may have been removed by a forced push: run "darkroom lock" to take a current one.',
  });
}

function unreachable(url: string, stderr: string): DarkroomError {
  return new DarkroomError({
    code: 'git/unreachable-upstream',
    message: `git cannot read ${JSON.stringify(withoutCredentials(url))}: ${withoutLogin(lastLine(stderr), url)}`,
    hint: 'Check the address, the network, and that git has credentials for it.',
  });
}

/** Git repeats the address in its messages. */
function withoutLogin(text: string, url: string): string {
  return text.replaceAll(url, withoutCredentials(url));
}
