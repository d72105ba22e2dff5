/** Looks through a registry for what nothing names any more, and deletes it where that is asked for. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { hostOf } from '../image/image-reference.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import { repositoryOf } from '../image/repository-of.ts';
import { readPlan } from '../plan/read-plan.ts';
import type { Keeper } from '../publish/keeper.ts';
import { getJson } from '../registry/artifact.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { checkKeepers } from './check-keepers.ts';
import { branchRecordTags, cacheTags, DARKROOM, readTag } from './darkroom-tags.ts';
import { deleteUnreached, type Left } from './delete-unreached.ts';
import { findUnreached, isYoung, type PruneRules, type Unreached, type Waiting } from './find-unreached.ts';
import { addHistory, followRecord } from './follow-records.ts';
import { type Inventory, readInventory, type StoredManifest } from './inventory.ts';
import type { ManifestStore } from './manifest-store.ts';
import { type Marks, readMarks, writeMarks } from './prune-marks.ts';
import { type GrowingRoots, growRoots, type Roots } from './roots.ts';

/** What is looked through, and what is kept. */
export interface PruneRequest {
  /** The registry, as a prefix of references. */
  readonly target: string;
  /** Who prunes: nobody else's home. */
  readonly keeper: Keeper;
  /** Images of the matrix; those that plans and records name are found by themselves. */
  readonly images: readonly string[];
  /** Keys of the tree that this runs for. */
  readonly keys: readonly { readonly image: string; readonly key: string }[];
  /** Branches that exist. */
  readonly branches: readonly string[];
  readonly keepPublishes: number;
  readonly graceMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Else nothing is written. */
  readonly deletes: boolean;
}

/** What came of it. */
export interface PruneResult {
  /** What was deleted, or would be. */
  readonly gone: readonly Unreached[];
  readonly waits: readonly Waiting[];
  /** What could not be looked at, or stays though nothing names it. */
  readonly left: readonly Left[];
  /** How many manifests stay because something names them. */
  readonly reached: number;
}

/** Where is looked. */
export interface PrunePorts {
  readonly client: RegistryClient;
  readonly store: ManifestStore;
}

/**
 * Prunes. Whatever cannot be read while it is found out what is kept ends it before anything is deleted; a repository that
 * cannot be read is left alone.
 * @throws DarkroomError `prune/…`, `publish/bad-record`, `plan/…`, `registry/…`
 */
export async function pruneRegistry(ports: PrunePorts, asked: PruneRequest): Promise<PruneResult> {
  const repositories = repositoryOf(asked.target);
  const request = { ...asked, now: await earlierClock(ports, asked) };
  const { rules, images, known, darkroom } = await readKept(ports, request, repositories);
  const inventories = new Map([[DARKROOM, darkroom]]);
  const left: Left[] = [];
  for (const image of images) {
    try {
      const marked = ports.store.listsUntagged ? [] : (rules.marks.get(image)?.keys() ?? []);
      const unlisted = [...marked, ...(known.digests.get(image) ?? [])];
      inventories.set(image, await readInventory(ports, image, repositories(image), unlisted));
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      const [problem] = error.problems;
      const reason = [problem?.message, problem?.hint].join(' ').trim();
      left.push({ image, digest: null, isFailure: true, reason });
    }
  }
  const { goes, waits, reached, marks } = findUnreached(inventories, rules);
  // Records go first, plans last: while a plan is there, the images it names are found.
  const ordered = [
    ...goes.filter((one) => one.image === DARKROOM && !isPlan(one.manifest)),
    ...goes.filter((one) => one.image !== DARKROOM),
    ...goes.filter((one) => one.image === DARKROOM && isPlan(one.manifest)),
  ];
  if (!request.deletes) return { gone: ordered, waits, left, reached };
  const kept = keepMarks(marks, rules.marks, new Set(inventories.keys()));
  // First: what loses its last tag is known from here alone.
  const marksPlace = { ...ports, ref: repositories(DARKROOM) };
  if (hasMarks(kept) || hasMarks(rules.marks)) await writeMarks(marksPlace, kept);
  const deletion = await deleteUnreached({ ...ports, repositories }, inventories, ordered);
  const after = withoutDeleted(kept, deletion.deleted);
  if (deletion.deleted.length > 0 && hasMarks(kept)) await writeMarks(marksPlace, after);
  return { gone: deletion.deleted, waits, left: [...left, ...deletion.left], reached };
}

/** A clock that runs ahead would make everything old: of this machine's and the registry's the earlier one counts. */
async function earlierClock({ client }: PrunePorts, { target, now }: PruneRequest): Promise<number> {
  const probed = await client.probe(hostOf(target));
  return probed.answers && probed.time !== null ? Math.min(now, probed.time) : now;
}

/** What is kept, and what the repository `darkroom` holds. */
interface Kept {
  readonly rules: PruneRules;
  readonly images: ReadonlySet<string>;
  /** What is there though no list may have it. */
  readonly known: Roots;
  readonly darkroom: Inventory;
}

async function readKept(ports: PrunePorts, request: PruneRequest, repositories: RepositoryOf): Promise<Kept> {
  const { client, store } = ports;
  const ref = repositories(DARKROOM);
  const { graceMs, now } = request;
  const marks = await readMarks(client, ref);
  const marked = store.listsUntagged ? [] : (marks.get(DARKROOM)?.keys() ?? []);
  const listed = await readInventory(ports, DARKROOM, ref, marked);
  const tags = new Set([...branchRecordTags(request.branches), ...cacheTags(request.branches)]);
  const young = (one: StoredManifest): boolean => isYoung(DARKROOM, one, { marks, graceMs, now });
  const place = { client, ref, keepPublishes: request.keepPublishes, seen: listed };

  const roots = growRoots();
  for (const { image, key } of request.keys) roots.addKey(image, key);
  const [kept, gone] = splitRecords(listed, tags);
  if (kept.length === 0) throw nothingPublished(request.target);
  await checkKeepers(place, [...kept, ...gone], request.keeper);
  for (const { digest } of kept) for (const plan of await followRecord(place, digest, roots)) tags.add(plan);
  const plans = plansOf(listed);
  for (const [tag, { digest }] of plans) if (tags.has(tag)) await addPlan(ports, repositories, digest, roots);

  const youngRoots = growRoots(roots);
  for (const one of gone.filter(young)) {
    for (const tag of await followRecord(place, one.digest, youngRoots)) {
      const plan = plans.get(tag);
      if (plan !== undefined) await addPlan(ports, repositories, plan.digest, youngRoots);
    }
  }
  const youngPlans = [...plans].filter(([tag, one]) => !tags.has(tag) && young(one));
  for (const [, { digest }] of youngPlans) await addPlan(ports, repositories, digest, youngRoots);

  const known = growRoots(youngRoots);
  if (!store.listsUntagged) {
    await Promise.all([...kept, ...gone].map(({ digest }) => addHistory(place, digest, known)));
  }
  const named = await Promise.all(
    [...plans.values()].map(({ digest }) => imagesOfPlan(client, { ...ref, digest })),
  );
  const found = [request.images, ...named, known.keys.keys(), known.digests.keys(), marks.keys()];
  const images = new Set(found.flatMap((names) => [...names]).filter((image) => image !== DARKROOM));
  return {
    rules: { roots, youngRoots, tags, marks, graceMs, now },
    images,
    known,
    darkroom: new Map([...(await readUnlisted(ports, ref, known.digests.get(DARKROOM) ?? [])), ...listed]),
  };
}

/** What was listed before counts: a record that has been written since says more than was looked at. */
function readUnlisted(
  { client, store }: PrunePorts,
  ref: ReturnType<RepositoryOf>,
  digests: Iterable<string>,
): Promise<Inventory> {
  return readInventory({ client, store: { ...store, list: async () => [] } }, DARKROOM, ref, digests);
}

/** Records that stay, and those of branches that are gone. */
function splitRecords(
  darkroom: Inventory,
  tags: ReadonlySet<string>,
): readonly [readonly StoredManifest[], readonly StoredManifest[]] {
  const records = [...darkroom.values()].filter((one) =>
    one.tags.some((tag) => readTag(DARKROOM, tag).kind === 'record'),
  );
  const stays = ({ tags: own }: StoredManifest): boolean =>
    own.some((tag) => {
      const meaning = readTag(DARKROOM, tag);
      return meaning.kind === 'record' && (meaning.of !== 'branch' || tags.has(tag));
    });
  return [records.filter(stays), records.filter((one) => !stays(one))];
}

function plansOf(darkroom: Inventory): ReadonlyMap<string, StoredManifest> {
  return new Map(
    [...darkroom.values()].flatMap((one) =>
      one.tags.filter((tag) => readTag(DARKROOM, tag).kind === 'plan').map((tag) => [tag, one] as const),
    ),
  );
}

function isPlan({ tags }: StoredManifest): boolean {
  return tags.some((tag) => readTag(DARKROOM, tag).kind === 'plan');
}

/** Everything that a plan has, whether it is there, is built now, or is not needed. */
async function addPlan(
  { client }: PrunePorts,
  repositories: RepositoryOf,
  digest: string,
  roots: GrowingRoots,
): Promise<void> {
  const { registry, repository } = repositories(DARKROOM);
  const plan = await readPlan(client, `${registry}/${repository}@${digest}`);
  roots.addDigest(DARKROOM, digest);
  for (const { name, key } of plan.images) if (key !== null) roots.addKey(name, key);
}

/** Of a plan that is kept by nothing only these names are wanted; what is no plan has none. */
async function imagesOfPlan(
  client: RegistryClient,
  ref: ReturnType<RepositoryOf> & { readonly digest: string },
): Promise<readonly string[]> {
  const { images } = ((await getJson(client, ref)) ?? {}) as { images?: unknown };
  if (!Array.isArray(images)) return [];
  return images.flatMap((one: { name?: unknown } | null) =>
    typeof one?.name === 'string' ? [one.name] : [],
  );
}

/** Of what was not looked at this time, what was known stays. */
function keepMarks(marks: Marks, before: Marks, seen: ReadonlySet<string>): Marks {
  return new Map([...[...before].filter(([image]) => !seen.has(image)), ...marks]);
}

function withoutDeleted(marks: Marks, deleted: readonly Unreached[]): Marks {
  const gone = new Set(deleted.map(({ image, manifest }) => `${image}@${manifest.digest}`));
  return new Map(
    [...marks].map(([image, own]) => [
      image,
      new Map([...own].filter(([digest]) => !gone.has(`${image}@${digest}`))),
    ]),
  );
}

function hasMarks(marks: Marks): boolean {
  return [...marks.values()].some((own) => own.size > 0);
}

/** Registries hide what one may not see: it must not look as if nothing were published. */
function nothingPublished(target: string): DarkroomError {
  return new DarkroomError({
    code: 'prune/nothing-published',
    message: `Nothing is deleted: "${target}/${DARKROOM}" has no record of a publish, which would tell what is to be kept.`,
    hint: 'Publish first. If something was published there, the login may not read that repository.',
  });
}
