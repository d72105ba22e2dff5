import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { repositoryOf } from '../../../../actions/lib/image/repository-of.ts';
import type { Plan } from '../../../../actions/lib/plan/plan.ts';
import { readPlan } from '../../../../actions/lib/plan/read-plan.ts';
import { storePlan } from '../../../../actions/lib/plan/store-plan.ts';
import type { CommitRelation, History } from '../../../../actions/lib/publish/commit-order.ts';
import { hitsOf } from '../../../../actions/lib/publish/find-standing.ts';
import { type PublishRequest, publishPlan } from '../../../../actions/lib/publish/publish-plan.ts';
import { PUBLISHED_TYPE } from '../../../../actions/lib/publish/published-record.ts';
import { readPublished } from '../../../../actions/lib/publish/read-published.ts';
import { rollBack } from '../../../../actions/lib/publish/roll-back.ts';
import { putJson } from '../../../../actions/lib/registry/artifact.ts';
import type { RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../../../actions/lib/registry/registry-client.ts';
import { type FakeRegistry, startFakeRegistry } from '../../../support/fake-registry.ts';
import {
  KEEPER,
  type MadeImage,
  type MadePlanOptions,
  madePlan,
  putBuilt,
} from '../../../support/plan-to-publish.ts';

const COMMITS = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
const [FIRST = '', SECOND = '', THIRD = ''] = COMMITS;

describe('publishPlan', () => {
  const client = createRegistryClient({ sleep: async () => {} });
  let registry: FakeRegistry;
  beforeEach(async () => {
    registry = await startFakeRegistry();
  });
  afterEach(() => registry.close());

  const target = () => `${registry.host}/test`;
  const repositories = (image: string) => repositoryOf(target())(image);
  const recordRef = (tag = 'published-main') => ({ ...repositories('darkroom'), tag });
  const record = async (tag?: string) => (await readPublished(client, recordRef(tag)))?.record;
  const tagged = async (image: string, tag = 'main') =>
    (await client.headManifest({ ...repositories(image), tag }))?.digest;
  const plan = (images: readonly MadeImage[], more: Partial<MadePlanOptions> = {}): Plan =>
    madePlan({ target: target(), images, ...more });
  const put = (images: readonly MadeImage[]) => putBuilt(client, { target: target(), images });
  const publish = (one: Plan, more: Partial<PublishRequest> = {}) =>
    publishPlan(client, { plan: one, known: new Map(), history: null, explicit: false, ...more });

  /** Builds and publishes. */
  async function develop(images: readonly MadeImage[], more: Partial<MadePlanOptions> = {}) {
    const digests = await put(images);
    return { digests, ...(await publish(plan(images, more))) };
  }

  const writes = () => registry.requests.filter(({ method }) => method === 'PUT' || method === 'POST').length;
  const moved = (result: { readonly moved: readonly { image: string; tag: string }[] }) =>
    result.moved.map(({ image, tag }) => `${image}:${tag}`);

  it('finds every image by the plan that was stored, and by nothing else', async () => {
    const images = [{ name: 'a', content: '1' }];
    const digests = await put(images);
    const { ref } = await storePlan(client, repositories, plan(images, { commit: FIRST }));
    expect(ref).toMatch(new RegExp(`^${target()}/darkroom@sha256:[0-9a-f]{64}$`));
    await publish(await readPlan(client, ref));
    expect(await tagged('a')).toBe(digests.get('a'));
  });

  it('moves every tag and records keys, digests, and where every tag was', async () => {
    const b = { name: 'b', content: '1', tags: ['main', '1.2'] };
    const first = await develop([{ name: 'a', content: '1' }, b]);
    expect(moved(first)).toEqual(['a:main', 'b:main', 'b:1.2']);
    const before = await readPublished(client, recordRef());
    const second = await develop([{ name: 'a', content: '2' }, b], { commit: SECOND });
    expect(second.moved).toEqual([
      { image: 'a', tag: 'main', from: first.digests.get('a'), to: second.digests.get('a') },
    ]);
    const after = await record();
    expect(after).toMatchObject({ state: 'done', commit: SECOND, previous: before?.digest, rollback: null });
    expect(after?.nodes.a?.digest).toBe(second.digests.get('a'));
    expect(after?.tags).toHaveLength(3);
  });

  it('writes no record of nothing', async () => {
    await publish(plan([]));
    expect(await record()).toBeUndefined();
  });

  it('moves nothing while one image is missing, and names all that are', async () => {
    const images = ['a', 'b', 'c'].map((name) => ({ name, content: '1' }));
    await put(images.slice(0, 1));
    await expect(publish(plan(images))).rejects.toThrow('Nothing was published: b, c are not built yet.');
    expect(await tagged('a')).toBeUndefined();
  });

  it('leaves out what is blocked or unneeded, and keeps what was published of it', async () => {
    await develop([
      { name: 'a', content: '1' },
      { name: 'b', content: '1' },
    ]);
    const before = await tagged('b');
    const blocked = { name: 'b', content: '2', action: 'blocked' } as const;
    const unneeded = { name: 'c', content: '1', tags: [], action: 'unneeded' } as const;
    await develop([{ name: 'a', content: '2' }, blocked, unneeded]);
    expect(await tagged('b')).toBe(before);
    const after = await record();
    expect(after?.nodes.b?.digest).toBe(before);
    expect(after?.tags.find(({ image }) => image === 'b')).toMatchObject({ from: before, to: before });
    await develop([{ name: 'a', content: '3' }]);
    expect((await record())?.nodes.b).toBeUndefined();
  });

  it('asks only for the record and the tags when nothing changed, and writes nothing', async () => {
    const images = [
      { name: 'a', content: '1' },
      { name: 'b', content: '1', parents: ['a'] },
      { name: 'm', content: '1', platforms: ['linux/amd64', 'linux/arm64'] },
    ];
    const { digests } = await develop(images);
    registry.requests.length = 0;
    const again = await publish(plan(images), { known: digests });
    expect(again).toMatchObject({ outcome: 'published', moved: [], notices: [] });
    expect(
      registry.requests.map(({ method, path }) => `${method} ${path.replace(/sha256:.*/, '…')}`).sort(),
    ).toEqual([
      'GET /v2/test/darkroom/blobs/…',
      'GET /v2/test/darkroom/manifests/published-main',
      'HEAD /v2/test/a/manifests/main',
      'HEAD /v2/test/b/manifests/main',
      'HEAD /v2/test/m/manifests/main',
    ]);
  });

  it('knows what a plan that was just made found in the target, and nothing of elsewhere', () => {
    const [a, b] = plan([
      { name: 'a', content: '1', action: 'hit' },
      { name: 'b', content: '1', action: 'hit' },
    ]).images;
    if (a === undefined || b === undefined) throw new Error('no images');
    const digest = `sha256:${'1'.repeat(64)}`;
    const made = {
      ...plan([]),
      images: [
        { ...a, digest },
        { ...b, digest, ref: `elsewhere.io/b:${b.tag}` },
      ],
    };
    expect([...hitsOf(made)]).toEqual([['a', digest]]);
  });

  it('publishes an image for all its platforms, as one index, or not at all', async () => {
    const platforms = ['linux/arm64', 'linux/amd64'];
    const images = [{ name: 'm', content: '1', platforms }];
    const { digests } = await develop(images);
    const manifest = await client.getManifest({ ...repositories('m'), tag: 'main' });
    const document = manifest?.document;
    expect(document?.kind === 'index' && document.manifests.map(({ digest }) => digest)).toEqual([
      digests.get('m@linux/amd64'),
      digests.get('m@linux/arm64'),
    ]);
    const partly = plan([{ name: 'n', content: '1', platforms }]);
    await put([{ name: 'n', content: '1', platforms }]);
    const oneBlocked = partly.images.map((image, index) =>
      index === 0 ? { ...image, action: 'blocked' as const } : image,
    );
    expect((await publish({ ...partly, images: oneBlocked })).tags).toEqual([]);
  });

  describe('on a pure hit', () => {
    const images = [
      { name: 'a', content: '1' },
      { name: 'm', content: '1', platforms: ['linux/amd64', 'linux/arm64'] },
    ];

    it('brings back a tag that somebody moved, and says so', async () => {
      const { digests } = await develop(images);
      const [, other] = [...(await put([{ name: 'a', content: 'x' }]))][0] ?? [];
      await client.copyManifestTag({ ...repositories('a'), digest: other ?? '' }, 'main');
      const again = await publish(plan(images));
      expect(await tagged('a')).toBe(digests.get('a'));
      expect(moved(again)).toEqual(['a:main']);
      expect(again.notices).toEqual([
        `"a:main" had been moved to ${other?.slice(0, 19)}… since the last publish; it stands where the plan says again.`,
      ]);
    });

    it('brings back tags that went missing, of one platform and of several', async () => {
      const { digests } = await develop(images);
      const index = await tagged('m');
      for (const name of ['a', 'm']) registry.removeTag(`test/${name}`, 'main');
      const again = await publish(plan(images));
      expect([await tagged('a'), await tagged('m')]).toEqual([digests.get('a'), index]);
      expect(again.notices).toEqual(['"a:main" was gone; it is back.', '"m:main" was gone; it is back.']);
    });

    it('is no publish to roll back to: the record still knows where tags were before the last change', async () => {
      await develop(images);
      await develop([{ name: 'a', content: '2' }]);
      const before = await record();
      registry.removeTag('test/a', 'main');
      await publish(plan([{ name: 'a', content: '2' }], { commit: SECOND }));
      expect(await record()).toEqual({ ...before, commit: SECOND, plan: expect.any(String) });
    });
  });

  describe('verifies parents', () => {
    const family = (build: string): readonly MadeImage[] => [
      { name: 'base', content: '1', build },
      { name: 'app', content: '1', parents: ['base'] },
    ];

    it('refuses a child that was built on another parent than the one that is there now', async () => {
      await put(family('one'));
      const [base] = family('two');
      if (base !== undefined) await put([base]);
      await expect(publish(plan(family('two')))).rejects.toThrow(
        `Nothing was published: "app" was built on another "base" than the one that stands at "${target()}/base:${plan(family('')).images[0]?.tag}" now.`,
      );
      expect(await tagged('app')).toBeUndefined();
    });

    it('also when child and parent were published before, but not together', async () => {
      const { digests } = await develop(family('one'));
      const [base] = family('two');
      if (base !== undefined) await put([base]);
      expect(await tagged('app')).toBe(digests.get('app'));
      await expect(publish(plan(family('two')))).rejects.toMatchObject({
        problems: [{ code: 'publish/stale-parent' }],
      });
    });

    it('refuses a child of which nothing says what it was built on', async () => {
      await put(family('one'));
      registry.removeTag('test/app', `pre-${plan(family('')).images[1]?.key?.slice(0, 32)}`);
      await expect(publish(plan(family('one')))).rejects.toMatchObject({
        problems: [{ code: 'publish/stale-parent' }],
      });
    });

    it('does not miss a parent that nobody needs', async () => {
      const [base, app] = family('one');
      if (base === undefined || app === undefined) throw new Error('no family');
      await put([base, app]);
      registry.removeTag('test/base', plan([base]).images[0]?.tag ?? '');
      const pruned = plan([{ ...base, tags: [], action: 'unneeded' }, app]);
      expect(moved(await publish(pruned))).toEqual(['app:main']);
    });
  });

  describe('after an interrupted publish', () => {
    const set = (content: string, names = ['a', 'b']) => names.map((name) => ({ name, content }));

    /** Lets a publish die at the tag of `b`. */
    async function interrupt(images: readonly MadeImage[], more: Partial<MadePlanOptions> = {}) {
      const digests = await put(images);
      registry.strike({ method: 'PUT', path: /test\/b\/manifests\/main/, times: 1, answer: { status: 400 } });
      await expect(publish(plan(images, more))).rejects.toThrow(/400/);
      expect((await record())?.state).toBe('moving');
      return digests;
    }

    it('finishes the same set, and still knows where its tags were', async () => {
      const before = await develop(set('1'));
      const digests = await interrupt(set('2'));
      const again = await publish(plan(set('2')));
      expect([await tagged('a'), await tagged('b')]).toEqual([digests.get('a'), digests.get('b')]);
      expect(again.tags.map(({ from }) => from)).toEqual([before.digests.get('a'), before.digests.get('b')]);
      expect(await record()).toMatchObject({ state: 'done', tags: again.tags });
    });

    it('publishes a newer set over it', async () => {
      const before = await develop(set('1'));
      await interrupt(set('2'));
      const after = await develop(set('3'));
      expect(await tagged('a')).toBe(after.digests.get('a'));
      expect(after.tags.map(({ from }) => from)).toEqual([before.digests.get('a'), before.digests.get('b')]);
    });

    it('puts back the tags of an image that the new set does not have, and says so', async () => {
      const before = await develop(set('1'));
      await interrupt(set('2'));
      const after = await develop(set('3', ['b']));
      expect(await tagged('a')).toBe(before.digests.get('a'));
      expect(await tagged('b')).toBe(after.digests.get('b'));
      expect(after.notices).toEqual(['Put back to where they stood before an interrupted publish: a:main.']);
    });

    it('cannot take away a tag that was new, and says so', async () => {
      const digests = await interrupt(set('1'));
      const after = await develop(set('2', ['b']));
      expect(await tagged('a')).toBe(digests.get('a'));
      expect(after.notices).toEqual([expect.stringMatching(/^"a:main" was made by an interrupted publish/)]);
      expect((await develop(set('3', ['b']))).notices).toEqual([]);
    });

    it('puts back the tags of an image that is blocked now', async () => {
      const before = await develop(set('1'));
      await interrupt(set('2'));
      await publish(plan([{ name: 'a', content: '3', action: 'blocked' }, ...set('2', ['b'])]));
      expect(await tagged('a')).toBe(before.digests.get('a'));
      expect((await record())?.nodes.a?.digest).toBe(before.digests.get('a'));
    });

    it('is not touched by an older plan', async () => {
      await develop(set('1'), { commit: FIRST });
      await interrupt(set('3'), { commit: THIRD });
      await put(set('2'));
      const late = await publish(plan(set('2'), { commit: SECOND }), { history: historyOf('behind', THIRD) });
      expect(late.outcome).toBe('superseded');
      expect((await record())?.state).toBe('moving');
    });

    it('leaves the last word to a run that came in between', async () => {
      await put(set('1'));
      const other = { ...(await record()), ...foreignRecord() };
      let reads = 0;
      const raced = {
        ...client,
        headManifest: async (ref: Parameters<typeof client.headManifest>[0]) => {
          // The first one finds nothing new yet; by the second the tags have moved.
          if (ref.tag === 'published-main' && ++reads === 2) {
            await putJson(client, recordRef(), PUBLISHED_TYPE, other);
          }
          return client.headManifest(ref);
        },
      };
      const lost = publishPlan(raced, {
        ...{ plan: plan(set('1')), known: new Map(), history: null, explicit: false },
      });
      // On a laptop nobody knows which of the two is newer.
      await expect(lost).rejects.toThrow(/do not stay where they were moved to/);
      expect((await record())?.commit).toBe(THIRD);
    });
  });

  describe('in another order than the commits', () => {
    const images = (content: string) => [{ name: 'a', content }];
    beforeEach(() => develop(images('1'), { commit: SECOND }).then(() => undefined));

    it.each<[string, CommitRelation, string | null, string]>([
      ['publishes a descendant', 'ahead', null, 'published'],
      ['moves nothing for an ancestor', 'behind', null, 'superseded'],
      ['publishes the tip after a forced push', 'diverged', THIRD, 'published'],
      ['moves nothing for what is not the tip after a forced push', 'diverged', FIRST, 'superseded'],
      ['publishes the tip when the published commit is gone', 'unknown', THIRD, 'published'],
      ['moves nothing when the branch is gone', 'unknown', null, 'superseded'],
    ])('%s', async (_, relation, tip, outcome) => {
      await put(images('2'));
      const before = await tagged('a');
      const result = await publish(plan(images('2'), { commit: THIRD }), {
        history: historyOf(relation, tip),
      });
      expect(result.outcome).toBe(outcome);
      expect((await tagged('a')) === before).toBe(outcome === 'superseded');
      if (outcome === 'superseded')
        expect(result.notices[0]).toMatch(/^Nothing was published: main stands at bbbbbbbbbbbb already/);
    });

    it('steps back for a newer one that was published while it looked', async () => {
      await put(images('2'));
      const asked: string[] = [];
      const slow: History = {
        async relation(published) {
          asked.push(published);
          if (published === THIRD) return 'behind';
          await develop(images('3'), { commit: THIRD });
          return 'ahead';
        },
        tip: async () => THIRD,
      };
      const result = await publish(plan(images('2'), { commit: FIRST }), { history: slow });
      expect([result.outcome, asked]).toEqual(['superseded', [SECOND, THIRD]]);
      expect((await record())?.commit).toBe(THIRD);
    });

    it('puts back what it moved in the middle of a newer one', async () => {
      await put(images('2'));
      let newer: string | undefined;
      const raced: typeof client = {
        ...client,
        async copyManifestTag(...request) {
          newer ??= (await develop(images('3'), { commit: THIRD })).digests.get('a');
          return client.copyManifestTag(...request);
        },
      };
      const history: History = {
        relation: async (published) => (published === THIRD ? 'behind' : 'ahead'),
        tip: async () => THIRD,
      };
      const result = await publishPlan(raced, {
        ...{ plan: plan(images('2'), { commit: FIRST }), known: new Map(), history, explicit: false },
      });
      expect(result.outcome).toBe('superseded');
      expect([await tagged('a'), (await record())?.commit]).toEqual([newer, THIRD]);
    });

    it('publishes over an older one that moves tags at the same time', async () => {
      const older = await put(images('1'));
      const { digests } = await develop(images('2'), { commit: SECOND });
      const newest = await put(images('3'));
      let isMoved = false;
      const raced: typeof client = {
        ...client,
        async copyManifestTag(...request) {
          const moved = await client.copyManifestTag(...request);
          const late = { ...repositories('a'), digest: older.get('a') ?? '' };
          if (!isMoved) await client.copyManifestTag(late, 'main');
          isMoved = true;
          return moved;
        },
      };
      const result = await publishPlan(raced, {
        ...{ plan: plan(images('3'), { commit: THIRD }), known: new Map(), explicit: false },
        history: historyOf('ahead', THIRD),
      });
      expect(await tagged('a')).toBe(newest.get('a'));
      expect((await record())?.state).toBe('done');
      // A rollback goes to what was finished last, not to what came in between.
      expect(result.tags).toMatchObject([{ from: digests.get('a') }]);
    });

    it('fails when a tag does not stay where it was moved to, and leaves the record open', async () => {
      await put(images('2'));
      const stubborn: typeof client = {
        ...client,
        copyManifestTag: async ({ digest = '' }) => digest,
      };
      const publishing = publishPlan(stubborn, {
        ...{ plan: plan(images('2'), { commit: THIRD }), known: new Map(), explicit: false },
        history: historyOf('ahead', THIRD),
      });
      await expect(publishing).rejects.toThrow(/They are among a:main/);
      expect((await record())?.state).toBe('moving');
    });

    it('asks nothing for the same commit', async () => {
      const history: History = {
        relation: () => Promise.reject(new Error('asked')),
        tip: () => Promise.reject(new Error('asked')),
      };
      expect((await publish(plan(images('1'), { commit: SECOND }), { history })).outcome).toBe('published');
    });

    it('remembers the newest commit even when it changed nothing, so that an older one cannot come after it', async () => {
      const writesBefore = writes();
      await publish(plan(images('1'), { commit: THIRD }), { history: historyOf('ahead', null) });
      expect((await record())?.commit).toBe(THIRD);
      expect(writes()).toBeGreaterThan(writesBefore);
      const before = writes();
      await publish(plan(images('1'), { commit: THIRD }), { history: historyOf('ahead', null) });
      expect(writes()).toBe(before);
    });

    it('asks for the tip of what was pushed, and keeps a record per tag', async () => {
      const asked: string[] = [];
      const history: History = {
        relation: async () => 'diverged',
        async tip(ref) {
          asked.push(ref);
          return THIRD;
        },
      };
      const event = { branch: null, tag: 'v1.2.3' };
      const release = (commit: string) =>
        publish(plan([{ name: 'a', content: '1', tags: ['1.2.3'] }], { commit, event }), { history });
      await release(FIRST);
      expect(asked).toEqual([]);
      expect((await record('released-v1.2.3'))?.commit).toBe(FIRST);
      await release(THIRD);
      expect(asked).toEqual(['refs/tags/v1.2.3']);
      expect((await record())?.commit).toBe(SECOND);
    });
  });

  describe('of a release', () => {
    const release = (version: string, names: readonly string[] = ['a'], more: Partial<MadeImage> = {}) => {
      const [major = '', minor = ''] = version.split('.');
      const images = names.map((name): MadeImage => {
        const floating = { [major]: 'major', [`${major}.${minor}`]: 'minor' } as const;
        return { name, content: version, tags: [version, ...Object.keys(floating)], floating, ...more };
      });
      return develop(images, { event: { branch: null, tag: `v${version}` } });
    };
    const at = (tag: string, image = 'a') => tagged(image, tag);

    it('leaves a shared tag to the highest release that has it, and says so', async () => {
      const newest = (await release('1.2.3')).digests.get('a');
      const backport = await release('1.1.1');
      expect(moved(backport)).toEqual(['a:1.1.1', 'a:1.1']);
      expect(backport.notices).toEqual(['"a:1" stays at v1.2.3: it is published, and higher than v1.1.1.']);
      const older = await release('1.1.0');
      expect(moved(older)).toEqual(['a:1.1.0']);
      expect(older.notices).toEqual([
        '"a:1" stays at v1.2.3: it is published, and higher than v1.1.0.',
        '"a:1.1" stays at v1.1.1: it is published, and higher than v1.1.0.',
      ]);
      expect([await at('1'), await at('1.1')]).toEqual([newest, backport.digests.get('a')]);
      expect(moved(await release('1.3.0'))).toEqual(['a:1.3.0', 'a:1', 'a:1.3']);
      expect((await release('2.0.0')).notices).toEqual([]);
    });

    it('leaves them when an old release is published again, as something else or not', async () => {
      await release('1.1.0');
      const newest = (await release('1.2.3')).digests.get('a');
      expect(moved(await release('1.1.0'))).toEqual([]);
      expect(moved(await release('1.1.0', ['a'], { content: 'other' }))).toEqual(['a:1.1.0', 'a:1.1']);
      expect(await at('1')).toBe(newest);
      const before = writes();
      await publish(
        plan([{ name: 'a', content: 'other', tags: ['1.1.0', '1', '1.1'], floating: { 1: 'major' } }], {
          event: { branch: null, tag: 'v1.1.0' },
        }),
      );
      expect(writes()).toBe(before);
    });

    it('leaves them when the old release was interrupted before the new one came', async () => {
      await release('1.0.0');
      await put([{ name: 'a', content: '1.1.0' }]);
      registry.strike({ method: 'PUT', path: /manifests\/1\.1$/, times: 1, answer: { status: 403 } });
      await expect(release('1.1.0')).rejects.toThrow();
      expect((await record('released-v1.1.0'))?.state).toBe('moving');
      const newest = (await release('1.2.3')).digests.get('a');
      await release('1.1.0');
      expect(await at('1')).toBe(newest);
      expect(await record('released-v1.1.0')).toMatchObject({ state: 'done' });
    });

    it('decides for every image by the releases that have it', async () => {
      await release('1.2.3', ['a']);
      await release('1.3.0', ['c']);
      const backport = await release('1.1.0', ['a', 'b']);
      expect(moved(backport)).toEqual(['a:1.1.0', 'a:1.1', 'b:1.1.0', 'b:1', 'b:1.1']);
      expect(backport.notices).toHaveLength(1);
    });

    it('knows a release by its record where its name is no tag of a registry', async () => {
      await release('1.2.3', ['a'], { content: 'x' });
      const event = { branch: null, tag: 'v1.2.4+cu128' };
      await develop([{ name: 'a', content: 'y', tags: ['1.2.4_cu128', '1'], floating: { 1: 'major' } }], {
        event,
      });
      expect((await release('1.2.3')).notices).toEqual([
        '"a:1" stays at v1.2.4+cu128: it is published, and higher than v1.2.3.',
      ]);
    });

    it('asks for no list where no tag is shared, and for no more records than it takes to decide', async () => {
      /** The first time it looks whose home this is. */
      const again = async (...args: Parameters<typeof release>) => {
        await release(...args);
        registry.requests.length = 0;
        await release(...args);
        return {
          lists: registry.requests.filter(({ path }) => path.includes('/tags/list')).length,
          asked: new Set(registry.requests.flatMap(({ path }) => /released-v[0-9.]+$/.exec(path)?.[0] ?? [])),
        };
      };
      await release('1.0.0');
      expect(await again('1.1.0', ['a'], { floating: {} })).toMatchObject({ lists: 0 });
      const newest = { lists: 1, asked: new Set(['released-v1.2.0']) };
      expect(await again('1.2.0')).toEqual(newest);
      const older = { lists: 1, asked: new Set(['released-v1.0.1', 'released-v1.2.0']) };
      expect(await again('1.0.1')).toEqual(older);
    });

    it('asks for two lists and one record more where nothing was published of a release yet', async () => {
      await release('1.0.0');
      registry.requests.length = 0;
      await release('1.2.0');
      const lists = registry.requests.filter(({ path }) => path.includes('/tags/list'));
      expect(lists.length).toBe(2);
      const read = registry.requests.filter(({ path }) => path.endsWith('released-v1.0.0'));
      expect(read.length).toBe(1);
    });

    it('takes a shared tag again once the higher release was rolled back, and rolls back none that was passed on', async () => {
      await release('1.0.0');
      const older = (await release('1.1.0')).digests.get('a');
      const newest = (await release('1.2.3')).digests.get('a');
      // All that 1.1.0 could take back is with another release now.
      await expect(rollBack(client, target(), { branch: null, tag: 'v1.1.0' }, KEEPER)).rejects.toThrow(
        'There is nothing to roll back to',
      );
      await release('1.1.0', ['a'], { content: 'other' });
      expect(await at('1')).toBe(newest);
      const back = await rollBack(client, target(), { branch: null, tag: 'v1.1.0' }, KEEPER);
      expect(moved(back)).toEqual(['a:1.1.0', 'a:1.1']);
      expect([await at('1'), await at('1.1')]).toEqual([newest, older]);
      const first = await rollBack(client, target(), { branch: null, tag: 'v1.2.3' }, KEEPER);
      expect(first).toMatchObject({ passed: [], left: ['a:1.2.3', 'a:1.2'] });
      expect(await at('1')).toBe(older);
      const again = await release('1.1.1');
      expect(moved(again)).toEqual(['a:1.1.1', 'a:1', 'a:1.1']);
    });

    it('leaves a tag that a newer release moved on when an interrupted one is taken back', async () => {
      await release('1.0.0', ['a', 'b']);
      await release('1.1.0', ['a', 'b']);
      registry.strike({ method: 'PUT', path: /b\/manifests\/1\.1$/, times: 1, answer: { status: 403 } });
      await expect(release('1.1.0', ['a', 'b'], { content: 'other' })).rejects.toThrow();
      const newest = (await release('1.2.3')).digests.get('a');
      const back = await rollBack(client, target(), { branch: null, tag: 'v1.1.0' }, KEEPER);
      expect(back.passed).toEqual(['a:1']);
      expect(await at('1')).toBe(newest);
    });
  });

  it.each([
    ['a later version', { version: 3 }],
    ['a digest that is none', { tags: [{ image: 'a', tag: 'main', from: 'x', to: 'y' }] }],
    ['a key that is none', { nodes: { a: { key: '../..', digest: `sha256:${'1'.repeat(64)}` } } }],
    ['a rollback to nowhere', { rollback: { undone: 'x', restored: null } }],
    ['no object at all', 'text'],
  ])('refuses a record with %s, and says what to do', async (_, wrong) => {
    const good = foreignRecord();
    const document = typeof wrong === 'string' ? wrong : { ...good, ...wrong };
    await putJson(client, recordRef(), PUBLISHED_TYPE, document);
    await expect(develop([{ name: 'a', content: '1' }])).rejects.toThrow(
      /holds no record of a publish that this version can read\.\n {2}Delete that tag/,
    );
  });

  it('counts a record of an earlier version as none, and writes a new one', async () => {
    const earlier = { version: 1, branch: 'main', state: 'moving', nodes: {}, tags: [] };
    await putJson(client, recordRef(), PUBLISHED_TYPE, earlier);
    const { outcome } = await develop([{ name: 'a', content: '1' }]);
    expect(outcome).toBe('published');
    expect(await record()).toMatchObject({ version: 2, state: 'done' });
  });

  it('gives up where the registry never shows the record that it gave', async () => {
    await develop([{ name: 'a', content: '1' }]);
    const images = [{ name: 'a', content: '2' }];
    await put(images);
    const contradicting: RegistryClient = {
      ...client,
      headManifest: async (ref) => {
        const found = await client.headManifest(ref);
        const isRecord = found !== null && 'tag' in ref && ref.tag === recordRef().tag;
        return isRecord ? { ...found, digest: `sha256:${'0'.repeat(64)}` } : found;
      },
    };
    const request = { plan: plan(images), known: new Map(), history: null, explicit: false };
    await expect(publishPlan(contradicting, request)).rejects.toThrow(
      `"${target()}/darkroom:published-main" was another record each of the 20 times`,
    );
    expect(await record()).toMatchObject({ state: 'done' });
  });

  function historyOf(relation: CommitRelation, tip: string | null): History {
    return { relation: async () => relation, tip: async () => tip };
  }

  function foreignRecord() {
    return {
      ...{ version: 2, branch: 'main', tag: null, commit: THIRD, state: 'done', plan: 'plan-x' },
      ...{ nodes: {}, tags: [], previous: null, rollback: null },
    };
  }
});
