/** Takes the last publish back: every tag to where it stood before it, all or none, as a publish of its own. */
import pLimit from 'p-limit';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { formatImageReference } from '../image/image-reference.ts';
import { type RepositoryOf, repositoryOf } from '../image/repository-of.ts';
import type { TagEvent } from '../image/tag-template.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { carryOut, disturbed } from './carry-out.ts';
import { checkKeeper, type Keeper } from './keeper.ts';
import { headTags } from './move-tags.ts';
import { planMoves, tagId, type WantedTag } from './plan-moves.ts';
import { type PublishedRecord, recordTag, type TagMove } from './published-record.ts';
import { type PublishedState, type ReadRecord, readPublished, readPublishedState } from './read-published.ts';

/** What a rollback did. */
export interface RollbackResult {
  /** Commit whose publish was taken back, and the one whose publish stands again, where that is known. */
  readonly undone: string | null;
  readonly restored: string | null;
  /** Every tag that was there before. */
  readonly tags: readonly TagMove[];
  readonly moved: readonly TagMove[];
  /** `image:tag` of those that the publish made: a registry cannot delete a tag alone. */
  readonly left: readonly string[];
  /** `image:tag` of those that another release has moved on since: they stay with it. */
  readonly passed: readonly string[];
}

/**
 * Rolls back the last publish of a branch or tag; done again, the one before. A publish that was interrupted is taken
 * back as well, and a rollback that was is finished. Releases share tags such as `1`: one that another of them has moved on
 * since is that one's, and stays.
 * @param target the registry that is written
 * @param keeper who rolls back
 * @throws DarkroomError `publish/other-keeper`; `publish/nothing-to-roll-back`; `publish/not-moved` when something else moves the tags at the same
 * time; `publish/rollback-gone` when an image that a tag stood at is no
 * longer there: then nothing moved
 */
export async function rollBack(
  client: RegistryClient,
  target: string,
  event: TagEvent,
  keeper: Keeper,
): Promise<RollbackResult> {
  const repositories = repositoryOf(target);
  const recordRef = { ...repositories('darkroom'), tag: recordTag(event) };
  const state = await readPublishedState(client, recordRef);
  checkKeeper(keeper, state.latest?.record.keeper, formatImageReference(recordRef));
  const undone = await findUndone(client, recordRef, state);
  const before = undone?.record.tags.filter(({ from }) => from !== null) ?? [];
  if (state.latest === null || undone === null || before.length === 0) throw nothingBefore(target, event);
  const restored = await readPrevious(client, recordRef, undone.record);
  const heads = await headTags(client, repositories, before);
  const all = before.map(({ image, tag, from, to }, index) => {
    const at = heads[index] ?? null;
    const isPassed = event.branch === null && at !== null && at !== from && at !== to;
    return { isPassed, wanted: { image, tag, to: from ?? to, at } satisfies WantedTag };
  });
  const wanted = all.flatMap((one) => (one.isPassed ? [] : [one.wanted]));
  const passed = all.flatMap((one) => (one.isPassed ? [tagId(one.wanted)] : []));
  if (wanted.length === 0) throw nothingBefore(target, event);
  await checkThere(client, repositories, wanted);
  const moves = planMoves(state, wanted, new Set(), new Set(passed));
  const next: PublishedRecord = {
    ...state.latest.record,
    state: 'done',
    plan: restored?.record.plan ?? state.latest.record.plan,
    nodes: restored?.record.nodes ?? {},
    tags: moves.tags,
    previous: state.finished?.digest ?? null,
    rollback: { undone: undone.digest, restored: restored?.digest ?? null },
  };
  const left = await carryOut(client, repositories, { recordRef, state, moves, next });
  if (left === null) throw disturbed(moves);
  return {
    undone: undone.record.commit,
    restored: restored?.record.commit ?? null,
    tags: moves.tags,
    moved: moves.moved,
    left: undone.record.tags.filter(({ from }) => from === null).map(tagId),
    passed,
  };
}

/** The publish that is in force: after a rollback the one it went back to. */
async function findUndone(
  client: RegistryClient,
  ref: RepositoryReference,
  { latest }: PublishedState,
): Promise<ReadRecord | null> {
  if (latest?.record.state === 'moving' && latest.record.rollback !== null) {
    return readAt(client, ref, latest.record.rollback.undone);
  }
  let inForce = latest;
  while (inForce?.record.rollback != null) {
    const { restored } = inForce.record.rollback;
    inForce = restored === null ? null : await readAt(client, ref, restored);
  }
  return inForce;
}

function readPrevious(
  client: RegistryClient,
  ref: RepositoryReference,
  { previous }: PublishedRecord,
): Promise<ReadRecord | null> {
  return previous === null ? Promise.resolve(null) : readAt(client, ref, previous);
}

function readAt(
  client: RegistryClient,
  { registry, repository }: RepositoryReference,
  digest: string,
): Promise<ReadRecord | null> {
  return readPublished(client, { registry, repository, digest });
}

async function checkThere(
  client: RegistryClient,
  repositories: RepositoryOf,
  wanted: readonly WantedTag[],
): Promise<void> {
  const slots = pLimit(16);
  const there = await Promise.all(
    wanted.map(({ image, to }) => slots(() => client.headManifest({ ...repositories(image), digest: to }))),
  );
  const gone = wanted.filter((_, index) => there[index] === null);
  if (gone.length === 0) return;
  throw new DarkroomError(
    gone.map((one) => ({
      code: 'publish/rollback-gone' as const,
      message: `Nothing was rolled back: "${tagId(one)}" stood at ${one.to}, which is no longer in the registry.`,
      hint: 'Check out a commit that was good and run "darkroom rebuild" there: what is gone is built again.',
    })),
  );
}

function nothingBefore(target: string, { branch, tag }: TagEvent): DarkroomError {
  return new DarkroomError({
    code: 'publish/nothing-to-roll-back',
    message: `There is nothing to roll back to: "${target}" knows no publish of ${JSON.stringify(branch ?? tag ?? 'this commit')} before the one in force.`,
    hint: 'Check out a commit that was good and run "darkroom rebuild" there.',
  });
}
