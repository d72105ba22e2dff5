import { setTimeout as sleep } from 'node:timers/promises';
import type { BuildRequest } from './build-args.ts';
import { BuildError, type BuildImageOptions, type BuildResult, buildImage } from './build-image.ts';

/** What the retries touch of the world. */
export interface RetryPorts {
  readonly build: typeof buildImage;
  /** Waits; ends early when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

const ATTEMPTS = 3;
/** BuildKit itself tries for seven seconds after a 5xx or a broken connection, and not at all after a 429: a longer breath. */
const FIRST_WAIT_MS = 5000;
const GROWTH = 4;

const REAL: RetryPorts = {
  build: buildImage,
  wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
  random: Math.random,
};

/**
 * Builds one image as {@link buildImage} does, up to three times when the network or a registry was to blame: steps that
 * were done are in the builder's cache, so a retry repeats only what failed. A failing step is never run again. A layer
 * that cannot be had may be one of a registry cache with holes, which BuildKit takes for good: the caches are then left out.
 *
 * @param onRetry gets one line before each further attempt: what failed, and when the next one starts
 * @throws what `buildImage` throws, of the last attempt
 */
export async function buildWithRetries(
  request: BuildRequest,
  options: BuildImageOptions & { readonly onRetry: (line: string) => void },
  { build, wait, random }: RetryPorts = REAL,
): Promise<BuildResult> {
  let current = request;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await build(current, options);
    } catch (error) {
      const isOver = options.signal.aborted || attempt === ATTEMPTS;
      if (isOver || !(error instanceof BuildError)) throw error;
      const retry = planRetry(error, current, attempt);
      if (retry === null) throw error;
      // Half of it by chance: builds that failed together do not come back together.
      const ms = retry.waits ? FIRST_WAIT_MS * GROWTH ** (attempt - 1) * (0.5 + random() / 2) : 0;
      const how = retry.request === current ? '' : ', without reading caches';
      options.onRetry(
        `attempt ${attempt} of ${ATTEMPTS} failed, ${nextStart(ms)}${how}: ${firstLine(error)}`,
      );
      await wait(ms, options.signal);
      current = retry.request;
    }
  }
}

/** What is tried next, if anything; with the caches for as long as they may come back. */
function planRetry(
  error: BuildError,
  request: BuildRequest,
  attempt: number,
): { readonly request: BuildRequest; readonly waits: boolean } | null {
  const isCacheSuspect =
    request.cacheFrom.length > 0 && error.problems.some(({ code }) => code.startsWith('build/layer-'));
  if (isCacheSuspect && (!error.worthRetry || attempt === ATTEMPTS - 1)) {
    return { request: { ...request, cacheFrom: [] }, waits: error.worthRetry };
  }
  return error.worthRetry ? { request, waits: true } : null;
}

function nextStart(ms: number): string {
  return `the next starts ${ms === 0 ? 'now' : `in ${Math.ceil(ms / 1000)} s`}`;
}

function firstLine({ problems }: BuildError): string {
  return (problems[0]?.message ?? '').split('\n')[0] ?? '';
}
