/** Moves the human tags of every image of a plan, or of none. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { formatImageReference } from '../image/image-reference.ts';
import { type RepositoryOf, repositoryOf } from '../image/repository-of.ts';
import type { Plan } from '../plan/plan.ts';
import { refuseRestricted } from '../plan/refuse-restricted.ts';
import { storePlan } from '../plan/store-plan.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { carryOut, disturbed } from './carry-out.ts';
import { checkFirstPublish } from './check-first-publish.ts';
import { type History, isSuperseded, readOrder } from './commit-order.ts';
import { findHeldTags, type HeldTag } from './find-held-tags.ts';
import { findStanding, type KnownDigests, verifyStanding } from './find-standing.ts';
import { checkKeeper, type Keeper, keeperOfPlan } from './keeper.ts';
import { moveTags, strayTags } from './move-tags.ts';
import { type Moves, movedByOthers, planMoves, type Stray, sameNodes, tagId } from './plan-moves.ts';
import { heldNotices, noticesOf, withheldNotice } from './publish-notices.ts';
import { nodesOf, type PublishableImage, publishableImages, wantedTags } from './publishable-images.ts';
import { type PublishedRecord, RECORD_VERSION, recordTag, type TagMove } from './published-record.ts';
import { type PublishedState, readPublished, readPublishedState } from './read-published.ts';

/** What is published, and under which rules. */
export interface PublishRequest {
  readonly plan: Plan;
  /** Digests at keys of the target that the caller has just seen: they are not asked for again. */
  readonly known: KnownDigests;
  /** Decides whether a newer commit was published meanwhile; `null`: nobody asks, as on a laptop. */
  readonly history: History | null;
  /** A person asked for this very plan: what was rolled back may be published again. */
  readonly explicit: boolean;
}

/** What publish did. */
export interface PublishResult {
  /** `superseded`, `rolled-back`: nothing moved, and that is right. */
  readonly outcome: 'published' | 'superseded' | 'rolled-back';
  /** Every tag of the set. */
  readonly tags: readonly TagMove[];
  /** Those that stood elsewhere before. */
  readonly moved: readonly TagMove[];
  /** What a person should know, a sentence each. */
  readonly notices: readonly string[];
}

/** What was being moved when another run came in between. */
type Disturbance = Pick<Moves, 'moved'>;

/** Runs that disturb each other so often are not two runs of one workflow. */
const ATTEMPTS = 5;
/** A record that is never the one that was just read may belong to a registry that contradicts itself. */
const LOOKS = 20;

/**
 * Publishes a plan: finds and verifies every image of it, writes the record as `moving`, moves every tag that stands
 * elsewhere, marks the record `done`. A set that already stands as it should is left untouched. A record left `moving` by
 * an interrupted run is finished by the set's own tags; tags only that run knew are put back. A tag such as `1` that a
 * higher release has is left to it. Of two runs that move tags at
 * the same time the one with the older plan gives way, and leaves the tags as the other recorded them.
 * @throws DarkroomError `publish/…`, `registry/…`, `git/…`; when tags were already moving, the record still says so and
 * the next run heals it
 */
export async function publishPlan(client: RegistryClient, request: PublishRequest): Promise<PublishResult> {
  refuseRestricted(request.plan);
  const disturbances: Disturbance[] = [];
  for (let looks = 1; ; looks += 1) {
    const result = await attemptPublish(client, request, disturbances);
    if (result !== null) return result;
    const last = disturbances.at(-1);
    // On a laptop nobody can tell which of the two is newer.
    if (last !== undefined && (request.history === null || disturbances.length === ATTEMPTS)) {
      throw disturbed(last);
    }
    if (looks === LOOKS) throw neverSettled(request.plan, looks);
  }
}

function neverSettled({ target, event }: Plan, looks: number): DarkroomError {
  const { registry, repository } = repositoryOf(target)('darkroom');
  return new DarkroomError({
    code: 'publish/record-changes',
    message:
      `"${registry}/${repository}:${recordTag(event)}" was another record each of the ${looks} times it was looked at; ` +
      'the tags were left as they are.',
    hint: 'Either other runs publish all the time, or the registry answers HEAD and GET of this tag differently: compare the two, and run the publish again.',
  });
}

/** `null`: another run published meanwhile, so that everything has to be looked at again. */
async function attemptPublish(
  client: RegistryClient,
  request: PublishRequest,
  disturbances: Disturbance[],
): Promise<PublishResult | null> {
  const { plan } = request;
  const repositories = repositoryOf(plan.target);
  const recordRef = { ...repositories('darkroom'), tag: recordTag(plan.event) };
  const [standing, state] = await Promise.all([
    findStanding(client, plan, request.known),
    readPublishedState(client, recordRef),
  ]);
  await checkHomeIsOurs(client, recordRef, keeperOfPlan(plan), state);
  const withheld = await findWithheld(client, recordRef, request, state);
  if (withheld !== null) {
    const isSettled = disturbances.length === 0 || (await settle(client, repositories, recordRef, state));
    return isSettled ? { ...withheld, tags: [], moved: [] } : null;
  }

  const finished = state.finished?.record ?? null;
  const there = publishableImages(plan, standing);
  const held = await findHeldTags(client, recordRef, plan.event, there);
  const images = there.map((image) => withoutHeld(image, held));
  const [wanted] = await Promise.all([
    wantedTags(client, repositories, images, finished),
    verifyStanding(client, plan, standing, finished),
  ]);
  const moves = planMoves(state, wanted, keptImages(plan, images), new Set(held.map(tagId)));
  const nodes = publishedNodes(plan, images, finished);
  const left: Stray[] = [];
  if (!isDone(request, state, moves, nodes)) {
    const { tag } = await storePlan(client, repositories, plan);
    // Looking takes a while: what another run has published since then may be newer than this.
    const now = await client.headManifest(recordRef);
    if (now?.digest !== state.latest?.digest) return null;
    const next = nextRecord(plan, tag, state, moves, nodes);
    const carried = await carryOut(client, repositories, { recordRef, state, moves, next });
    if (carried === null) {
      disturbances.push(moves);
      return null;
    }
    left.push(...carried);
  }
  const own = moves.tags.filter(({ image }) => images.some(({ name }) => name === image));
  const notices = [
    ...heldNotices(held, plan),
    ...noticesOf(movedByOthers(state, wanted), moves.strays, left),
  ];
  return { outcome: 'published', tags: own, moved: moves.moved, notices };
}

/** @throws DarkroomError `publish/other-keeper` */
async function checkHomeIsOurs(
  client: RegistryClient,
  recordRef: RepositoryReference,
  keeper: Keeper | null,
  { latest }: PublishedState,
): Promise<void> {
  if (keeper === null) return;
  if (latest === null) await checkFirstPublish(client, recordRef, keeper);
  else checkKeeper(keeper, latest.record.keeper, formatImageReference(recordRef));
}

/**
 * Puts tags where the record says, after this run has moved some in the middle of a newer one. `false` when that has
 * changed again.
 */
async function settle(
  client: RegistryClient,
  repositories: RepositoryOf,
  recordRef: RepositoryReference,
  { latest }: PublishedState,
): Promise<boolean> {
  const tags = latest?.record.tags ?? [];
  await moveTags(client, repositories, await strayTags(client, repositories, tags));
  const there = await client.headManifest(recordRef);
  return there?.digest === latest?.digest;
}

/** Whether something newer was published, or this very plan was taken back. */
async function findWithheld(
  client: RegistryClient,
  recordRef: RepositoryReference,
  { plan, history, explicit }: PublishRequest,
  { latest }: PublishedState,
): Promise<Pick<PublishResult, 'outcome' | 'notices'> | null> {
  if (latest === null) return null;
  const { record } = latest;
  const { commit } = plan.source;
  if (record.rollback !== null && record.commit === commit && !explicit) {
    const { registry, repository } = recordRef;
    const undone = await readPublished(client, { registry, repository, digest: record.rollback.undone });
    if (undone === null || hasKeysOf(plan, undone.record)) {
      return { outcome: 'rolled-back', notices: [withheldNotice('rolled-back', record, plan)] };
    }
  }
  if (history === null) return null;
  const { branch, tag } = plan.event;
  const ref = branch === null ? `refs/tags/${tag ?? ''}` : `refs/heads/${branch}`;
  if (!isSuperseded(await readOrder(history, record.commit, commit, ref))) return null;
  return { outcome: 'superseded', notices: [withheldNotice('superseded', record, plan)] };
}

function hasKeysOf({ images }: Plan, { nodes }: PublishedRecord): boolean {
  return images.every(
    ({ id, key, action }) => nodes[id]?.key === key || (action !== 'hit' && action !== 'build'),
  );
}

function withoutHeld(image: PublishableImage, held: readonly HeldTag[]): PublishableImage {
  const names = new Set(held.filter((one) => one.image === image.name).map(({ tag }) => tag));
  return { ...image, tags: image.tags.filter((tag) => !names.has(tag)) };
}

/** Images that cannot be had now stay as they were published. */
function keptImages(plan: Plan, images: readonly PublishableImage[]): ReadonlySet<string> {
  const own = new Set(images.map(({ name }) => name));
  return new Set(plan.images.map(({ name }) => name).filter((name) => !own.has(name)));
}

function publishedNodes(
  plan: Plan,
  images: readonly PublishableImage[],
  finished: PublishedRecord | null,
): PublishedRecord['nodes'] {
  const kept = keptImages(plan, images);
  const earlier = plan.images.flatMap(({ id, name }) => {
    const node = kept.has(name) ? finished?.nodes[id] : undefined;
    return node === undefined ? [] : [[id, node] as const];
  });
  return { ...Object.fromEntries(earlier), ...nodesOf(images) };
}

/** Whether there is nothing to write. In a workflow the record also says up to which commit nothing is newer. */
function isDone(
  { plan, history }: PublishRequest,
  { latest }: PublishedState,
  { moved, isSame }: Moves,
  nodes: PublishedRecord['nodes'],
): boolean {
  if (latest === null) return Object.keys(nodes).length === 0;
  const { record } = latest;
  const isCurrent = history === null || record.commit === plan.source.commit;
  return (
    record.state === 'done' && isSame && moved.length === 0 && isCurrent && sameNodes(record.nodes, nodes)
  );
}

/** The record afterwards. What changed no tag for good is no publish to roll back: the one before stays the last. */
function nextRecord(
  planned: Plan,
  plan: string,
  { finished }: PublishedState,
  { tags, isSame }: Moves,
  nodes: PublishedRecord['nodes'],
): PublishedRecord {
  const { commit } = planned.source;
  const keeper = keeperOfPlan(planned);
  const kept = keeper === null ? {} : { keeper };
  if (finished !== null && isSame) return { ...finished.record, ...kept, commit, plan, nodes };
  const { branch, tag } = planned.event;
  const previous = finished?.digest ?? null;
  const written = { version: RECORD_VERSION, ...kept, branch, tag, commit, state: 'done', plan } as const;
  return { ...written, nodes, tags, previous, rollback: null };
}
