import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { distributionStore } from '../../actions/lib/prune/distribution-store.ts';
import { pruneRegistry } from '../../actions/lib/prune/prune-registry.ts';
import { publishPlan } from '../../actions/lib/publish/publish-plan.ts';
import { rollBack } from '../../actions/lib/publish/roll-back.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { KEEPER, madePlan, putBuilt } from '../support/plan-to-publish.ts';
import { type RegistryProgram, startRegistryProgram } from '../support/registry-program.ts';

const PLATFORMS = ['linux/amd64', 'linux/arm64'];
const EVENT = { branch: 'main', tag: null };
const client = createRegistryClient();
let registry: RegistryProgram;
let target: string;

beforeAll(async () => {
  registry = await startRegistryProgram({ settings: () => ({}) });
  target = `${registry.host}/acme`;
}, 600_000);

afterAll(() => registry.stop());

async function publish(content: string): Promise<void> {
  const images = [{ name: 'colmap', content, platforms: PLATFORMS }];
  await putBuilt(client, { target, images });
  const plan = madePlan({ target, images });
  await publishPlan(client, { plan, known: new Map(), history: null, explicit: true });
}

function prune(branches: readonly string[], more = {}) {
  return pruneRegistry(
    { client, store: distributionStore(client) },
    {
      ...{ target, images: ['colmap'], keeper: KEEPER, keys: [], branches, keepPublishes: 1, graceMs: 0 },
      ...{ now: Date.now(), deletes: true, ...more },
    },
  );
}

const repository = (image: string) => ({ registry: registry.host, repository: `acme/${image}` });

/** Reads everything that a tag names, as a pull does. */
async function pull(tag: string): Promise<string> {
  const index = await client.getManifest({ ...repository('colmap'), tag });
  if (index?.document.kind !== 'index') throw new Error(`no index at ${tag}`);
  for (const { digest } of index.document.manifests) {
    const manifest = await client.getManifest({ ...repository('colmap'), digest });
    if (manifest?.document.kind !== 'image') throw new Error(`no manifest ${digest}`);
    for (const one of [manifest.document.config, ...manifest.document.layers]) {
      await client.getBlob(repository('colmap'), one.digest, { maxBytes: 10_000_000 });
    }
  }
  return index.digest;
}

describe('a registry that stores by itself', () => {
  it('is smaller afterwards, and every tag and rollback is whole, also after its own garbage collection', async () => {
    for (const content of ['1', '2', '3', '4']) await publish(content);
    const tags = await client.listTags(repository('colmap'));
    const dry = await prune(['main'], { deletes: false });
    expect(await client.listTags(repository('colmap'))).toEqual(tags);
    const done = await prune(['main']);
    expect(done.left).toEqual([]);
    expect(done.gone.map(({ manifest }) => manifest.digest)).toEqual(
      dry.gone.map(({ manifest }) => manifest.digest),
    );
    // Two of four publishes stay: keys and pre-images of two platforms.
    const left = await client.listTags(repository('colmap'));
    expect(left.filter((tag) => tag.startsWith('key-')).length).toBe(4);
    expect(left.filter((tag) => tag.startsWith('pre-')).length).toBe(4);
    // The indexes of the first two publishes had lost their tag already.
    expect(
      done.gone.filter(({ image, manifest }) => image === 'colmap' && manifest.children.length > 0).length,
    ).toBe(2);
    const before = await registry.stored();
    await registry.collectGarbage();
    expect(await registry.stored()).toBeLessThan(before);
    const newest = await pull('main');
    await rollBack(client, target, EVENT, KEEPER);
    expect(await pull('main')).not.toBe(newest);
    await expect(rollBack(client, target, EVENT, KEEPER)).rejects.toThrow('no longer in the registry');
    await publish('4');
    expect(await pull('main')).toBe(newest);
  }, 120_000);

  it('is left as it is where somebody publishes meanwhile', async () => {
    await publish(randomBytes(4).toString('hex'));
    await publish(randomBytes(4).toString('hex'));
    const meddling = {
      ...distributionStore(client),
      async delete(
        ...[ref, manifest, lookAgain]: Parameters<ReturnType<typeof distributionStore>['delete']>
      ) {
        await publish(randomBytes(4).toString('hex'));
        return distributionStore(client).delete(ref, manifest, lookAgain);
      },
    };
    const request = {
      target,
      images: ['colmap'],
      keeper: KEEPER,
      keys: [],
      branches: ['main'],
      keepPublishes: 1,
      graceMs: 0,
    };
    const { gone, left } = await pruneRegistry(
      { client, store: meddling },
      { ...request, now: Date.now(), deletes: true },
    );
    expect(left).toMatchObject([{ isFailure: false }]);
    expect(left[0]?.reason).toMatch(/in the meantime/);
    // What was begun is of the superseded records alone.
    expect(gone.every(({ image }) => image === 'darkroom')).toBe(true);
    await pull('main');
  }, 120_000);
});
