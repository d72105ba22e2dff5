import { beforeEach, describe, expect, it } from '@jest/globals';
import { repositoryOf } from '../../../../actions/lib/image/repository-of.ts';
import { distributionStore } from '../../../../actions/lib/prune/distribution-store.ts';
import { pruneRegistry } from '../../../../actions/lib/prune/prune-registry.ts';
import { takeOver } from '../../../../actions/lib/prune/take-over.ts';
import { checkKeeper, keeperOf } from '../../../../actions/lib/publish/keeper.ts';
import { publishPlan } from '../../../../actions/lib/publish/publish-plan.ts';
import { PUBLISHED_TYPE } from '../../../../actions/lib/publish/published-record.ts';
import { readPublished } from '../../../../actions/lib/publish/read-published.ts';
import { rollBack } from '../../../../actions/lib/publish/roll-back.ts';
import { putJson } from '../../../../actions/lib/registry/artifact.ts';
import { createMemoryRegistry, type MemoryRegistry } from '../../../support/memory-registry.ts';
import { type MadePlanOptions, madePlan, putBuilt } from '../../../support/plan-to-publish.ts';

const TARGET = '127.0.0.1:1/test';
const MAIN = { branch: 'main', tag: null };
const VISION = 'git@github.com:Acme/Vision.git';
const OTHER = 'https://github.com/acme/other';
const keeper = (origin: string | null, matrix = 'action-matrix.yml') => keeperOf({ origin, matrix });
let registry: MemoryRegistry;

beforeEach(() => {
  registry = createMemoryRegistry();
});

async function publish(name: string, content: string, more: Partial<MadePlanOptions>): Promise<void> {
  const images = [{ name, content }];
  await putBuilt(registry.client, { target: TARGET, images });
  const plan = madePlan({ target: TARGET, images, ...more });
  await publishPlan(registry.client, { plan, known: new Map(), history: null, explicit: true });
}

const prune = (own: ReturnType<typeof keeper>, branches = ['main']) =>
  pruneRegistry(
    { client: registry.client, store: distributionStore(registry.client) },
    {
      ...{ target: TARGET, keeper: own, images: ['a'], keys: [], branches, keepPublishes: 1 },
      ...{ graceMs: 0, now: 1e12, deletes: true },
    },
  );

describe('one home', () => {
  it.each([
    ['another repository', { origin: OTHER }],
    ['another matrix', { origin: VISION, matrix: 'tools/action-matrix.yml' }],
    ['another matrix where nobody knows an origin', { matrix: 'tools/action-matrix.yml' }],
  ])('is not published to by %s', async (_, more) => {
    await publish('a', '1', { origin: VISION });
    const before = new Map(registry.tags());
    await expect(publish('b', '1', more)).rejects.toThrow('One home has one matrix');
    expect(registry.tags().get('test/darkroom:published-main')).toBe(
      before.get('test/darkroom:published-main'),
    );
    expect(registry.tags().has('test/b:main')).toBe(false);
  });

  it('is not published to by another on a branch or for a release that has no record yet', async () => {
    await publish('a', '1', { origin: VISION });
    const before = [...registry.tags().keys()];
    for (const event of [
      { branch: 'master', tag: null },
      { branch: null, tag: 'v1.0.0' },
    ]) {
      await expect(publish('b', '1', { origin: OTHER, event })).rejects.toThrow(
        'published-main" was published by',
      );
    }
    const added = [...registry.tags().keys()].filter((tag) => !before.includes(tag));
    expect(added.filter((tag) => !/:(?:key|pre)-/.test(tag))).toEqual([]);
    await publish('a', '1', { origin: VISION, event: { branch: 'master', tag: null } });
  });

  it.each([
    ['the same by another address', VISION, 'https://token@github.com/acme/vision/'],
    ['one whose origin is not known', VISION, null],
    ['one who was not known before', 'file:///srv/vision', VISION],
  ])('is published to by %s', async (_, origin, other) => {
    await publish('a', '1', { origin });
    await publish('a', '2', { origin: other });
    await expect(
      rollBack(registry.client, TARGET, MAIN, keeper(other)).then(({ moved }) => moved.length),
    ).resolves.toBe(1);
  });

  it('is neither rolled back nor pruned by another, on whatever branch that one published', async () => {
    for (const content of ['1', '2']) await publish('a', content, { origin: VISION });
    await expect(rollBack(registry.client, TARGET, MAIN, keeper(OTHER))).rejects.toThrow(
      'was published by the matrix "action-matrix.yml" of "https://github.com/acme/vision"; expected',
    );
    // Two that began at the same moment do not see each other.
    await publish('b', '1', { event: { branch: 'master', tag: null } });
    const ref = { ...repositoryOf(TARGET)('darkroom'), tag: 'published-master' };
    const { record } = (await readPublished(registry.client, ref)) ?? {};
    await putJson(registry.client, ref, PUBLISHED_TYPE, { ...record, keeper: keeper(OTHER) });
    const before = [...registry.manifests()];
    await expect(prune(keeper(VISION))).rejects.toThrow('published-master');
    await expect(prune(keeper(OTHER), ['main', 'master'])).rejects.toThrow('published-main');
    expect([...registry.manifests()]).toEqual(before);
  });

  it('is taken over by who says so, with all that can be taken back', async () => {
    for (const content of ['1', '2']) await publish('a', content, { origin: VISION });
    const release = { branch: null, tag: 'v1.0.0' };
    await publish('a', '2', { origin: VISION, event: release });
    const ref = repositoryOf(TARGET)('darkroom');
    expect(await takeOver(registry.client, ref, keeper(OTHER))).toBe(2);
    expect(await takeOver(registry.client, ref, keeper(OTHER))).toBe(0);
    await prune(keeper(OTHER));
    await expect(publish('a', '3', { origin: VISION })).rejects.toThrow('One home has one matrix');
    await publish('a', '3', { origin: OTHER });
    for (const _ of [1, 2]) {
      const { moved } = await rollBack(registry.client, TARGET, MAIN, keeper(OTHER));
      expect(moved.length).toBe(1);
    }
  });

  it('is not what a machine keeps for itself: matrices of one repository share it', async () => {
    const images = [{ name: 'a', content: '1' }];
    await putBuilt(registry.client, { target: TARGET, images });
    for (const matrix of ['action-matrix.yml', 'other.yml']) {
      const plan = { ...madePlan({ target: TARGET, images, matrix }), home: 'ghcr.io/acme/vision' };
      const request = { plan, known: new Map(), history: null, explicit: true };
      await expect(publishPlan(registry.client, request)).resolves.toMatchObject({ outcome: 'published' });
    }
    await publish('a', '2', { origin: VISION });
  });

  it('is ours where an earlier version did not say whose it is', () => {
    expect(() => checkKeeper(keeper(VISION), undefined, 'x')).not.toThrow();
  });
});
