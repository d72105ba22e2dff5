import { describe, expect, it } from '@jest/globals';
import { repositoryOf } from '../../../../actions/lib/image/repository-of.ts';
import { parsePlan, readPlan } from '../../../../actions/lib/plan/read-plan.ts';
import { storePlan } from '../../../../actions/lib/plan/store-plan.ts';
import { createMemoryRegistry } from '../../../support/memory-registry.ts';
import { madePlan } from '../../../support/plan-to-publish.ts';

const TARGET = 'registry.test/acme';
const PLAN = madePlan({
  target: TARGET,
  images: [
    { name: 'base', content: '1' },
    { name: 'app', content: '1', parents: ['base'] },
  ],
});

describe('readPlan', () => {
  const { client, tags } = createMemoryRegistry();
  const store = (plan = PLAN) => storePlan(client, repositoryOf(TARGET), plan);

  it('reads what was stored, by its digest', async () => {
    const { ref, tag } = await store();
    expect(await readPlan(client, ref)).toEqual(PLAN);
    expect(ref).toBe(`${TARGET}/darkroom@${tags().get(`acme/darkroom:${tag}`)}`);
  });

  it('names the same plan the same, read back or not', async () => {
    const stored = await store();
    expect(await store(await readPlan(client, stored.ref))).toEqual(stored);
  });

  it('writes a plan over anything else that stands at its tag', async () => {
    const stored = await store();
    const { ref: other } = await store({ ...PLAN, homeIsPrivate: !PLAN.homeIsPrivate });
    const [repository, tag] = [repositoryOf(TARGET)('darkroom'), stored.tag];
    await client.copyManifestTag({ ...repository, digest: other.replace(/^.*@/, '') }, tag);
    expect(await store()).toEqual(stored);
    expect(stored.ref).toContain(tags().get(`acme/darkroom:${tag}`));
  });

  it('writes no plan twice', async () => {
    await store();
    const refused = { ...client, putManifest: () => Promise.reject(new Error('written')) };
    await expect(storePlan(refused, repositoryOf(TARGET), PLAN)).resolves.toEqual(await store());
  });

  it('takes no tag, and says when nothing is there', async () => {
    await expect(readPlan(client, `${TARGET}/darkroom:plan-1`)).rejects.toThrow(
      'is named without a digest; a tag could be moved to another plan.',
    );
    await expect(readPlan(client, `${TARGET}/darkroom@sha256:${'1'.repeat(64)}`)).rejects.toThrow(
      'There is no plan at',
    );
  });

  it.each<[string, unknown, string]>([
    ['another version', { ...PLAN, version: 2 }, 'has version 2, this is written for version 1.'],
    ['no object', 'text', 'is no plan: the document must be object.'],
    ['a member that is missing', { ...PLAN, images: undefined }, "must have required property 'images'"],
    ['a member nobody knows', { ...PLAN, more: 1 }, 'must NOT have additional properties'],
    [
      'a digest that is none',
      { ...PLAN, images: [{ ...PLAN.images[0], digest: 'x' }] },
      '/images/0/digest must match pattern',
    ],
    ['one id twice', { ...PLAN, images: [PLAN.images[0], PLAN.images[0]] }, 'two images have one id'],
    ['a parent that is not in it', { ...PLAN, images: [PLAN.images[1]] }, 'the parent "base" is not in it'],
  ])('refuses a document with %s', async (_, document, message) => {
    await expect(parsePlan(JSON.parse(JSON.stringify(document)), 'here')).rejects.toThrow(message);
  });
});
