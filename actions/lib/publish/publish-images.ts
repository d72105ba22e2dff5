/** Moves the human tags of a whole set of images, or of none. */
import pLimit from 'p-limit';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import type { Plan } from '../plan/plan.ts';
import { storePlan } from '../plan/store-plan.ts';
import { getJson, putJson } from '../registry/artifact.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { mergePlatforms } from './merge-platforms.ts';
import {
  PUBLISHED_TYPE,
  type PublishedRecord,
  parsePublishedRecord,
  publishedTag,
  type TagMove,
} from './published-record.ts';

/** One image of the set, with what stands at its keys. */
export interface PublishableImage {
  readonly name: string;
  /** Human tags; empty for an internal image. */
  readonly tags: readonly string[];
  /** One per platform. */
  readonly platforms: readonly {
    readonly nodeId: string;
    readonly platform: string;
    readonly key: string;
    readonly digest: string;
  }[];
}

/** What is published, and on whose behalf. */
export interface PublishRequest {
  readonly branch: string | null;
  readonly commit: string | null;
  readonly plan: Plan;
  readonly images: readonly PublishableImage[];
  /** Ids of the nodes of which, where they are not in the set, stays recorded what was published of them before. */
  readonly kept: readonly string[];
}

/** What publish did. */
export interface PublishResult {
  /** Every tag of the set. */
  readonly tags: readonly TagMove[];
  /** Those that stood elsewhere before. */
  readonly moved: readonly TagMove[];
}

/** At most this many requests at once. */
const CONCURRENCY = 16;

/**
 * Publishes a set: writes the record as `moving`, moves every tag that stands elsewhere, marks the record `done`.
 * A set that already stands as it should is left untouched. A record left `moving` by an interrupted run is finished by
 * the set's own tags; tags only that run knew are put back.
 * @param repositoryOf where each image lies; the records lie in `darkroom`
 * @throws DarkroomError `publish/…`, `registry/…`; then the record still says `moving` and the next run heals it
 */
export async function publishImages(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  request: PublishRequest,
): Promise<PublishResult> {
  const recordRef = { ...repositoryOf('darkroom'), tag: publishedTag(request.branch) };
  const [before, tags] = await Promise.all([
    readPublished(client, recordRef),
    findMoves(client, repositoryOf, request.images),
  ]);
  const moved = tags.filter((move) => move.from !== move.to);
  const keys = publishedKeys(request, before);
  const isRecorded =
    before === null ? request.images.length === 0 : before.state === 'done' && sameKeys(before.keys, keys);
  if (moved.length === 0 && isRecorded) return { tags, moved };

  const { branch, commit } = request;
  const plan = await storePlan(client, repositoryOf, request.plan);
  const record: PublishedRecord = { version: 1, branch, commit, state: 'moving', plan, keys, tags };
  await putJson(client, recordRef, PUBLISHED_TYPE, record);
  const undone = before?.state === 'moving' ? strayMoves(before.tags, tags) : [];
  await moveTags(client, repositoryOf, [...moved, ...undone]);
  await putJson(client, recordRef, PUBLISHED_TYPE, { ...record, state: 'done' });
  return { tags, moved };
}

/** Reads the record at a reference, or nothing when there is none. */
export async function readPublished(
  client: RegistryClient,
  ref: RepositoryReference & { readonly tag: string },
): Promise<PublishedRecord | null> {
  const document = await getJson(client, ref);
  return document === null
    ? null
    : parsePublishedRecord(document, `${ref.registry}/${ref.repository}:${ref.tag}`);
}

async function findMoves(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  images: readonly PublishableImage[],
): Promise<readonly TagMove[]> {
  const slots = pLimit(CONCURRENCY);
  const perImage = images
    .filter((image) => image.tags.length > 0)
    .map(async (image) => {
      const repository = repositoryOf(image.name);
      const to = await slots(() => publishedDigest(client, repository, image));
      return Promise.all(
        image.tags.map((tag) =>
          slots(async (): Promise<TagMove> => {
            const head = await client.headManifest({ ...repository, tag });
            return { image: image.name, tag, from: head?.digest ?? null, to };
          }),
        ),
      );
    });
  return (await Promise.all(perImage)).flat();
}

/** One platform: what stands at its key. Several: an index over them, stored by digest. */
async function publishedDigest(
  client: RegistryClient,
  repository: RepositoryReference,
  image: PublishableImage,
): Promise<string> {
  const [only, ...others] = image.platforms;
  if (only !== undefined && others.length === 0) return only.digest;
  return mergePlatforms(client, repository, image.platforms);
}

/** Tags an interrupted run may have moved and the new set does not know: put back where they came from. */
function strayMoves(interrupted: readonly TagMove[], wanted: readonly TagMove[]): readonly TagMove[] {
  const known = new Set(wanted.map((move) => `${move.image}:${move.tag}`));
  return interrupted.flatMap((move) =>
    known.has(`${move.image}:${move.tag}`) || move.from === null
      ? []
      : [{ ...move, from: move.to, to: move.from }],
  );
}

async function moveTags(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  moves: readonly TagMove[],
): Promise<void> {
  const slots = pLimit(CONCURRENCY);
  const move = async ({ image, tag, to }: TagMove): Promise<void> => {
    const repository = repositoryOf(image);
    await client.copyManifestTag({ ...repository, digest: to }, tag);
    const head = await client.headManifest({ ...repository, tag });
    if (head?.digest === to) return;
    throw new DarkroomError({
      code: 'publish/not-moved',
      message: `The tag "${tag}" of "${image}" was moved to ${to}, but the registry answers ${head?.digest ?? 'nothing'}.`,
      hint: 'Something else moves this tag at the same time; run the publish again.',
    });
  };
  await Promise.all(moves.map((one) => slots(() => move(one))));
}

function publishedKeys(
  { images, kept }: PublishRequest,
  before: PublishedRecord | null,
): Record<string, string> {
  const earlier = kept.flatMap((id) => {
    const key = before?.keys[id];
    return key === undefined ? [] : [[id, key] as const];
  });
  const own = images.flatMap((image) => image.platforms.map(({ nodeId, key }) => [nodeId, key] as const));
  return Object.fromEntries([...earlier, ...own]);
}

function sameKeys(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(after);
  return names.length === Object.keys(before).length && names.every((name) => before[name] === after[name]);
}
