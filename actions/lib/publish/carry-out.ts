/** Carries out what was decided of tags, so that whoever finds it interrupted can finish or undo it. */
import type { RepositoryOf } from '../image/repository-of.ts';
import { putJson } from '../registry/artifact.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { headTags, moveTags } from './move-tags.ts';
import { type Moves, movingTags, type Stray } from './plan-moves.ts';
import { PUBLISHED_TYPE, type PublishedRecord } from './published-record.ts';
import type { PublishedState } from './read-published.ts';

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
 */
export async function carryOut(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  { recordRef, state, moves, next }: Decided,
): Promise<readonly Stray[]> {
  if (moves.moved.length === 0 && state.latest?.record.state !== 'moving') {
    await putJson(client, recordRef, PUBLISHED_TYPE, next);
    return [];
  }
  const previous = state.finished?.digest ?? null;
  const moving: PublishedRecord = { ...next, state: 'moving', tags: movingTags(moves), previous };
  const written = await putJson(client, recordRef, PUBLISHED_TYPE, moving);
  await moveTags(client, repositoryOf, moves.moved);
  const left = await putBack(client, repositoryOf, moves.strays);
  // Another run that came in between has taken over: it finishes what it found, and says so itself.
  const there = await client.headManifest(recordRef);
  if (there?.digest === written) await putJson(client, recordRef, PUBLISHED_TYPE, next);
  return left;
}

async function putBack(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  strays: readonly Stray[],
): Promise<readonly Stray[]> {
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
  return astray.filter((_, index) => there[index] !== true);
}
