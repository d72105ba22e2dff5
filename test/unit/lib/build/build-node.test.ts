import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BuildPorts,
  buildNode,
  type NodeResult,
  readBuiltImage,
} from '../../../../actions/lib/build/build-node.ts';
import type { BuildRequest } from '../../../../actions/lib/buildkit/build-args.ts';
import type { BuilderDisk } from '../../../../actions/lib/docker/builder-disk.ts';
import type { GitSource } from '../../../../actions/lib/git/git-source.ts';
import { openSource } from '../../../../actions/lib/git/open-source.ts';
import { repositoryOf } from '../../../../actions/lib/image/repository-of.ts';
import { keyTag, preTag } from '../../../../actions/lib/key/content-key.ts';
import type { PreimageDocument } from '../../../../actions/lib/plan/earlier-builds.ts';
import type { PlannedWork } from '../../../../actions/lib/plan/make-plan.ts';
import { getJson } from '../../../../actions/lib/registry/artifact.ts';
import type { RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../../../actions/lib/registry/registry-client.ts';
import { type FakeRegistry, startFakeRegistry } from '../../../support/fake-registry.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { makeTestPlan } from '../../../support/make-test-plan.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const ON = 'platforms: [linux/amd64]';
const MATRIX = `images:\n  base: { ${ON} }\n  child: { ${ON} }\n  runs: { ${ON} }\n`;

describe('buildNode', () => {
  let repo: TestRepo;
  let source: GitSource;
  let registry: FakeRegistry;
  let client: RegistryClient;
  let work: PlannedWork;
  let target: string;
  let requests: Omit<BuildRequest, 'builder'>[];
  let disk: BuilderDisk | null = null;
  let caches: string[] = [];
  let warnings: string[];

  beforeAll(async () => {
    repo = await createRepo();
    repo.write('containers/base/Dockerfile', 'FROM scratch\nCOPY base.txt /\n');
    repo.write('containers/base/base.txt', 'base\n');
    repo.write('containers/child/Dockerfile', 'FROM base\nCOPY child.txt /\n');
    repo.write('containers/child/child.txt', 'child\n');
    repo.write('containers/runs/Dockerfile', 'FROM base\nRUN true\n');
    repo.commit();
    source = await openSource(repo.dir, { of: 'work-tree' });
    registry = await startFakeRegistry();
    client = createRegistryClient();
  });

  beforeEach(async () => {
    target = `${registry.host}/p${randomUUID().slice(0, 8)}`;
    work = await makeTestPlan({ dir: repo.dir, matrix: MATRIX, target });
    [requests, warnings] = [[], []];
  });

  afterAll(async () => {
    await source.close();
    await registry.close();
    repo.remove();
  });

  const repository = (image: string) => repositoryOf(target)(image);
  const keyed = (image: string) => {
    const node = work.nodes.get(image);
    if (node === undefined || node.key === null) throw new Error(`${image} has no key`);
    return node;
  };
  const keyRef = (image: string) => ({ ...repository(image), tag: keyTag(keyed(image).key) });
  const standing = async (image: string) => (await client.headManifest(keyRef(image)))?.digest ?? null;
  const written = (image: string) =>
    getJson(client, {
      ...repository(image),
      tag: preTag(keyed(image).key),
    }) as Promise<PreimageDocument | null>;

  /** An image of its own, as a builder pushes it: by digest. */
  const push = async (image: string): Promise<string> => {
    const ref = repository(image);
    const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', created: randomUUID() }));
    const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', size: config.length };
    const digest = await client.putBlob(ref, config);
    const bytes = Buffer.alloc(1000);
    const layer = { mediaType: LAYER, digest: await client.putBlob(ref, bytes), size: bytes.length };
    const manifest = {
      ...{ schemaVersion: 2, mediaType: MANIFEST, config: { ...descriptor, digest }, layers: [layer] },
    };
    return client.putManifest(ref, Buffer.from(JSON.stringify(manifest)), MANIFEST);
  };

  /** Builds with a builder that pushes something new each time; `meanwhile` happens during the build. */
  const build = (image: string, parent: NodeResult | null, meanwhile = async (): Promise<void> => {}) => {
    const later: Promise<void>[] = [];
    const ports: BuildPorts = {
      ...{ client, source, lfs: work.lfs, pins: work.pins, sourceUrl: null },
      targetRepository: repositoryOf(target),
      parent: async (id) => {
        if (parent === null) throw new Error(`${id} was not expected to be asked for`);
        return parent;
      },
      alone: (_, locked) => locked(),
      materialise: async () => {},
      later: (work) => void later.push(work),
      runBuild: async (request) => {
        requests.push(request);
        const digest = await push(image);
        await meanwhile();
        return { digest, warnings: [], cachedSteps: 0, totalSteps: 1, cacheWritten: Promise.resolve() };
      },
      cache: () => ({
        from: caches.map((cache) => (cache.includes('/') ? cache : `${target}/${cache}`)),
        to: null,
      }),
      builderDisk: async () => disk,
      warn: (text) => warnings.push(text),
    };
    return buildNode(keyed(image), ports, () => {}).finally(() => Promise.all(later));
  };

  /** Another image of the same name, as if its key had been deleted and it had been built anew. */
  const another = async (image: string): Promise<NodeResult> => {
    const digest = await push(image);
    const found = await readBuiltImage(client, repository(image), digest, 'linux/amd64');
    return { ...found, outcome: 'built', build: null };
  };

  it('writes what an image was built on before its key', async () => {
    const base = await build('base', null);
    const child = await build('child', base);
    expect(child).toMatchObject({ outcome: 'built', digest: await standing('child') });
    expect(requests[1]?.bindings).toEqual([{ name: 'base', ref: `${target}/base@${base.platformDigest}` }]);
    expect(await written('child')).toMatchObject({
      image: child.digest,
      bound: { base: `${target}/base@${base.platformDigest}` },
    });
  });

  it('takes a key that is there, built on the same parents, without building', async () => {
    const base = await build('base', null);
    const first = await build('child', base);
    const again = await build('child', base);
    expect(again).toEqual({ ...first, outcome: 'hit', build: null });
    expect(requests).toHaveLength(2);
  });

  it('builds a key that is there anew when its parent is another one now', async () => {
    const first = await build('child', await build('base', null));
    const rebuilt = await another('base');
    const second = await build('child', rebuilt);
    expect(second.outcome).toBe('built');
    expect(second.digest).not.toBe(first.digest);
    expect(await standing('child')).toBe(second.digest);
    expect((await written('child'))?.bound.base).toContain(rebuilt.platformDigest);
    expect(await build('child', rebuilt)).toMatchObject({ outcome: 'hit', digest: second.digest });
  });

  it('leaves a stale key that somebody else has replaced meanwhile', async () => {
    await build('child', await build('base', null));
    const rebuilt = await another('base');
    let theirs = '';
    const second = await build('child', rebuilt, async () => {
      theirs = (await build('child', rebuilt)).digest;
    });
    expect(second).toMatchObject({ outcome: 'hit', digest: theirs, build: { totalSteps: 1 } });
    expect(await standing('child')).toBe(theirs);
    expect((await written('child'))?.image).toBe(theirs);
  });

  it('adopts what was written first, and what is written beside it', async () => {
    let theirs = '';
    const ours = await build('base', null, async () => {
      theirs = (await build('base', null)).digest;
    });
    expect(ours).toMatchObject({ outcome: 'hit', digest: theirs, platformDigest: theirs });
    expect(requests).toHaveLength(2);
    expect((await written('base'))?.image).toBe(theirs);
  });

  it.each<[string, (ref: { registry: string; repository: string }, tag: string) => Promise<unknown>]>([
    [
      'nothing is written beside it',
      async (ref, tag) => {
        const head = await client.headManifest({ ...ref, tag });
        await client.deleteManifest(ref, head?.digest ?? '');
      },
    ],
    [
      'an image stands where that should be',
      async (ref, tag) => client.copyManifestTag({ ...ref, digest: await push('child') }, tag),
    ],
    [
      'what is written beside it is of an image that never got the key',
      async (ref) => client.copyManifestTag({ ...ref, digest: await push('child') }, keyRef('child').tag),
    ],
  ])('builds anew an image with parents when %s', async (_, spoil) => {
    const base = await build('base', null);
    const first = await build('child', base);
    await spoil(repository('child'), preTag(keyed('child').key));
    const second = await build('child', base);
    expect(second.outcome).toBe('built');
    expect(second.digest).not.toBe(first.digest);
    expect((await written('child'))?.image).toBe(second.digest);
    expect(await build('child', base)).toMatchObject({ outcome: 'hit', digest: second.digest });
  });

  it('takes an image without parents, whatever is written beside it', async () => {
    const first = await build('base', null);
    const head = await client.headManifest({ ...repository('base'), tag: preTag(keyed('base').key) });
    await client.deleteManifest(repository('base'), head?.digest ?? '');
    expect(await build('base', null)).toEqual({ ...first, outcome: 'hit', build: null });
  });

  describe('on a disk with little left', () => {
    const SMALL: BuilderDisk = { folder: '/var/lib/docker', free: 500, held: async () => 0 };
    const reset = () => {
      disk = null;
      caches = [];
    };

    afterEach(reset);

    it('says before the build that what a step runs on does not fit', async () => {
      const base = await build('base', null);
      disk = SMALL;
      await expect(build('runs', base)).rejects.toMatchObject({
        problems: [
          {
            code: 'build/disk-too-small',
            message: expect.stringContaining('the layers of its base image alone take 1 kB'),
          },
        ],
      });
      expect(await standing('runs')).toBeNull();
      expect(requests).toHaveLength(1);
    });

    it.each<[string, Partial<BuilderDisk>, () => void]>([
      ['nothing runs on the base', {}, () => {}],
      ['the builder may hold the layers', { held: async () => 900 }, () => {}],
      ['a cache is there that may spare the step', {}, () => caches.push('runs:cache-main')],
      ['a cache cannot be asked', {}, () => caches.push('127.0.0.1:1/runs:cache-main')],
    ])('builds, with a warning, when %s', async (reason, found, prepare) => {
      const base = await build('base', null);
      await client.copyManifestTag({ ...repository('runs'), digest: await push('runs') }, 'cache-main');
      prepare();
      disk = { ...SMALL, ...found };
      const image = reason === 'nothing runs on the base' ? 'child' : 'runs';
      expect(await build(image, base)).toMatchObject({ outcome: 'built' });
      expect(warnings).toEqual([expect.stringContaining(`"${image}" may not fit: it may take about 1 GB`)]);
    });

    it('asks nothing and says nothing when there is plenty', async () => {
      const base = await build('base', null);
      disk = { ...SMALL, free: 20_000_000_000, held: () => Promise.reject(new Error('asked')) };
      const before = registry.requests.length;
      await build('runs', base);
      const asked = registry.requests.slice(before).filter(({ path }) => path.includes('/base/'));
      // Its manifest alone, whose layers are taken over.
      expect(asked.map(({ path }) => path.replace(/.*\/base\//, ''))).toEqual([`manifests/${base.digest}`]);
      expect(warnings).toEqual([]);
    });
  });

  it('leaves no folder, also after a failure', async () => {
    const mine = () => readdirSync(tmpdir()).filter((name) => name.includes(`-${process.pid}-`));
    const before = mine();
    await build('base', null, async () => expect(mine().length).toBe(before.length + 1));
    const failing = build('child', await another('base'), () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(mine()).toEqual(before);
    expect(await standing('child')).toBeNull();
  });
});
