import { describe, expect, it } from '@jest/globals';
import type { BuildRequest } from '../../../../actions/lib/buildkit/build-args.ts';
import { BuildError, type BuildResult } from '../../../../actions/lib/buildkit/build-image.ts';
import { buildWithRetries } from '../../../../actions/lib/buildkit/build-with-retries.ts';
import { explainFailure } from '../../../../actions/lib/buildkit/explain-failure.ts';
import { applyLine, EMPTY_PROGRESS } from '../../../../actions/lib/buildkit/progress.ts';
import { recordedBuild } from './recording.ts';

const RESULT: BuildResult = {
  digest: `sha256:${'0'.repeat(64)}`,
  warnings: [],
  cachedSteps: 0,
  totalSteps: 1,
  cacheWritten: Promise.resolve(),
};

function failure(progress = recordedBuild('push-busy'), cancelled = false): BuildError {
  const source = { dockerfile: 'Dockerfile', instructions: [], builder: 'darkroom' };
  return new BuildError(explainFailure({ progress, cancelled, ...source }));
}

function ended(error: string): BuildError {
  return failure(applyLine(EMPTY_PROGRESS, `ERROR: failed to build: failed to solve: ${error}`));
}

/** Builds that fail with these errors in turn and then succeed; says what was asked of the world. */
async function run(errors: readonly Error[], abort: 'while waiting' | 'never' = 'never') {
  const left = [...errors];
  const controller = new AbortController();
  const [caches, waits, lines]: [(readonly string[])[], number[], string[]] = [[], [], []];
  const options = {
    ...{ buildx: ['buildx'], env: {}, signal: controller.signal, onProgress: () => {} },
    source: { dockerfile: 'Dockerfile', instructions: [] },
    onRetry: (line: string) => lines.push(line),
  };
  const result = await buildWithRetries({ cacheFrom: ['r/cache'] } as unknown as BuildRequest, options, {
    build: async (request) => {
      caches.push(request.cacheFrom);
      if (controller.signal.aborted) throw failure(undefined, true);
      const error = left.shift();
      if (error !== undefined) throw error;
      return RESULT;
    },
    wait: async (ms) => {
      waits.push(ms);
      if (abort === 'while waiting') controller.abort();
    },
    random: () => 1,
  }).catch((error: unknown) => error);
  return { result, attempts: caches.length, caches, waits, lines };
}

describe('buildWithRetries', () => {
  it('tries again after a registry was busy, with a longer breath each time', async () => {
    const ran = await run([failure(), failure()]);
    expect(ran).toMatchObject({ result: RESULT, attempts: 3, waits: [5000, 20_000] });
    expect(ran.lines).toEqual([
      'attempt 1 of 3 failed, the next starts in 5 s: "127.0.0.1:5000/t/x" could not be pushed: toomanyrequests: proxy says 429',
      'attempt 2 of 3 failed, the next starts in 20 s: "127.0.0.1:5000/t/x" could not be pushed: toomanyrequests: proxy says 429',
    ]);
  });

  it('gives up after three attempts with the last failure', async () => {
    const [last, never] = [failure(), failure()];
    const ran = await run([failure(), failure(), last, never]);
    expect(ran).toMatchObject({ attempts: 3, lines: { length: 2 } });
    expect(ran.result).toBe(last);
  });

  it.each(['run-failed', 'run-offline', 'push-unauthorised', 'syntax-error'])(
    'does not build again: %s',
    async (recording) => {
      const error = failure(recordedBuild(recording));
      const ran = await run([error]);
      expect(ran).toMatchObject({ attempts: 1, waits: [], lines: [] });
      expect(ran.result).toBe(error);
    },
  );

  it('does not hide a bug behind retries', async () => {
    const bug = new Error('cannot read properties of undefined');
    expect(await run([bug])).toMatchObject({ result: bug, attempts: 1 });
  });

  it('builds at once without caches when a layer is gone, which a cache may have promised', async () => {
    const ran = await run([failure(recordedBuild('cache-with-holes'))]);
    expect(ran).toMatchObject({ result: RESULT, caches: [['r/cache'], []], waits: [0] });
    expect(ran.lines[0]).toMatch(/^attempt 1 of 3 failed, the next starts now, without reading caches: /);
    const gone = failure(recordedBuild('cache-with-holes'));
    expect(await run([failure(recordedBuild('cache-with-holes')), gone])).toMatchObject({
      ...{ result: gone, attempts: 2 },
    });
  });

  it('keeps the caches for one more attempt when a layer may come back', async () => {
    const busy = () =>
      ended(
        'failed to copy: httpReadSeeker: failed open: unexpected status from GET request to http://r/v2/a/blobs/sha256:ab: 503',
      );
    const ran = await run([busy(), busy()]);
    expect(ran).toMatchObject({ result: RESULT, caches: [['r/cache'], ['r/cache'], []] });
  });

  it('ends as cancelled when it is stopped while it waits', async () => {
    const ran = await run([failure(), failure()], 'while waiting');
    expect(ran).toMatchObject({ attempts: 2, waits: [5000], lines: { length: 1 } });
    expect((ran.result as BuildError).problems[0]?.code).toBe('build/cancelled');
  });
});
