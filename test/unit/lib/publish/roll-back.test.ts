import { beforeEach, describe, expect, it } from '@jest/globals';
import { type PublishRequest, publishPlan } from '../../../../actions/lib/publish/publish-plan.ts';
import { readPublished } from '../../../../actions/lib/publish/read-published.ts';
import { rollBack } from '../../../../actions/lib/publish/roll-back.ts';
import type { RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { createMemoryRegistry, type MemoryRegistry } from '../../../support/memory-registry.ts';
import { KEEPER, type MadeImage, madePlan, putBuilt } from '../../../support/plan-to-publish.ts';

const TARGET = '127.0.0.1:1/test';
const EVENT = { branch: 'main', tag: null };

describe('rollBack', () => {
  let registry: MemoryRegistry;
  beforeEach(() => {
    registry = createMemoryRegistry();
  });

  /** Publishes `a` and `b` of a content, as of a commit named by it. */
  const publish = async (content: string, more: Partial<PublishRequest> = {}, names = ['a', 'b']) => {
    const images: readonly MadeImage[] = names.map((name) => ({ name, content }));
    await putBuilt(registry.client, { target: TARGET, images });
    const plan = madePlan({ target: TARGET, images, commit: content.repeat(40), event: EVENT });
    return publishPlan(registry.client, { plan, known: new Map(), history: null, explicit: false, ...more });
  };
  const back = (client: RegistryClient = registry.client) => rollBack(client, TARGET, EVENT, KEEPER);
  const tag = (name: string) => registry.tags().get(`test/${name}:main`);
  const record = async () =>
    (
      await readPublished(registry.client, {
        ...{ registry: '127.0.0.1:1', repository: 'test/darkroom', tag: 'published-main' },
      })
    )?.record;

  it('moves every tag back to where it stood, and records what it did', async () => {
    await publish('1');
    const before = [tag('a'), tag('b')];
    const first = await record();
    await publish('2');
    const result = await back();
    expect([tag('a'), tag('b')]).toEqual(before);
    expect(result).toMatchObject({ undone: '2'.repeat(40), restored: '1'.repeat(40), left: [] });
    expect(result.moved).toHaveLength(2);
    expect(await record()).toMatchObject({
      ...{ state: 'done', commit: '2'.repeat(40), nodes: first?.nodes, plan: first?.plan },
      rollback: { undone: expect.stringMatching(/^sha256:/), restored: expect.stringMatching(/^sha256:/) },
    });
  });

  it('goes back one publish at a time, and says when there is none before', async () => {
    const tags: (string | undefined)[] = [];
    for (const content of ['1', '2', '3']) {
      await publish(content);
      tags.push(tag('a'));
    }
    await back();
    expect(tag('a')).toBe(tags[1]);
    expect((await back()).undone).toBe('2'.repeat(40));
    expect(tag('a')).toBe(tags[0]);
    await expect(back()).rejects.toThrow(
      'There is nothing to roll back to: "127.0.0.1:1/test" knows no publish of "main" before the one in force.',
    );
    await publish('4');
    await back();
    expect(tag('a')).toBe(tags[0]);
  });

  it('has nothing to roll back to where nothing was published', async () => {
    await expect(back()).rejects.toMatchObject({ problems: [{ code: 'publish/nothing-to-roll-back' }] });
  });

  it('leaves tags that were new, and names them', async () => {
    await publish('1', {}, ['a']);
    await publish('2', {}, ['a', 'b']);
    const made = tag('b');
    expect((await back()).left).toEqual(['b:main']);
    expect(tag('b')).toBe(made);
  });

  it('moves nothing when an image it would go back to is gone', async () => {
    await publish('1');
    const gone = tag('b');
    await publish('2');
    const now = tag('a');
    const forgetful: RegistryClient = {
      ...registry.client,
      headManifest: async (ref) => (ref.digest === gone ? null : registry.client.headManifest(ref)),
    };
    await expect(back(forgetful)).rejects.toThrow(
      `Nothing was rolled back: "b:main" stood at ${gone}, which is no longer in the registry.`,
    );
    expect(tag('a')).toBe(now);
  });

  it('is not undone by the same plan unless a person asks for that', async () => {
    await publish('1');
    await publish('2');
    const second = tag('a');
    await back();
    const first = tag('a');
    const again = await publish('2');
    expect(again.outcome).toBe('rolled-back');
    expect(again.notices[0]).toMatch(
      /^Nothing was published: this plan of 222222222222 was rolled back\. A new commit/,
    );
    expect(tag('a')).toBe(first);
    expect((await publish('2', { explicit: true })).outcome).toBe('published');
    expect(tag('a')).toBe(second);
    expect((await record())?.rollback).toBeNull();
  });

  it('is no hindrance to a new commit, nor to other keys of the same one', async () => {
    await publish('1');
    await publish('2');
    await back();
    expect((await publish('3')).outcome).toBe('published');
    await back();
    const images = [{ name: 'a', content: 'dirty' }];
    await putBuilt(registry.client, { target: TARGET, images });
    const plan = madePlan({ target: TARGET, images, commit: '3'.repeat(40), event: EVENT });
    const result = await publishPlan(registry.client, {
      plan,
      known: new Map(),
      history: null,
      explicit: false,
    });
    expect(result.outcome).toBe('published');
  });

  it('takes back a publish that was interrupted, wherever it was, and itself goes on where it was', async () => {
    await publish('1');
    const before = [tag('a'), tag('b')];
    const images = ['a', 'b'].map((name) => ({ name, content: '2' }));
    await putBuilt(registry.client, { target: TARGET, images });
    const plan = madePlan({ target: TARGET, images, commit: '2'.repeat(40), event: EVENT });
    for (let at = 1; at < 60; at++) {
      const dying = registry.dying(at, 'after');
      await publishPlan(dying, { plan, known: new Map(), history: null, explicit: true }).catch(() => {});
      if ((await record())?.state !== 'moving') continue;
      await back(registry.dying((at % 17) + 1, 'after')).catch(() => {});
      await back();
      expect([at, tag('a'), tag('b')]).toEqual([at, ...before]);
    }
  });
});
