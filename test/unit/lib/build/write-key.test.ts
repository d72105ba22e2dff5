import { beforeEach, describe, expect, it } from '@jest/globals';
import { writeKey } from '../../../../actions/lib/build/write-key.ts';
import { keyTag, preTag } from '../../../../actions/lib/key/content-key.ts';
import { PREIMAGE_TYPE, type PreimageDocument } from '../../../../actions/lib/plan/earlier-builds.ts';
import { getJson, putJson } from '../../../../actions/lib/registry/artifact.ts';
import type { RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { createMemoryRegistry } from '../../../support/memory-registry.ts';

const REPOSITORY = { registry: 'registry.test', repository: 'acme/app' };
const KEY = '0'.repeat(64);
const PRE = { ...REPOSITORY, tag: preTag(KEY) };

describe('writeKey', () => {
  let client: RegistryClient;

  beforeEach(() => {
    client = createMemoryRegistry().client;
  });

  /** Two builds of one key differ in their bytes. */
  const build = async (bytes: string): Promise<PreimageDocument> => {
    const ref = { ...REPOSITORY, tag: `cache-${bytes}` };
    const image = await putJson(client, ref, 'application/vnd.test+json', bytes);
    return { preimage: {} as PreimageDocument['preimage'], image, bound: { base: bytes } };
  };
  const write = (own: RegistryClient, document: PreimageDocument) =>
    writeKey(own, REPOSITORY, { key: KEY, document, stale: null });
  const beside = () => getJson(client, PRE);

  it('writes what an image was built on and then its key, each once', async () => {
    const ours = await build('ours');
    const tags: (string | undefined)[] = [];
    const putManifest: RegistryClient['putManifest'] = (ref, ...more) => {
      tags.push(ref.tag);
      return client.putManifest(ref, ...more);
    };
    const copyManifestTag: RegistryClient['copyManifestTag'] = (ref, tag) => {
      tags.push(tag);
      return client.copyManifestTag(ref, tag);
    };
    await expect(write({ ...client, putManifest, copyManifestTag }, ours)).resolves.toBe(ours.image);
    expect(tags).toEqual([preTag(KEY), keyTag(KEY)]);
    expect(await beside()).toEqual(ours);
  });

  it('leaves beside the key what the image there was built on, when another machine looked before it was written', async () => {
    const [winner, loser] = [await build('winner'), await build('loser')];
    const [overwritten, decided] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow: RegistryClient = {
      ...client,
      async putManifest(...request) {
        const digest = await client.putManifest(...request);
        overwritten.resolve();
        await decided.promise;
        return digest;
      },
    };
    let losing = Promise.resolve('');
    const raced: RegistryClient = {
      ...client,
      async copyManifestTag(...request) {
        losing = write(slow, loser);
        await overwritten.promise;
        expect(await beside()).toEqual(loser);
        return client.copyManifestTag(...request);
      },
    };
    await expect(write(raced, winner)).resolves.toBe(winner.image);
    decided.resolve();
    await expect(losing).resolves.toBe(winner.image);
    expect(await beside()).toEqual(winner);
  });

  it('takes the same image of another machine for its own', async () => {
    const ours = await build('ours');
    await client.copyManifestTag({ ...REPOSITORY, digest: ours.image }, keyTag(KEY));
    await putJson(client, PRE, PREIMAGE_TYPE, await build('theirs'));
    await expect(write(client, ours)).resolves.toBe(ours.image);
    expect(await beside()).toEqual(ours);
  });

  it('adopts another image and leaves what is beside it', async () => {
    const [ours, theirs] = [await build('ours'), await build('theirs')];
    await write(client, theirs);
    await expect(write(client, ours)).resolves.toBe(theirs.image);
    expect(await beside()).toEqual(theirs);
  });
});
