import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type BuildProgress, outputTail } from '../../actions/lib/buildkit/progress.ts';
import { parseImageReference } from '../../actions/lib/image/image-reference.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { startTestEngine } from '../support/engine.ts';
import { createImageBuilds, type Extras, type ImageBuilds } from '../support/image-builds.ts';
import { processesWith, waitUntil } from '../support/processes.ts';

jest.setTimeout(600_000);

const RUN_ID = randomUUID().slice(0, 8);

let builds: ImageBuilds;

beforeAll(async () => {
  const { engine, registry } = await startTestEngine();
  builds = await createImageBuilds(engine, registry);
});

afterAll(() => builds?.remove());

function build(name: string, dockerfile: string, extras: Extras = {}) {
  return builds.build(name, dockerfile, extras);
}

function tagsOf(name: string): Promise<readonly string[]> {
  const { registry, repository } = parseImageReference(builds.repository(name));
  return createRegistryClient().listTags({ registry, repository });
}

describe('buildImage on a real engine', () => {
  it('pushes by digest and moves no tag, and comes out the same when everything is cached', async () => {
    const dockerfile = `FROM base\nRUN echo ${RUN_ID} > /made\n`;
    const first = await build('same', dockerfile);
    const second = await build('same', dockerfile);
    expect(first).toMatchObject({ warnings: [], cachedSteps: 0, totalSteps: 1 });
    expect(second).toMatchObject({ cachedSteps: 1, totalSteps: 1 });
    const made = await builds.platformDigest('same', first.digest);
    expect(await builds.platformDigest('same', second.digest)).toBe(made);
    expect(second.digest).not.toBe(made);
    expect(await tagsOf('same')).toEqual([]);
  });

  it('writes a cache that a later build may read', async () => {
    const cache = `${builds.repository('cached')}:cache-main`;
    await build('cached', 'FROM base\nRUN echo x > /x\n', { cacheTo: cache, cacheFrom: [cache] });
    expect(await tagsOf('cached')).toEqual(['cache-main']);
  });

  it('reports the findings of the Dockerfile checks', async () => {
    const { warnings } = await build('warned', 'FROM base\nMAINTAINER someone\n');
    expect(warnings).toMatchObject([{ rule: 'MaintainerDeprecated', lines: [2, 2] }]);
  });

  it('says which instruction failed, where, and what it printed', async () => {
    const dockerfile = 'FROM base\nRUN true\nRUN echo one \\\n && echo two \\\n && exit 7\n';
    await expect(build('failing', dockerfile)).rejects.toMatchObject({
      worthRetry: false,
      problems: [
        {
          code: 'build/run-failed',
          place: { file: 'containers/failing/Dockerfile', line: 3 },
          message: expect.stringMatching(
            /^"RUN echo one .*" failed with exit code 7; it said:\n {2}\| one\n {2}\| two$/,
          ),
        },
      ],
    });
    expect(await tagsOf('failing')).toEqual([]);
  });

  it('says which file is missing', async () => {
    await expect(build('missing', 'FROM base\nCOPY nowhere.txt /\n')).rejects.toMatchObject({
      problems: [{ code: 'build/missing-source', message: '"/nowhere.txt" is not in the build context' }],
    });
  });

  it('gives secrets to the step that asks, and refuses to build without their value', async () => {
    const dockerfile = `FROM base\nRUN --mount=type=secret,id=token,required=true test "$(cat /run/secrets/token)" = s3cret-${RUN_ID}\n`;
    const file = join(builds.work, 'token');
    await writeFile(file, `s3cret-${RUN_ID}`);
    await build('secret', dockerfile, { secrets: [{ id: 'token', file }] });
    const unset = build('secret', dockerfile, { secrets: [{ id: 'token', env: 'DARKROOM_TEST_UNSET' }] });
    await expect(unset).rejects.toMatchObject({ problems: [{ code: 'build/missing-secret' }] });
  });

  it("reads a Dockerfile with BuildKit's own frontend when asked to, whatever its syntax line says", async () => {
    const dockerfile = '# syntax=registry.invalid/dockerfile:1\nFROM base\nRUN true\n';
    await expect(build('builtin', dockerfile)).rejects.toMatchObject({ worthRetry: true });
    await expect(build('builtin', dockerfile, { syntax: 'builtin' })).resolves.toMatchObject({
      totalSteps: 1,
    });
  });

  it('stops the builder when cancelled in the middle of a step, and leaves nothing behind', async () => {
    const marker = `marker-${randomUUID()}`;
    const controller = new AbortController();
    const running = Promise.withResolvers<void>();
    const onProgress = ({ vertices }: BuildProgress) => {
      if ([...vertices.values()].some((vertex) => outputTail(vertex).includes(marker))) running.resolve();
    };
    const dockerfile = `FROM base\nRUN while true; do echo ${marker}; sleep 1; done\n`;
    const cancelled = build('cancelled', dockerfile, { signal: controller.signal, onProgress });
    const rejected = expect(cancelled).rejects.toMatchObject({ problems: [{ code: 'build/cancelled' }] });
    await running.promise;
    expect(processesWith(marker)).toBeGreaterThan(0);
    controller.abort();
    await rejected;
    await waitUntil(() => processesWith(marker) === 0);
    expect(await tagsOf('cancelled')).toEqual([]);
  });

  it('starts nothing when it was cancelled before', async () => {
    const signal = AbortSignal.abort();
    await expect(build('never', 'FROM base\n', { signal })).rejects.toMatchObject({
      problems: [{ code: 'build/cancelled' }],
    });
  });
});
