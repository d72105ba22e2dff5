import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { publishPlan } from '../../actions/lib/publish/publish-plan.ts';
import { recordTag } from '../../actions/lib/publish/published-record.ts';
import { readPublished } from '../../actions/lib/publish/read-published.ts';
import { rollBack } from '../../actions/lib/publish/roll-back.ts';
import type { RegistryClient } from '../../actions/lib/registry/registry.ts';
import { createMemoryRegistry, Killed, type MemoryRegistry } from '../support/memory-registry.ts';
import { KEEPER, type MadeImage, madePlan, putBuilt } from '../support/plan-to-publish.ts';

const TARGET = '127.0.0.1:1/test';
const EVENT = { branch: 'main', tag: null };
const PLATFORMS = ['linux/amd64', 'linux/arm64'];

/** Up to three images; each has one of four contents and one or two tags. */
const set = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'm'),
    content: fc.constantFrom('1', '2', '3', '4'),
    tags: fc.constantFrom(['main'], ['main', 'next']),
  }),
  { selector: ({ name }) => name, minLength: 1 },
);

/** A publish, or a rollback; each may die at a request. */
const step = fc.record({
  images: fc.option(set, { nil: null, freq: 5 }),
  dies: fc.option(
    fc.record({
      at: fc.integer({ min: 1, max: 60 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
    { freq: 3 },
  ),
});

function imagesOf(images: readonly MadeImage[]): readonly MadeImage[] {
  return images.map((image) => (image.name === 'm' ? { ...image, platforms: PLATFORMS } : image));
}

function publish(client: RegistryClient, images: readonly MadeImage[]) {
  const plan = madePlan({ target: TARGET, images: imagesOf(images), event: EVENT });
  return publishPlan(client, { plan, known: new Map(), history: null, explicit: true });
}

/** Human tags as `image:tag`, with their digests. */
function humanTags({ tags }: MemoryRegistry): ReadonlyMap<string, string> {
  const human = [...tags()].filter(([name]) => /:(main|next)$/.test(name));
  return new Map(human.map(([name, digest]) => [name.replace('test/', ''), digest]));
}

/** Everything a tag names is there, and is what some publish was about. */
function checkWhole(registry: MemoryRegistry): void {
  for (const [name, digest] of humanTags(registry)) {
    expect([name, registry.isWhole(`test/${name.split(':')[0]}`, digest)]).toEqual([name, true]);
  }
}

async function run(
  registry: MemoryRegistry,
  {
    images,
    dies,
  }: { images: readonly MadeImage[] | null; dies: { at: number; when: 'before' | 'after' } | null },
) {
  if (images !== null) await putBuilt(registry.client, { target: TARGET, images: imagesOf(images) });
  const client = dies === null ? registry.client : registry.dying(dies.at, dies.when);
  try {
    await (images === null ? rollBack(client, TARGET, EVENT, KEEPER) : publish(client, images));
  } catch (error) {
    const isNothing = error instanceof Error && error.message.startsWith('There is nothing to roll back to');
    if (!(error instanceof Killed) && !isNothing) throw error;
  }
}

describe('publishing', () => {
  it('leaves exactly the tags of the set, whatever died before it; a tag never names what is not whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 5 }), set, async (steps, last) => {
        const registry = createMemoryRegistry();
        const finished = new Map<string, string>();
        const remember = async () => {
          const state = (await readPublished(registry.client, recordRef()))?.record.state;
          if (state !== 'moving')
            for (const [name, digest] of humanTags(registry)) finished.set(name, digest);
        };
        for (const one of steps) {
          await run(registry, one);
          checkWhole(registry);
          await remember();
        }
        await putBuilt(registry.client, { target: TARGET, images: imagesOf(last) });
        const result = await publish(registry.client, last);
        checkWhole(registry);
        const after = humanTags(registry);
        for (const { image, tag, to } of result.tags)
          expect([image, tag, after.get(`${image}:${tag}`)]).toEqual([image, tag, to]);
        expect(result.tags.map(({ image, tag }) => `${image}:${tag}`).sort()).toEqual(
          last.flatMap(({ name, tags }) => tags.map((tag) => `${name}:${tag}`)).sort(),
        );
        const own = new Set(result.tags.map(({ image, tag }) => `${image}:${tag}`));
        for (const [name, digest] of after) {
          if (own.has(name)) continue;
          // Tags of others are where a finished publish left them, or were said to be left over from one that was not.
          const isTold = result.notices.some((notice) => notice.startsWith(`"${name}" was made by an`));
          expect([name, isTold || finished.get(name) === digest]).toEqual([name, true]);
        }
        const record = await readPublished(registry.client, recordRef());
        expect(record?.record.state).toBe('done');
      }),
      { numRuns: 150 },
    );
  });

  it('is finished by the next run wherever it dies', async () => {
    const [first, second] = ['1', '2'].map((content) =>
      ['a', 'b', 'm'].map((name) => ({ name, content, tags: ['main', 'next'] })),
    );
    if (first === undefined || second === undefined) throw new Error('no sets');
    for (const when of ['before', 'after'] as const) {
      let isThrough = false;
      for (let at = 1; !isThrough; at++) {
        const registry = createMemoryRegistry();
        await run(registry, { images: first, dies: null });
        const before = humanTags(registry);
        await putBuilt(registry.client, { target: TARGET, images: imagesOf(second) });
        isThrough = await publish(registry.dying(at, when), second).then(
          () => true,
          () => false,
        );
        checkWhole(registry);
        await publish(registry.client, second);
        const after = humanTags(registry);
        for (const [name, digest] of after)
          expect([name, before.get(name) === digest]).toEqual([name, false]);
        // And it can still be taken back as a whole.
        await rollBack(registry.client, TARGET, EVENT, KEEPER);
        expect(humanTags(registry)).toEqual(before);
        expect(at).toBeLessThan(200);
      }
    }
  });

  function recordRef() {
    return { registry: '127.0.0.1:1', repository: 'test/darkroom', tag: recordTag(EVENT) };
  }
});
