/** Runs one build with Buildx and pushes its result by digest. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { InstructionPlace } from '../dockerfile/dockerfile.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { endWithParent } from '../process/end-with-parent.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';
import { type BuildRequest, buildArgv, cacheArgv } from './build-args.ts';
import { summariseBuild } from './build-summary.ts';
import { withoutSyntaxDirective } from './builtin-frontend.ts';
import { checkSecrets } from './check-secrets.ts';
import { explainFailure } from './explain-failure.ts';
import { applyLine, type BuildProgress, EMPTY_PROGRESS } from './progress.ts';
import type { BuildWarning } from './solve-status.ts';

const KILL_AFTER_MS = 10_000;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What a build needs beside its request. */
export interface BuildImageOptions {
  /** How to call Buildx, for example `['docker', 'buildx']`. */
  readonly buildx: readonly string[];
  /** The child's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborting it stops the build, on the builder too. */
  readonly signal: AbortSignal;
  /** Called for every line Buildx says: often. */
  readonly onProgress: (progress: BuildProgress) => void;
  /** The Dockerfile as the user knows it, for error places. */
  readonly source: { readonly dockerfile: string; readonly instructions: readonly InstructionPlace[] };
}

/** What was built and pushed. */
export interface BuildResult {
  /** `sha256:…` of what was pushed: an index, or a manifest. */
  readonly digest: string;
  readonly warnings: readonly BuildWarning[];
  readonly cachedSteps: number;
  readonly totalSteps: number;
  /** Resolves when the cache is written, or could not be. The request's files are needed until then. */
  readonly cacheWritten: Promise<void>;
}

/** A build that did not come to its end. */
export class BuildError extends DarkroomError {
  /** The same build may pass a moment later. */
  readonly worthRetry: boolean;

  constructor(failure: ReturnType<typeof explainFailure>) {
    super(failure.problems);
    this.name = 'BuildError';
    this.worthRetry = failure.worthRetry;
  }
}

/**
 * Builds and pushes one image. No tag is written.
 *
 * @throws BuildError `build/cancelled` after `signal` was aborted; else a code of {@link explainFailure}.
 * @throws DarkroomError `build/missing-secret` before anything is started; `build/no-digest` when Buildx ends well without saying what it pushed.
 */
export async function buildImage(request: BuildRequest, options: BuildImageOptions): Promise<BuildResult> {
  await checkSecrets(request.secrets, options.env, options.source.dockerfile);
  const frontend = request.syntax === 'builtin' ? await copyForBuiltinFrontend(request.dockerfile) : null;
  const solved = frontend === null ? request : { ...request, dockerfile: frontend.dockerfile };
  let cacheWritten = Promise.resolve();
  try {
    const { progress, exitCode } = await runBuildx(buildArgv(solved), options);
    if (exitCode !== 0 || options.signal.aborted) {
      throw new BuildError(
        explainFailure({
          ...{ progress, cancelled: options.signal.aborted, builder: request.builder },
          ...options.source,
        }),
      );
    }
    const { steps } = summariseBuild(progress);
    if (request.cacheTo !== null) cacheWritten = writeCache(cacheArgv(solved, request.cacheTo), options);
    return {
      digest: await readDigest(request.metadataFile),
      warnings: progress.warnings,
      cachedSteps: steps.cached,
      totalSteps: steps.total,
      cacheWritten,
    };
  } finally {
    // What cannot be removed is swept by a later run.
    if (frontend !== null) void cacheWritten.then(() => frontend.remove()).catch(() => undefined);
  }
}

/** A cache that cannot be written costs the next build time, and nothing else. */
async function writeCache(argv: readonly string[], options: BuildImageOptions): Promise<void> {
  await runBuildx(argv, { ...options, onProgress: () => undefined }).catch(() => undefined);
}

async function runBuildx(
  argv: readonly string[],
  { buildx, env, signal, onProgress }: BuildImageOptions,
): Promise<{ progress: BuildProgress; exitCode: number | undefined }> {
  let progress = EMPTY_PROGRESS;
  const [command = 'buildx', ...first] = [...(await endWithParent(env)), ...buildx];
  if (signal.aborted) return { progress, exitCode: undefined };
  const child = execa(command, [...first, ...argv], {
    // A group of its own: Ctrl-C then reaches only us, and Buildx is told once, by us.
    ...{ detached: true, env: { ...env }, extendEnv: false },
    ...{ stdin: 'ignore', stdout: 'ignore', buffer: false, reject: false },
  });
  const release = stopOnAbort(child.pid, signal);
  try {
    for await (const line of child.iterable({ from: 'stderr' })) {
      progress = applyLine(progress, line);
      onProgress(progress);
    }
    const { exitCode, signal: killedBy, originalMessage } = await child;
    if (exitCode !== undefined) return { progress, exitCode };
    // Not started, or ended from outside: then Buildx has not said so itself.
    const reason =
      killedBy === undefined ? (originalMessage ?? 'it did not start') : `Buildx was ended by ${killedBy}`;
    return { progress: applyLine(progress, `ERROR: ${reason}`), exitCode };
  } finally {
    release();
  }
}

/** Asks with SIGINT, as a person would, and insists after ten seconds; a dying parent takes its build along. */
function stopOnAbort(pid: number | undefined, signal: AbortSignal): () => void {
  let insist: NodeJS.Timeout | undefined;
  const interrupt = () => {
    killGroup(pid, 'SIGINT');
    insist = setTimeout(() => killGroup(pid, 'SIGKILL'), KILL_AFTER_MS);
  };
  const leave = () => killGroup(pid, 'SIGINT');
  signal.addEventListener('abort', interrupt, { once: true });
  process.once('exit', leave);
  return () => {
    clearTimeout(insist);
    signal.removeEventListener('abort', interrupt);
    process.removeListener('exit', leave);
  };
}

function killGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // It ended in the meantime.
  }
}

async function readDigest(metadataFile: string): Promise<string> {
  const metadata: unknown = JSON.parse(await readFile(metadataFile, 'utf8'));
  const digest = (metadata as Readonly<Record<string, unknown>> | null)?.['containerimage.digest'];
  if (typeof digest === 'string' && DIGEST.test(digest)) return digest;
  throw new DarkroomError({
    code: 'build/no-digest',
    message: `Buildx ended well, but names no digest in "${metadataFile}" under "containerimage.digest"`,
    hint: 'Update Buildx: `docker buildx version` shows the one in use.',
  });
}

/** The exported files stay as they were hashed; only the builder's copy of the Dockerfile differs. */
async function copyForBuiltinFrontend(
  dockerfile: string,
): Promise<{ readonly dockerfile: string; readonly remove: () => Promise<void> }> {
  const folder = makeTemporaryFolder();
  const copy = join(folder.path, 'Dockerfile');
  await writeFile(copy, withoutSyntaxDirective(await readFile(dockerfile, 'utf8')));
  try {
    await copyFile(`${dockerfile}.dockerignore`, `${copy}.dockerignore`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return { dockerfile: copy, remove: folder.remove };
}
