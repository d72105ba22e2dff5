import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { githubPackages } from '../../../../actions/lib/github/github-packages.ts';
import type { ManifestStore } from '../../../../actions/lib/prune/manifest-store.ts';
import { pruneRegistry } from '../../../../actions/lib/prune/prune-registry.ts';
import { publishPlan } from '../../../../actions/lib/publish/publish-plan.ts';
import { createFakeForge, type FakeForge, type FakeForgeOptions } from '../../../support/fake-forge.ts';
import { createFakePackages, type FakePackages } from '../../../support/fake-packages.ts';
import { createMemoryRegistry, type MemoryRegistry } from '../../../support/memory-registry.ts';
import { KEEPER, madePlan, putBuilt } from '../../../support/plan-to-publish.ts';

const TARGET = 'ghcr.io/acme/vision';
const REF = { registry: 'ghcr.io', repository: 'acme/vision/colmap' };
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);

let registry: MemoryRegistry;
let packages: FakePackages;
let forge: FakeForge;
/** When manifests were pushed; all others long ago. */
let ages: Map<string, number>;

function open(kind: 'Organization' | 'User', more: Partial<FakeForgeOptions> = {}): ManifestStore {
  const createdAt = (digest: string) => ages.get(digest) ?? NOW - 100 * DAY;
  packages = createFakePackages({ registry, owner: 'acme', kind, createdAt });
  forge = createFakeForge({ now: () => NOW, workflows: {}, routes: packages.routes, ...more });
  const address = { api: 'https://api.github.com', token: 'secret' };
  return githubPackages(address, registry.client, {
    say: () => undefined,
    fetch: forge.fetch,
    sleep: async () => null,
  });
}

/** `main` published as often as there are contents. */
async function publish(...contents: readonly string[]): Promise<void> {
  for (const content of contents) {
    const images = [{ name: 'colmap', content }];
    await putBuilt(registry.client, { target: TARGET, images });
    const plan = madePlan({ target: TARGET, images });
    await publishPlan(registry.client, { plan, known: new Map(), history: null, explicit: true });
  }
}

function prune(store: ManifestStore, deletes = true, now = NOW) {
  return pruneRegistry(
    { client: registry.client, store },
    {
      target: TARGET,
      images: ['colmap'],
      keeper: KEEPER,
      keys: [],
      branches: ['main'],
      keepPublishes: 1,
      graceMs: 7 * DAY,
      now,
      deletes,
    },
  );
}

/** The run in which the days of grace begin. */
async function mark(store: ManifestStore): Promise<void> {
  expect(await prune(store, true, NOW - 7 * DAY)).toMatchObject({ gone: [], left: [] });
}

const kinds = (result: Awaited<ReturnType<typeof prune>>) =>
  result.gone.map(
    ({ image, manifest }) => `${image}:${manifest.tags.map((tag) => tag.split('-')[0]).join()}`,
  );

beforeEach(() => {
  registry = createMemoryRegistry();
  ages = new Map();
});

afterEach(() => expect(forge.broken).toEqual([]));

describe.each(['Organization', 'User'] as const)('packages of an owner of kind %s', (kind) => {
  it('lists every version, page by page, with tags, ids and ages', async () => {
    const store = open(kind);
    for (let index = 0; index < 130; index++) {
      const config = Buffer.from(String(index));
      const digest = await registry.client.putBlob(REF, config);
      const manifest = {
        ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', layers: [] },
        config: { mediaType: 'application/vnd.oci.empty.v1+json', digest, size: config.length },
      };
      await registry.client.putManifest(
        { ...REF, ...(index % 2 === 0 ? { tag: `t${index}` } : {}) },
        Buffer.from(JSON.stringify(manifest)),
        manifest.mediaType,
      );
    }
    const listed = await store.list(REF);
    expect(listed.length).toBe(130);
    expect(listed[2]).toEqual({
      ...{ digest: expect.stringMatching(/^sha256:/), tags: ['t2'], createdAt: NOW - 100 * DAY },
      id: expect.any(Number),
    });
    expect(new Set(listed.map(({ id }) => id)).size).toBe(130);
    expect(await store.list({ ...REF, repository: 'acme/vision/none' })).toEqual([]);
  });

  it('prunes what nothing has named for long enough, however old it is, and keeps what is young', async () => {
    const store = open(kind);
    await publish('1', '2', '3');
    await mark(store);
    const [oldest] = [...registry.tags()].filter(([tag]) => tag.startsWith('acme/vision/colmap:key-'));
    if (oldest === undefined) throw new Error('no key');
    ages.set(oldest[1], NOW - DAY);
    const young = await prune(store);
    // The first record, and three that said "moving", carry no tag any more.
    const records = ['darkroom:', 'darkroom:', 'darkroom:', 'darkroom:'];
    expect(kinds(young)).toEqual([...records, 'darkroom:plan']);
    expect(young.waits.map(({ manifest }) => manifest.tags[0]?.slice(0, 3))).toEqual(['key', 'pre']);
    expect(kinds(await prune(store, true, NOW + 6 * DAY))).toEqual(['colmap:key', 'colmap:pre']);
    expect(kinds(await prune(store, true, NOW + 6 * DAY))).toEqual([]);
    // Marks that were replaced carry no tag, and go like the rest.
    const later = kinds(await prune(store, true, NOW + 14 * DAY));
    expect([later.length > 0, later.every((one) => one === 'darkroom:')]).toEqual([true, true]);
    await publish('4');
    // What was published until now lost its name only now.
    const { gone, waits } = await prune(store, false, NOW + 20 * DAY);
    expect(gone.filter(({ image }) => image === 'colmap')).toEqual([]);
    expect(waits.filter(({ image }) => image === 'colmap').length).toBe(2);
  });
});

describe('packages that GitHub does not give away', () => {
  it('are left, with what belongs to them, and the rest goes', async () => {
    const store = open('Organization');
    await publish('1', '2', '3', '4');
    const [oldest] = [...registry.tags()].filter(([tag]) => tag.startsWith('acme/vision/colmap:key-'));
    packages.popular.add(oldest?.[1] ?? '');
    await mark(store);
    const result = await prune(store);
    expect(result.left).toEqual([
      {
        ...{ image: 'colmap', digest: oldest?.[1], isFailure: false },
        reason: 'GitHub does not delete what was downloaded more than 5000 times: its support does',
      },
    ]);
    // Its pre-image stays with it.
    expect(kinds(result).filter((one) => one.startsWith('colmap'))).toEqual(['colmap:key', 'colmap:pre']);
    expect([...registry.tags().keys()].filter((tag) => tag.includes('colmap:pre-')).length).toBe(3);
  });

  it('are said to be so where the token has no right, and nothing else of the package is tried', async () => {
    const store = open('Organization');
    await publish('1', '2', '3');
    await mark(store);
    packages.readOnly.add('acme/vision/colmap');
    const { left, gone } = await prune(store);
    expect(left).toMatchObject([{ image: 'colmap', isFailure: true }]);
    expect(left[0]?.reason).toContain('Must have admin rights');
    expect(left[0]?.reason).toContain('the role Admin in its settings');
    expect(gone.filter(({ image }) => image === 'colmap')).toEqual([]);
  });

  it('are no reason to take the rest for unnamed: hidden records end everything', async () => {
    const store = open('Organization');
    await publish('1', '2', '3');
    packages.hidden.add('acme/vision/darkroom');
    await expect(prune(store)).rejects.toThrow("GitHub's API shows no such package to this token");
    packages.hidden.clear();
    packages.hidden.add('acme/vision/colmap');
    const { left } = await prune(store, false);
    expect(left).toMatchObject([{ image: 'colmap', digest: null, isFailure: true }]);
  });

  it('wait for the next run when the requests of the hour are nearly spent', async () => {
    open('Organization');
    await publish(...Array.from({ length: 12 }, (_, index) => String(index)));
    await mark(open('Organization'));
    const store = open('Organization', { limit: 58 });
    const { gone, left } = await prune(store);
    expect(left.at(-1)?.reason).toContain('almost no more requests of this token until');
    expect(gone.length).toBeGreaterThan(0);
    expect(forge.seen.filter(({ status }) => status === 403)).toEqual([]);
  });

  it('stay when they are given a tag between two tries of their deletion', async () => {
    const store = open('User');
    await publish('1', '2', '3');
    const [name = '', digest = ''] =
      [...registry.tags()].find(([tag]) => tag.startsWith('acme/vision/colmap:key-')) ?? [];
    await registry.client.copyManifestTag({ ...REF, tag: 'main' }, 'pinned');
    await mark(store);
    let tries = 0;
    const strange: ManifestStore = {
      ...store,
      delete: (ref, manifest, lookAgain) =>
        store.delete(ref, manifest, async () => {
          if (manifest.digest !== digest) return lookAgain();
          tries += 1;
          const reason = await lookAgain();
          // GitHub is busy, and while one waits somebody pins another image.
          forge.strike({ on: /^DELETE/, fault: { status: 429, headers: { 'retry-after': '1' } }, times: 1 });
          await registry.client.copyManifestTag({ ...REF, digest }, 'pinned');
          return reason;
        }),
    };
    const { left } = await prune(strange);
    expect(tries).toBe(1);
    expect(left.map(({ reason }) => reason)).toEqual([
      'it was given the tag "pinned" in the meantime: run this again',
    ]);
    expect([...registry.tags().keys()]).toEqual(expect.arrayContaining([name, 'acme/vision/colmap:pinned']));
  });

  it('count as deleted when the answer to that was lost', async () => {
    const store = open('User');
    await publish('1', '2', '3');
    await mark(store);
    forge.strike({ on: /^DELETE/, fault: 'done-502', times: 2 });
    const { left, gone } = await prune(store);
    expect({ left, gone: gone.length }).toEqual({ left: [], gone: 7 });
  });
});
