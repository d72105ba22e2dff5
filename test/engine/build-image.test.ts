import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BuildRequest } from '../../actions/lib/buildkit/build-args.ts';
import { buildImage } from '../../actions/lib/buildkit/build-image.ts';
import { type BuildProgress, outputTail } from '../../actions/lib/buildkit/progress.ts';
import { startTestEngine } from '../support/engine.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';

jest.setTimeout(600_000);

const PLATFORM = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
const INDEX = 'application/vnd.oci.image.index.v1+json';
const RUN_ID = randomUUID().slice(0, 8);

let work: string;
let registry: string;
let engine: {
  readonly buildx: readonly string[];
  readonly builder: string;
  readonly env: Record<string, string>;
};
/** `host/repo@sha256:…` of the base every test builds on. */
let base: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'darkroom-test-'));
  const started = await startTestEngine();
  const { buildx, builder, env } = started.engine;
  engine = { buildx, builder, env: { ...(process.env as Record<string, string>), ...env } };
  registry = started.registry;
  await makeTinyRoot(join(work, 'base', 'root'));
  const { digest } = await build('base', 'FROM scratch\nCOPY root /\n');
  base = `${repository('base')}@${await platformDigest('base', digest)}`;
});

afterAll(() => rm(work, { recursive: true, force: true }));

function repository(name: string): string {
  return `${registry}/engine-test-${RUN_ID}/${name}`;
}

interface Extras extends Partial<BuildRequest> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BuildProgress) => void;
}

/** Builds a Dockerfile in a folder of its own, whose parent image is called `base`. */
async function build(name: string, dockerfile: string, extras: Extras = {}) {
  const { signal = new AbortController().signal, onProgress = () => {}, ...request } = extras;
  const contextDir = join(work, name);
  await mkdir(contextDir, { recursive: true });
  await writeFile(join(contextDir, 'Dockerfile'), dockerfile);
  return buildImage(
    {
      ...{
        builder: engine.builder,
        contextDir,
        dockerfile: join(contextDir, 'Dockerfile'),
        platform: PLATFORM,
      },
      ...{ args: {}, labels: {}, contexts: [], secrets: [], cacheFrom: [], cacheTo: null },
      ...{ bindings: base === undefined ? [] : [{ name: 'base', ref: base }] },
      ...{
        image: repository(name),
        metadataFile: join(work, `${name}.json`),
        sourceDateEpoch: 0,
        syntax: 'bound',
      },
      ...request,
    },
    {
      ...{ buildx: engine.buildx, env: engine.env, signal, onProgress },
      source: { dockerfile: `containers/${name}/Dockerfile`, instructions: [] },
    },
  );
}

async function getJson(url: string, accept = 'application/json'): Promise<Record<string, unknown>> {
  const response = await fetch(url, { headers: { accept } });
  return (await response.json()) as Record<string, unknown>;
}

async function platformDigest(name: string, digest: string): Promise<string> {
  const index = await getJson(`http://${repository(name).replace('/', '/v2/')}/manifests/${digest}`, INDEX);
  const manifests = index.manifests as { digest: string; platform: { os: string; architecture: string } }[];
  const found = manifests.find(({ platform }) => `${platform.os}/${platform.architecture}` === PLATFORM);
  if (found === undefined) throw new Error(`no manifest for ${PLATFORM} in ${digest}`);
  return found.digest;
}

async function tagsOf(name: string): Promise<unknown> {
  const { tags } = await getJson(`http://${repository(name).replace('/', '/v2/')}/tags/list`);
  return tags ?? [];
}

/** Command lines of this machine's processes that hold a text. */
async function processesWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter(
    (entry) => /^\d+$/.test(entry) && entry !== String(process.pid),
  );
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(text));
}

describe('buildImage on a real engine', () => {
  it('pushes by digest and moves no tag, and comes out the same when everything is cached', async () => {
    const dockerfile = `FROM base\nRUN echo ${RUN_ID} > /made\n`;
    const first = await build('same', dockerfile);
    const second = await build('same', dockerfile);
    expect(first).toMatchObject({ warnings: [], cachedSteps: 0, totalSteps: 1 });
    expect(second).toMatchObject({ cachedSteps: 1, totalSteps: 1 });
    const made = await platformDigest('same', first.digest);
    expect(await platformDigest('same', second.digest)).toBe(made);
    expect(second.digest).not.toBe(made);
    expect(await tagsOf('same')).toEqual([]);
  });

  it('writes a cache that a later build may read', async () => {
    const cache = `${repository('cached')}:cache-main`;
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
    const file = join(work, 'token');
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
    expect(await processesWith(marker)).not.toEqual([]);
    controller.abort();
    await rejected;
    for (let tries = 0; tries < 20 && (await processesWith(marker)).length > 0; tries += 1) await sleep(250);
    expect(await processesWith(marker)).toEqual([]);
    expect(await tagsOf('cancelled')).toEqual([]);
  });

  it('starts nothing when it was cancelled before', async () => {
    const signal = AbortSignal.abort();
    await expect(build('never', 'FROM base\n', { signal })).rejects.toMatchObject({
      problems: [{ code: 'build/cancelled' }],
    });
  });
});
