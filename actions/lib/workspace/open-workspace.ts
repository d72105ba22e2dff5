/** What every command works on: the tree, the matrix, the lock, home and target. Read once, handed on. */
import { createHash } from 'node:crypto';
import { readFile, realpath, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rcompare, valid } from 'semver';
import { sourceUrl } from '../build/source-url.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { listNames } from '../errors/nearest-name.ts';
import type { GitSource } from '../git/git-source.ts';
import { openSource } from '../git/open-source.ts';
import { readDefaultBranch } from '../git/read-default-branch.ts';
import { isLoopback, parseImageReference } from '../image/image-reference.ts';
import type { TagEvent } from '../image/tag-template.ts';
import { emptyLock, type Lock } from '../matrix/lock.ts';
import type { Matrix } from '../matrix/matrix.ts';
import { parseLock, printLock } from '../matrix/parse-lock.ts';
import { parseMatrix } from '../matrix/parse-matrix.ts';
import { readWorkflow, type Workflow } from './read-workflow.ts';

/** What may be said to every command. */
export interface GlobalOptions {
  readonly directory: string;
  readonly matrix?: string;
  readonly registry?: string;
  readonly push?: true;
  readonly json?: true;
}

/** The lock file as it stands. */
export interface LockFile {
  readonly path: string;
  /** There is a file; in a workflow it is then complete or wrong. */
  readonly exists: boolean;
  readonly lock: Lock;
}

/** Everything a command starts from. */
export interface Workspace {
  readonly options: GlobalOptions;
  /** Opened anew when the lock was written. */
  source: GitSource;
  readonly matrix: Matrix;
  /** Where it lies, from the top of the repository. */
  readonly matrixPath: string;
  lockFile: LockFile;
  /** `null` outside a workflow. */
  readonly workflow: Workflow | null;
  /** The registry that is read, if any. */
  readonly home: string | null;
  /** `home`, or the path below the registry on loopback that this machine runs. */
  readonly target:
    | { readonly kind: 'home'; readonly registry: string }
    | { readonly kind: 'local'; readonly path: string };
  readonly event: TagEvent;
  /** Its caches and its last publish are what other branches start from. */
  readonly defaultBranch: string;
}

const MATRIX_FILE = 'action-matrix.yml';

/**
 * Opens the workspace a command was started in.
 * @throws DarkroomError `matrix/…`, `lock/…`, `git/…`: what is wrong with what the person wrote
 */
export async function openWorkspace(options: GlobalOptions): Promise<Workspace> {
  const directory = path.resolve(options.directory);
  const workflow = readWorkflow(process.env, await readEvent(process.env.GITHUB_EVENT_PATH));
  const named = path.resolve(directory, options.matrix ?? MATRIX_FILE);
  // Most often the matrix lies where the command was started: it is read while git looks at the tree.
  const reading = readMatrix(named, path.relative(directory, named));
  reading.catch(() => undefined);
  const source = await openSource(directory, { of: workflow === null ? 'work-tree' : 'commit' });
  const matrixPath = options.matrix === undefined ? path.join(source.root, MATRIX_FILE) : named;
  const matrix = await (matrixPath === named
    ? reading
    : readMatrix(matrixPath, path.relative(directory, matrixPath)));
  const lockFile = await readLock(`${matrixPath.replace(/\.ya?ml$/, '')}.lock`, directory);
  const home = findHome(options, matrix);
  return {
    options,
    source,
    matrix,
    // Wherever a command is started, and through whatever link: it is the same matrix.
    matrixPath: path.relative(await realpath(source.root), await realpath(matrixPath)),
    lockFile,
    workflow,
    home,
    target: findTarget(options, home, source, workflow),
    // In a workflow only what was pushed counts: a version tag that happens to stand on the commit is no push of it.
    event: workflow ?? { branch: source.identity.branch, tag: versionTag(source.identity.tags) },
    defaultBranch: workflow?.defaultBranch ?? (await readDefaultBranch(source)),
  };
}

/** Writes the lock, unless it stands there already, and opens the tree anew: the lock is one of its files. */
export async function writeLock(workspace: Workspace, lock: Lock): Promise<void> {
  const { lockFile, source } = workspace;
  const text = printLock(lock);
  if (text === printLock(lockFile.lock)) return;
  // In one step: whoever is interrupted here has the old lock or the new one.
  await writeFile(`${lockFile.path}.next`, text);
  await rename(`${lockFile.path}.next`, lockFile.path);
  workspace.lockFile = { path: lockFile.path, exists: true, lock };
  workspace.source = await openSource(source.root, { of: 'work-tree' });
  await source.close();
}

/** Several tags may stand on one commit; the newest version among them is the one that is built. */
function versionTag(tags: readonly string[]): string | null {
  return tags.filter((tag) => valid(tag) !== null).sort(rcompare)[0] ?? tags[0] ?? null;
}

async function readMatrix(file: string, shown: string): Promise<Matrix> {
  return parseMatrix(await readMatrixText(file, shown), shown);
}

async function readMatrixText(file: string, shown: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new DarkroomError(
      {
        code: 'matrix/not-found',
        place: { file: shown },
        message: `The matrix cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); expected a file that names the images.`,
        hint: 'Run "darkroom init" to write one from the Dockerfiles found, or name another file with --matrix.',
      },
      { kind: 'use', cause: error },
    );
  }
}

/** What a workflow was started by; `null` where it does not say so in a way that can be read. */
async function readEvent(file: string | undefined): Promise<unknown> {
  if (file === undefined) return null;
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null;
  }
}

async function readLock(file: string, directory: string): Promise<LockFile> {
  try {
    const lock = parseLock(await readFile(file, 'utf8'), path.relative(directory, file));
    return { path: file, exists: true, lock };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { path: file, exists: false, lock: emptyLock() };
  }
}

function findHome(options: GlobalOptions, matrix: Matrix): string | null {
  const home = options.registry ?? matrix.registry ?? null;
  // The matrix was checked by its parser; what stands on the command line is checked here.
  if (home !== null) parseImageReference(`${home}/image`);
  return home;
}

/**
 * Home is written by a workflow on the default branch or a tag, for the commit it runs for, with `--push`, and on a laptop
 * where it is on loopback.
 */
function findTarget(
  options: GlobalOptions,
  home: string | null,
  source: GitSource,
  workflow: Workflow | null,
): Workspace['target'] {
  const mayWrite = workflow === null ? home !== null && isLoopback(home) : mayPublish(workflow, source);
  if (options.push && home !== null && !isLoopback(home)) checkClean(source);
  if (home !== null && (options.push || mayWrite)) {
    return { kind: 'home', registry: home };
  }
  if (options.push) {
    throw new DarkroomError(
      {
        code: 'command/no-home',
        message: '--push was given, but no home registry is known.',
        hint: 'Write "registry: ghcr.io/owner/name" into the matrix, or give --registry.',
      },
      { kind: 'use' },
    );
  }
  return localTarget({ home, source });
}

/** What others will pull has a commit they can look at. */
function checkClean({ identity: { dirty } }: GitSource): void {
  if (dirty.length === 0) return;
  throw new DarkroomError(
    {
      code: 'command/dirty-push',
      message: `--push was given, but there are changes that are not committed: ${listNames(dirty.map((file) => JSON.stringify(file)))}.`,
      hint: 'Commit them, or leave out --push to build them for this machine.',
    },
    { kind: 'use' },
  );
}

/** Whether everything stays on this machine: then what was made on it counts. */
export function isOnLoopback({ target }: Pick<Workspace, 'target'>): boolean {
  return target.kind === 'local' || isLoopback(target.registry);
}

/**
 * Runs that something else set off (`workflow_run`, `issue_comment`) are runs for the default branch too, and often check
 * out a pull request: https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
function mayPublish(workflow: Workflow, { identity }: GitSource): boolean {
  const runsFor = process.env.GITHUB_SHA ?? identity.commit;
  return workflow.mayPublish && (workflow.tag !== null || identity.commit === runsFor);
}

/** Where a workspace's images lie in a registry on loopback. */
export function localTarget({ home, source }: Pick<Workspace, 'home' | 'source'>): Workspace['target'] {
  // A registry may be a host alone, and then names nothing of the repository.
  return { kind: 'local', path: home?.split('/').slice(1).join('/') || repositoryName(source) };
}

/**
 * Two clones of one repository share what they built, and two repositories of one name do not: the name is the path on
 * its host, or for a folder its last part and what tells it from others of that name.
 */
function repositoryName({ identity, root }: GitSource): string {
  const from = (identity.origin ?? root).replace(/[/\\]+$/, '').replace(/\.git$/, '');
  const page = sourceUrl(identity.origin);
  if (page !== null) return toRepositoryPath(new URL(page).pathname);
  const hash = createHash('sha256').update(from).digest('hex').slice(0, 6);
  return `${toRepositoryPath(path.posix.basename(from))}-${hash}`;
}

function toRepositoryPath(text: string): string {
  const parts = text
    .toLowerCase()
    .split('/')
    .map((part) => part.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, ''));
  return parts.filter((part) => part !== '').join('/') || 'images';
}
