import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { distributionStore } from '../../actions/lib/prune/distribution-store.ts';
import { type PruneResult, pruneRegistry } from '../../actions/lib/prune/prune-registry.ts';
import { publishPlan } from '../../actions/lib/publish/publish-plan.ts';
import { recordTag } from '../../actions/lib/publish/published-record.ts';
import { rollBack } from '../../actions/lib/publish/roll-back.ts';
import type { RegistryClient } from '../../actions/lib/registry/registry.ts';
import { createMemoryRegistry, Killed, type MemoryRegistry } from '../support/memory-registry.ts';
import { KEEPER, type MadeImage, madePlan, putBuilt } from '../support/plan-to-publish.ts';

const TARGET = '127.0.0.1:1/test';
const DAY = 86_400_000;
const GRACE = 7 * DAY;
const PLATFORMS = ['linux/amd64', 'linux/arm64'];
const EVENTS = [
  { branch: 'main', tag: null },
  { branch: 'side', tag: null },
  { branch: null, tag: 'v1.0.0' },
];

/** Up to three images; `m` has two platforms, so that its tags name an index that nothing else does. */
const images = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('a', 'b', 'm'), content: fc.constantFrom('1', '2', '3', '4') }),
  { selector: ({ name }) => name, minLength: 1 },
);

const step = fc.record({
  what: fc.constantFrom(
    'publish' as const,
    'publish' as const,
    'rollback' as const,
    'build' as const,
    'move' as const,
  ),
  event: fc.constantFrom(...EVENTS),
  images,
  dies: fc.option(fc.integer({ min: 1, max: 60 }), { freq: 5 }),
  days: fc.constantFrom(0, 1, 8),
});

type Step = Readonly<typeof step extends fc.Arbitrary<infer T> ? T : never>;

function made(step: Pick<Step, 'images' | 'event'>): readonly MadeImage[] {
  const tags = [step.event.branch ?? '1.0.0'];
  return step.images.map((image) => ({
    ...image,
    tags,
    ...(image.name === 'm' ? { platforms: PLATFORMS } : {}),
  }));
}

async function take(registry: MemoryRegistry, one: Step): Promise<void> {
  const client = one.dies === null ? registry.client : registry.dying(one.dies, 'after');
  const plan = madePlan({ target: TARGET, images: made(one), event: one.event });
  try {
    if (one.what === 'rollback') await rollBack(client, TARGET, one.event, KEEPER);
    else await putBuilt(client, { target: TARGET, images: made(one) });
    if (one.what === 'move') await moveByHand(client, one);
    if (one.what === 'publish')
      await publishPlan(client, { plan, known: new Map(), history: null, explicit: true });
  } catch (error) {
    const isNothing =
      error instanceof Error && /^(There is nothing to roll|Nothing was rolled back)/.test(error.message);
    if (!(error instanceof Killed) && !isNothing) throw error;
  }
}

/** Somebody gives the tag to an image that nobody published. */
async function moveByHand(client: RegistryClient, { event }: Step): Promise<void> {
  const images = [{ name: 'a', content: 'of somebody' }];
  const built = await putBuilt(client, { target: TARGET, images });
  const ref = { registry: '127.0.0.1:1', repository: 'test/a', digest: built.get('a') ?? '' };
  await client.copyManifestTag(ref, event.branch ?? '1.0.0');
}

function prune(
  client: RegistryClient,
  now: number,
  more: { branches?: string[]; deletes?: boolean } = {},
): Promise<PruneResult> {
  const { branches = ['main', 'side'], deletes = true } = more;
  return pruneRegistry(
    { client, store: distributionStore(client) },
    {
      target: TARGET,
      images: ['a', 'b', 'm'],
      keeper: KEEPER,
      keys: [],
      branches,
      keepPublishes: 2,
      graceMs: GRACE,
      now,
      deletes,
    },
  );
}

const isNothingPublished = (error: unknown): null => {
  if (error instanceof Error && error.message.includes('no record of a publish')) return null;
  throw error;
};

/** Every tag for people and every key is as it was, and whole. */
function checkWhole(registry: MemoryRegistry): void {
  for (const [name, digest] of registry.tags()) {
    expect([name, registry.isWhole(name.split(':')[0] ?? '', digest)]).toEqual([name, true]);
  }
}

function peoplesTags({ tags }: MemoryRegistry): readonly string[] {
  return [...tags()]
    .filter(([name]) => /:(main|side|1\.0\.0)$/.test(name))
    .map(([name, digest]) => `${name} ${digest}`);
}

describe('pruning', () => {
  it('leaves every tag, two rollbacks of every branch, and what the newest plans need, wherever it dies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.option(fc.integer({ min: 1, max: 80 })),
        async (steps, dies) => {
          const registry = createMemoryRegistry();
          const untouched = createMemoryRegistry();
          let now = 1e12;
          for (const one of steps) {
            await take(registry, one);
            await take(untouched, one);
            now += one.days * DAY;
            const before = peoplesTags(registry);
            const client = dies === null ? registry.client : registry.dying(dies, 'after');
            await prune(client, now).catch((error: unknown) =>
              error instanceof Killed ? null : isNothingPublished(error),
            );
            expect(peoplesTags(registry)).toEqual(before);
            checkWhole(registry);
          }
          // As if nothing had ever been pruned: tags, then two rollbacks of each.
          for (const event of EVENTS) {
            for (const _ of [1, 2]) {
              const [pruned, whole] = await Promise.all(
                [registry, untouched].map(({ client }) =>
                  rollBack(client, TARGET, event, KEEPER).then(
                    ({ moved }) => moved,
                    (error: Error) => error.message,
                  ),
                ),
              );
              expect(pruned).toEqual(whole);
              checkWhole(registry);
            }
          }
          expect(peoplesTags(registry)).toEqual(peoplesTags(untouched));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('in the end leaves nothing that it would not, however often it died before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 120 })),
        async (steps, deaths) => {
          const [often, once] = [createMemoryRegistry(), createMemoryRegistry()];
          for (const one of steps) {
            const whole = { ...one, dies: null };
            await take(often, whole);
            await take(once, whole);
          }
          const branches = ['main'];
          let now = 1e12;
          await prune(often.client, now, { branches }).catch(isNothingPublished);
          await prune(once.client, now, { branches }).catch(isNothingPublished);
          now += GRACE;
          for (const death of deaths) {
            await prune(often.dying(death, 'after'), now, { branches }).catch((error: unknown) =>
              error instanceof Killed ? null : isNothingPublished(error),
            );
            checkWhole(often);
          }
          // What a branch's record alone knew is seen for the first time once that is gone.
          for (const registry of [often, once]) {
            for (const days of [0, 7, 14])
              await prune(registry.client, now + days * DAY, { branches }).catch(isNothingPublished);
          }
          expect([...often.manifests()].filter(isNoMark).sort()).toEqual(
            [...once.manifests()].filter(isNoMark).sort(),
          );
          const last = await prune(once.client, now + 30 * DAY, { branches, deletes: false }).catch(
            isNothingPublished,
          );
          expect([last?.gone ?? [], last?.waits ?? []]).toEqual([[], []]);

          function isNoMark(name: string): boolean {
            return !name.startsWith('test/darkroom@');
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it('keeps what a rollback puts back, also what nobody here published', async () => {
    const registry = createMemoryRegistry();
    const one = (content: string, what: Step['what']): Step => ({
      ...{
        what,
        event: { branch: 'main', tag: null },
        images: [{ name: 'a' as const, content: content as '1' }],
      },
      ...{ dies: null, days: 0 },
    });
    await take(registry, one('1', 'publish'));
    await take(registry, one('1', 'move'));
    const by = registry.tags().get('test/a:main');
    await take(registry, one('2', 'publish'));
    for (const days of [0, 7, 14]) await prune(registry.client, 1e12 + days * DAY);
    await take(registry, one('2', 'rollback'));
    expect(registry.tags().get('test/a:main')).toBe(by);
    checkWhole(registry);
  });

  it('deletes nothing in a dry run, and says what it would', async () => {
    const registry = createMemoryRegistry();
    for (const content of ['1', '2', '3', '4']) {
      const one = {
        what: 'publish',
        event: EVENTS[0],
        images: [{ name: 'a', content }],
        dies: null,
        days: 0,
      } as unknown as Step;
      await take(registry, one);
    }
    const before = [...registry.manifests()];
    await prune(registry.client, 1e12);
    await prune(registry.client, 1e12 + GRACE, { deletes: false });
    expect([...registry.manifests()].filter((one) => before.includes(one))).toEqual(before);
    const { gone } = await prune(registry.client, 1e12 + GRACE);
    expect(
      gone.flatMap(({ image, manifest }) => [image, ...manifest.tags.map((tag) => tag.slice(0, 3))]),
    ).toEqual([...['darkroom', 'a', 'key', 'a', 'pre', 'darkroom', 'pla']]);
    expect(recordTag({ branch: 'main', tag: null })).toBe('published-main');
  });
});
