/** Carries out what was decided of tags, so that whoever finds it interrupted can finish or undo it. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import { putJson } from '../registry/artifact.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { headTags, moveTags, strayTags, type TagTarget } from './move-tags.ts';
import { type Moves, movingTags, type Stray, sameNodes, tagId } from './plan-moves.ts';
import { PUBLISHED_TYPE, type PublishedRecord } from './published-record.ts';
import { type PublishedState, readPublished } from './read-published.ts';

/** What is to be done, and what is to be recorded. */
export interface Decided {
  readonly recordRef: RepositoryReference & { readonly tag: string };
  readonly state: PublishedState;
  readonly moves: Pick<Moves, 'tags' | 'moved' | 'strays'>;
  /** The record afterwards. */
  readonly next: PublishedRecord;
}

/**
 * Writes the record as `moving`, moves tags, puts strays back, and writes the record as it is to be. Gives the strays that
 * stay: those that were not there before, as a registry cannot delete a tag alone, and those of which that is gone.
 *
 * `null` when another run did the same at the same time: the record is its, or tags stand where it moved them. Then nothing
 * can be said of the tags until one of the two has looked again.
 */
export async function carryOut(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  { recordRef, state, moves, next }: Decided,
): Promise<readonly Stray[] | null> {
  if (moves.moved.length === 0 && state.latest?.record.state !== 'moving') {
    await putJson(client, recordRef, PUBLISHED_TYPE, next);
    return [];
  }
  const previous = state.finished?.digest ?? null;
  const moving: PublishedRecord = { ...next, state: 'moving', tags: movingTags(moves), previous };
  const written = await putJson(client, recordRef, PUBLISHED_TYPE, moving);
  await moveTags(client, repositoryOf, moves.moved);
  const { back, left } = await putBack(client, repositoryOf, moves.strays);
  const elsewhere = await strayTags(client, repositoryOf, [...moves.moved, ...back]);
  if (elsewhere.length > 0) return null;
  const there = await client.headManifest(recordRef);
  if (there?.digest === written) {
    await putJson(client, recordRef, PUBLISHED_TYPE, next);
    return left;
  }
  // The same run twice: whoever came last has the last word, and says the same.
  const other = await readPublished(client, recordRef);
  return other !== null && sameNodes(other.record.nodes, next.nodes) ? left : null;
}

/** The error where two runs, or somebody and a run, move the same tags and none gives way. */
export function disturbed({ moved }: Pick<Moves, 'moved'>): DarkroomError {
  return new DarkroomError({
    code: 'publish/not-moved',
    message: `Tags were moved, and do not stay where they were moved to. They are among ${moved.map(tagId).join(', ')}.`,
    hint: 'Something else moves them at the same time; run the publish again.',
  });
}

async function putBack(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  strays: readonly Stray[],
): Promise<{ readonly back: readonly TagTarget[]; readonly left: readonly Stray[] }> {
  const heads = await headTags(client, repositoryOf, strays);
  const astray = strays.filter(({ to }, index) => heads[index] !== to);
  const there = await Promise.all(
    astray.map(
      async ({ image, to }) =>
        to !== null && (await client.headManifest({ ...repositoryOf(image), digest: to })) !== null,
    ),
  );
  const back = astray.flatMap((stray, index) =>
    stray.to !== null && there[index] === true ? [{ ...stray, to: stray.to }] : [],
  );
  await moveTags(client, repositoryOf, back);
  return { back, left: astray.filter((_, index) => there[index] !== true) };
}
