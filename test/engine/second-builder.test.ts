import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BuildRequest } from '../../actions/lib/buildkit/build-args.ts';
import { type BuildImageOptions, buildImage } from '../../actions/lib/buildkit/build-image.ts';
import { buildWithRetries } from '../../actions/lib/buildkit/build-with-retries.ts';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import { parseImageReference } from '../../actions/lib/image/image-reference.ts';
import { readBound } from '../../actions/lib/plan/read-bound.ts';
import { resolvePlatformDigest } from '../../actions/lib/registry/platform-manifest.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { ensureEngine, stopEngine } from '../../scripts/engine/engine.ts';
import type { Folders } from '../../scripts/engine/folders.ts';
import { createProject, PLATFORM, type Project, planned } from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';
import { type Damage, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { createImageBuilds, type Extras, type ImageBuilds } from '../support/image-builds.ts';
import { endProcessesWith, processesWith, waitUntil } from '../support/processes.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';

jest.setTimeout(240_000);

const quiet = (): void => {};

/** A second engine: it shares registries with the first one, and neither a cache nor a lock. */
let second: Engine;
let folders: Folders;
let root: string;
let registry: string;

beforeAll(async () => {
  const test = await startTestEngine();
  registry = test.registry;
  root = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
  folders = { ...test.folders, state: path.join(root, 'darkroom') };
  second = await ensureEngine(quiet, folders);
});

afterAll(async () => {
  await stopEngine(folders);
  rmSync(root, { recursive: true, force: true });
});

describe('two builders that share only a registry', () => {
  let project: Project;
  const marker = `marker-${randomUUID().slice(0, 8)}`;
  /** Longer than anything waits, and like no other process's. */
  const slowly = String(randomInt(10_000, 100_000));
  /** Waits as long as a secret says, which is in no key, and comes out different every time. */
  const run = `RUN --mount=type=secret,id=seconds : ${marker}; sleep $(cat /run/secrets/seconds); cat /proc/sys/kernel/random/uuid > /once\n`;
  const where = () => ['--registry', `${registry}/${project.name}/home`];
  const home = (image: string) => ({ registry, repository: `${project.name}/home/${image}` });

  beforeAll(async () => {
    const on = `platforms: [${PLATFORM}]`;
    project = await createProject({
      'action-matrix.yml': `images:
  root: { ${on} }
  parent: { ${on}, secrets: { seconds: {} } }
  child: { ${on} }
`,
      'containers/root/Dockerfile': 'FROM scratch\nCOPY root /\n',
      'containers/parent/Dockerfile': `FROM root\n${run}`,
      'containers/child/Dockerfile': 'FROM parent\nRUN cat /once > /seen\n',
    });
    await makeTinyRoot(path.join(project.repo.dir, 'containers/root/root'));
    project.repo.commit();
  });

  afterAll(() => project?.repo.remove());

  it('agree: the first to write a key wins, and the children of both stand on what it wrote', async () => {
    const slow = project.start(['build', '--json', 'child', ...where()], {
      ...{ SECONDS: slowly, XDG_STATE_HOME: root },
    });
    await waitUntil(() => processesWith(marker) > 0);
    const fast = await project.run(['build', '--json', 'parent', ...where()], { SECONDS: '0' });
    expect(JSON.parse(fast.stdout)).toMatchObject({ built: ['parent'] });
    // The slow one is still at it: it does not find the key, it loses the race for it.
    expect(processesWith(marker)).toBeGreaterThan(0);
    const { client } = project;
    const plan = await project.plan(where());
    const key = (image: string) => ({ ...home(image), tag: planned(plan, image).tag ?? '' });
    const winner = await client.headManifest(key('parent'));
    endProcessesWith(`sleep\0${slowly}`);

    const { stdout, exitCode } = await slow;
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
      ...{ exitCode: 0, built: ['root', 'child'], failed: [] },
    });
    expect(await client.headManifest(key('parent'))).toEqual(winner);
    const child = await client.headManifest(key('child'));
    const bound = await readBound(client, home('child'), {
      ...{ key: planned(plan, 'child').key ?? '', digest: child?.digest ?? '' },
    });
    const parent = await resolvePlatformDigest(client, key('parent'), PLATFORM);
    expect(bound).toEqual({ parent });
  });
});

describe('a builder that has nothing yet', () => {
  let builds: ImageBuilds;
  let proxy: FaultProxy;
  const client = createRegistryClient();

  beforeAll(async () => {
    const { engine } = await startTestEngine();
    builds = await createImageBuilds(engine, registry);
    proxy = await startFaultProxy(registry);
  });

  afterEach(() => proxy.heal());

  afterAll(async () => {
    await proxy?.close();
    await builds?.remove();
  });

  const retrying = (lines: string[], onRetry = quiet): Pick<Extras, 'by'> => ({
    by: (request: BuildRequest, options: BuildImageOptions) => {
      const say = (line: string): void => {
        lines.push(line);
        onRetry();
      };
      const ports = { build: buildImage, wait: async () => undefined, random: () => 0 };
      return buildWithRetries(request, { ...options, onRetry: say }, ports);
    },
  });

  const configOf = async (reference: string): Promise<string> => {
    const manifest = await client.getManifest(parseImageReference(reference));
    if (manifest?.document.kind !== 'image') throw new Error(`${reference} is no image manifest`);
    return manifest.document.config.digest;
  };
  const injectOnLayers = (config: string, damage: Damage): void =>
    proxy.inject({ method: 'GET', path: new RegExp(`/blobs/(?!${config})`), damage });

  it('tries again when a layer of a parent does not come through', async () => {
    const bindings = [{ name: 'base', ref: builds.base.replace(registry, proxy.host) }];
    const lines: string[] = [];
    injectOnLayers(await configOf(builds.base), { status: 429 });
    await builds.build('pulls', 'FROM base\nRUN cat /bin/sh > /copy\n', {
      ...{ engine: second, bindings, ...retrying(lines, () => proxy.heal()) },
    });
    expect(lines).toEqual([expect.stringContaining(': a layer of "')]);
    expect(lines[0]).toContain('429 Too Many Requests');
  });

  it('builds without a cache whose layers are gone', async () => {
    const cached = `FROM base\nRUN echo ${randomUUID()} > /one\n`;
    const cache = `${builds.repository('holes')}:cache-main`;
    await builds.build('holes', cached, { cacheTo: cache });
    // Everything but the description of the cache is gone, as after a careless cleaning.
    injectOnLayers(await configOf(cache), { status: 404 });
    const lines: string[] = [];
    const built = await builds.build('holes', `${cached}RUN cat /one > /two\n`, {
      ...{ engine: second, cacheFrom: [cache.replace(registry, proxy.host)], ...retrying(lines) },
    });
    expect(lines).toEqual([
      `attempt 1 of 3 failed, the next starts now, without reading caches: a layer could not be pulled: it does not exist there`,
    ]);
    expect(built).toMatchObject({ cachedSteps: 0, totalSteps: 2 });
  });
});
