import { beforeEach, describe, expect, it } from '@jest/globals';
import { repositoryOf } from '../../../../actions/lib/image/repository-of.ts';
import { planOfRun, storePlan } from '../../../../actions/lib/plan/store-plan.ts';
import { distributionStore } from '../../../../actions/lib/prune/distribution-store.ts';
import { type PruneRequest, pruneRegistry } from '../../../../actions/lib/prune/prune-registry.ts';
import { publishPlan } from '../../../../actions/lib/publish/publish-plan.ts';
import { listingStore } from '../../../support/listing-store.ts';
import { createMemoryRegistry, type MemoryRegistry } from '../../../support/memory-registry.ts';
import { KEEPER, type MadeImage, madePlan, putBuilt } from '../../../support/plan-to-publish.ts';

const TARGET = '127.0.0.1:1/test';
const DAY = 86_400_000;
const NOW = 1e12;
let registry: MemoryRegistry;

beforeEach(() => {
  registry = createMemoryRegistry();
});

async function publish(images: readonly MadeImage[]): Promise<void> {
  await putBuilt(registry.client, { target: TARGET, images });
  const plan = madePlan({ target: TARGET, images });
  await publishPlan(registry.client, { plan, known: new Map(), history: null, explicit: true });
}

const request = (more: Partial<PruneRequest> = {}): PruneRequest => ({
  ...{
    target: TARGET,
    images: ['a'],
    keeper: KEEPER,
    keys: [],
    branches: ['main'],
    keepPublishes: 1,
    graceMs: 7 * DAY,
  },
  ...{ now: NOW, deletes: true, ...more },
});

describe('what is unclear', () => {
  it('is kept: a record that was listed and then is not found ends it', async () => {
    for (const content of ['1', '2']) await publish([{ name: 'a', content }]);
    const before = [...registry.manifests()];
    const record = registry.tags().get('test/darkroom:published-main');
    let asked = 0;
    const client: typeof registry.client = {
      ...registry.client,
      async getManifest(ref) {
        if (ref.digest !== record) return registry.client.getManifest(ref);
        asked += 1;
        return asked === 2 ? null : registry.client.getManifest(ref);
      },
    };
    const pruned = pruneRegistry({ client, store: listingStore(registry) }, request());
    await expect(pruned).rejects.toThrow('answers that it is not there');
    expect([...registry.manifests()]).toEqual(before);
  });

  it('is kept: a record that only the one after it names, and that one look of two does not find', async () => {
    for (const content of ['1', '2']) await publish([{ name: 'a', content }]);
    const before = registry.tags().get('test/darkroom:published-main');
    await publish([{ name: 'a', content: '3' }]);
    const client: typeof registry.client = {
      ...registry.client,
      getManifest: async (ref) => (ref.digest === before ? null : registry.client.getManifest(ref)),
    };
    const pruned = pruneRegistry({ client, store: distributionStore(client) }, request());
    await expect(pruned).rejects.toThrow('answers that it is not there');
  });

  it('is kept: a repository of which a listed manifest is not found', async () => {
    for (const content of ['1', '2', '3']) await publish([{ name: 'a', content }]);
    const image = registry.tags().get('test/a:main');
    const keys = [...registry.tags().keys()].filter((name) => name.startsWith('test/a:'));
    const client: typeof registry.client = {
      ...registry.client,
      getManifest: async (ref) => (ref.digest === image ? null : registry.client.getManifest(ref)),
    };
    const { left } = await pruneRegistry({ client, store: listingStore(registry) }, request());
    expect(left).toMatchObject([{ image: 'a', digest: null, isFailure: true }]);
    expect([...registry.tags().keys()].filter((name) => name.startsWith('test/a:'))).toEqual(keys);
  });
});

describe('a run that goes on', () => {
  it('keeps what its plan needs, also where the same commit was planned long ago', async () => {
    await publish([{ name: 'a', content: '1' }]);
    const images = [{ name: 'a', content: 'of a release', tags: ['1.0.0'] }];
    await putBuilt(registry.client, { target: TARGET, images });
    const plan = madePlan({ target: TARGET, images, event: { branch: null, tag: 'v1.0.0' } });
    const store = (id: string, attempt: string) =>
      storePlan(
        registry.client,
        repositoryOf(TARGET),
        planOfRun(plan, { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt }),
      );
    const first = await store('1', '1');
    const old = new Set(registry.manifests());
    const again = await store('1', '2');
    const createdAt = (name: string) => (old.has(name) ? NOW - 8 * DAY : NOW);
    await pruneRegistry({ client: registry.client, store: listingStore(registry, createdAt) }, request());
    const key = registry.tags().get(`test/a:${plan.images[0]?.tag}`);
    expect(key).toBeDefined();
    expect(registry.tags().has(`test/darkroom:${again.tag}`)).toBe(true);
    expect(again.tag).not.toBe(first.tag);
    expect(planOfRun(plan, {})).toBe(plan);
  });
});

describe('right before each deletion everything is looked at again', () => {
  const key = (content: string) => madePlan({ target: TARGET, images: [{ name: 'a', content }] }).images[0];

  /** Eight publishes, of which all but the last two go. */
  async function publishMany(): Promise<void> {
    for (const content of '12345678') await publish([{ name: 'a', content }]);
  }

  /** What a push does whose commit is a revert: everything is there, and the tag moves to what is about to go. */
  async function revert(content: string): Promise<void> {
    const images = [{ name: 'a', content, action: 'hit' as const }];
    const hit = registry.tags().get(`test/a:${key(content)?.tag}`) ?? '';
    await publishPlan(registry.client, {
      ...{ plan: madePlan({ target: TARGET, images }), known: new Map([['a', hit]]) },
      ...{ history: null, explicit: true },
    });
  }

  it.each(['a store that lists everything', 'a store that lists tags'])(
    'so that a tag stays that moved to what goes: %s',
    async (what) => {
      await publishMany();
      const own = what === 'a store that lists tags' ? distributionStore : () => listingStore(registry);
      const store = own(registry.client);
      const oldest = registry.tags().get(`test/a:${key('1')?.tag}`);
      const meddling: typeof store = {
        ...store,
        async delete(ref, manifest, lookAgain) {
          const isOldest = ref.repository === 'test/a' && manifest.digest === oldest;
          // The records are looked at before each batch, and this is in the middle of one.
          if (isOldest) await revert('1');
          return store.delete(ref, manifest, lookAgain);
        },
      };
      await pruneRegistry({ client: registry.client, store: meddling }, request({ graceMs: 0 }));
      const { left } = await pruneRegistry(
        { client: registry.client, store: meddling },
        request({ graceMs: 0, now: NOW + 1 }),
      );
      expect(left.every(({ isFailure }) => !isFailure)).toBe(true);
      expect(registry.tags().get('test/a:main')).toBe(oldest);
      expect(registry.isWhole('test/a', oldest ?? '')).toBe(true);
    },
  );
});

describe('how long something is kept', () => {
  const keys = () => [...registry.tags().keys()].filter((name) => name.startsWith('test/a:key-')).length;
  const prune = (days: number, time: number | null = null) => {
    const client = { ...registry.client, probe: async () => ({ answers: true as const, time }) };
    return pruneRegistry({ client, store: listingStore(registry) }, request({ now: NOW + days * DAY }));
  };

  it('counts from when nothing named it, not from when it was pushed', async () => {
    for (const content of '123') await publish([{ name: 'a', content }]);
    await prune(0);
    // It was there for years, and a moment ago a publish could be taken back to it.
    expect(keys()).toBe(3);
    await publish([{ name: 'a', content: '4' }]);
    await prune(7);
    expect(keys()).toBe(3);
    await prune(14);
    expect(keys()).toBe(2);
  });

  it('counts by the clock that is behind', async () => {
    for (const content of '123') await publish([{ name: 'a', content }]);
    await prune(0);
    const { gone, waits } = await prune(8, NOW + DAY);
    expect([gone, waits.length > 0]).toEqual([[], true]);
    await prune(8, NOW + 9 * DAY);
    expect(keys()).toBe(2);
  });
});
