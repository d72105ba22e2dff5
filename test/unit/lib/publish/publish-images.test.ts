import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { repositoryOf } from '../../../../actions/lib/image/repository-of.ts';
import type { Plan } from '../../../../actions/lib/plan/plan.ts';
import {
  type PublishableImage,
  publishImages,
  readPublished,
} from '../../../../actions/lib/publish/publish-images.ts';
import { PUBLISHED_TYPE } from '../../../../actions/lib/publish/published-record.ts';
import { putJson } from '../../../../actions/lib/registry/artifact.ts';
import { createRegistryClient } from '../../../../actions/lib/registry/registry-client.ts';
import { type FakeRegistry, startFakeRegistry } from '../../../support/fake-registry.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const PLAN: Plan = {
  version: 1,
  source: {
    commit: null,
    tree: '0'.repeat(40),
    branch: 'main',
    tags: [],
    origin: null,
    dirty: [],
    matrix: 'action-matrix.yml',
  },
  home: null,
  target: 'test',
  upstreams: [],
  images: [],
};

describe('publishImages', () => {
  const client = createRegistryClient();
  let registry: FakeRegistry;
  beforeEach(async () => {
    registry = await startFakeRegistry();
  });
  afterEach(() => registry.close());

  const repositories = (image: string) => repositoryOf(`${registry.host}/test`)(image);
  const recordRef = () => ({ ...repositories('darkroom'), tag: 'published-main' });

  function put(image: string, content: string): string {
    const config = registry.setBlob(`test/${image}`, Buffer.from(content));
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: content.length },
      layers: [],
    };
    return registry.setManifest(
      `test/${image}`,
      `made-${content}`,
      Buffer.from(JSON.stringify(manifest)),
      OCI_MANIFEST,
    );
  }

  function image(name: string, content: string, tags: readonly string[] = ['main']): PublishableImage {
    const key = Buffer.from(content).toString('hex').padEnd(64, '0');
    return {
      name,
      tags,
      platforms: [{ nodeId: name, platform: 'linux/amd64', key, digest: put(name, content) }],
    };
  }

  function publish(images: readonly PublishableImage[], kept: readonly string[] = []) {
    return publishImages(client, repositories, { branch: 'main', commit: null, plan: PLAN, images, kept });
  }

  async function tagged(name: string, tag = 'main'): Promise<string | undefined> {
    return (await client.headManifest({ ...repositories(name), tag }))?.digest;
  }

  const writes = () => registry.requests.filter(({ method }) => method === 'PUT' || method === 'POST').length;

  it('writes no record of nothing', async () => {
    await publish([]);
    expect(await readPublished(client, recordRef())).toBeNull();
  });

  it('moves every tag and records old and new digests', async () => {
    const [a1, b1] = [image('a', '1'), image('b', '1', ['main', '1.2'])];
    expect((await publish([a1, b1])).moved.map(({ image, tag }) => `${image}:${tag}`)).toEqual([
      'a:main',
      'b:main',
      'b:1.2',
    ]);
    const a2 = image('a', '2');
    expect((await publish([a2, b1])).moved).toEqual([
      { image: 'a', tag: 'main', from: a1.platforms[0]?.digest, to: a2.platforms[0]?.digest },
    ]);
    const record = await readPublished(client, recordRef());
    expect(record?.state).toBe('done');
    expect(record?.keys).toEqual({ a: a2.platforms[0]?.key, b: b1.platforms[0]?.key });
    expect(record?.tags).toHaveLength(3);
  });

  it('writes nothing when everything stands as it should', async () => {
    await publish([image('a', '1')]);
    const before = writes();
    const again = await publish([image('a', '1')]);
    expect(again.moved).toEqual([]);
    expect(writes()).toBe(before);
  });

  it('brings back a tag that somebody moved', async () => {
    const a = image('a', '1');
    await publish([a]);
    await client.copyManifestTag({ ...repositories('a'), digest: put('a', 'other') }, 'main');
    await publish([a]);
    expect(await tagged('a')).toBe(a.platforms[0]?.digest);
  });

  it('says "moving" while tags move, so that an interrupted run can be seen', async () => {
    const [a, b] = [image('a', '1'), image('b', '1')];
    registry.strike({ method: 'PUT', path: /test\/b\/manifests\/main/, answer: { status: 500 } });
    await expect(publish([a, b])).rejects.toThrow(/500/);
    expect((await readPublished(client, recordRef()))?.state).toBe('moving');
  });

  it('finishes what an interrupted run began', async () => {
    const [a, b] = [image('a', '1'), image('b', '1')];
    registry.strike({ method: 'PUT', path: /test\/b\/manifests\/main/, times: 1, answer: { status: 500 } });
    await publish([a, b]).catch(() => undefined);
    await publish([a, b]);
    expect([await tagged('a'), await tagged('b')]).toEqual([a.platforms[0]?.digest, b.platforms[0]?.digest]);
    expect((await readPublished(client, recordRef()))?.state).toBe('done');
  });

  it('puts back tags that only the interrupted run knew', async () => {
    const [old, late] = [put('b', 'old'), put('b', 'late')];
    await client.copyManifestTag({ ...repositories('b'), digest: late }, 'main');
    await putJson(client, recordRef(), PUBLISHED_TYPE, {
      version: 1,
      branch: 'main',
      commit: null,
      state: 'moving',
      plan: 'plan-x',
      keys: {},
      tags: [{ image: 'b', tag: 'main', from: old, to: late }],
    });
    await publish([image('a', '1')]);
    expect(await tagged('b')).toBe(old);
  });

  it('keeps the keys of blocked images', async () => {
    const [a, b] = [image('a', '1'), image('b', '1')];
    await publish([a, b]);
    await publish([image('a', '2')], ['b']);
    expect((await readPublished(client, recordRef()))?.keys.b).toBe(b.platforms[0]?.key);
    await publish([image('a', '3')]);
    expect((await readPublished(client, recordRef()))?.keys.b).toBeUndefined();
  });

  it('publishes several platforms as one index that names them all', async () => {
    const [amd, arm] = [put('a', 'amd'), put('a', 'arm')];
    const platforms = [
      { nodeId: 'a@linux/arm64', platform: 'linux/arm64', key: 'b'.repeat(64), digest: arm },
      { nodeId: 'a@linux/amd64', platform: 'linux/amd64', key: 'a'.repeat(64), digest: amd },
    ];
    await publish([{ name: 'a', tags: ['main'], platforms }]);
    const manifest = await client.getManifest({ ...repositories('a'), tag: 'main' });
    const document = manifest?.document;
    expect(
      document?.kind === 'index' &&
        document.manifests.map(({ digest, platform }) => [digest, platform?.architecture]),
    ).toEqual([
      [amd, 'amd64'],
      [arm, 'arm64'],
    ]);
  });

  it.each([
    ['another version', { version: 2 }],
    ['a digest that is none', { tags: [{ image: 'a', tag: 'main', from: 'x', to: 'y' }] }],
    ['a key that is none', { keys: { a: '../..' } }],
    ['no object at all', 'text'],
  ])('refuses a record with %s, and says what to do', async (_, wrong) => {
    const good = {
      version: 1,
      branch: 'main',
      commit: null,
      state: 'done',
      plan: 'plan-x',
      keys: {},
      tags: [],
    };
    await putJson(
      client,
      recordRef(),
      PUBLISHED_TYPE,
      typeof wrong === 'string' ? wrong : { ...good, ...wrong },
    );
    await expect(publish([image('a', '1')])).rejects.toThrow(
      /holds no record of a publish that this version can read\.\n {2}Delete that tag/,
    );
  });
});
