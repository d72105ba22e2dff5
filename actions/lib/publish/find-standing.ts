/** Finds what a plan's images are in the registry, and refuses to go on with less than all of them. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { formatImageReference, parseImageReference } from '../image/image-reference.ts';
import { repositoryOf } from '../image/repository-of.ts';
import { keyTag } from '../key/content-key.ts';
import {
  findStaleParents,
  type StandingImage,
  type StandingImages,
  unseenChildren,
} from '../plan/bound-parents.ts';
import { lookUpKeys } from '../plan/look-up-keys.ts';
import type { Plan, PlannedImage } from '../plan/plan.ts';
import type { RegistryClient } from '../registry/registry.ts';
import type { PublishedRecord } from './published-record.ts';

/** Digests at keys of the registry that is written, by the id of the plan's entry. */
export type KnownDigests = ReadonlyMap<string, string>;

/** What a plan just made found in the registry that is written: whoever publishes at once need not ask again. */
export function hitsOf({ images, target }: Plan): KnownDigests {
  return new Map(
    images.flatMap((image) =>
      image.digest !== null && isInTarget(image, target) ? [[image.id, image.digest] as const] : [],
    ),
  );
}

/** What stands at the keys of a plan's images: those that are hits elsewhere, and those in the registry that is written. */
export async function findStanding(
  client: RegistryClient,
  plan: Plan,
  known: KnownDigests,
): Promise<StandingImages> {
  const inTarget = wantedImages(plan).filter((image) => isInTarget(image, plan.target));
  const registry = { repositoryOf: repositoryOf(plan.target), answers: async () => true };
  const found = await lookUpKeys(
    client,
    inTarget.flatMap(({ id, name: image, key }) =>
      key === null || known.has(id) ? [] : [{ id, image, key }],
    ),
    [registry],
  );
  return new Map(
    wantedImages(plan).flatMap((image): readonly (readonly [string, StandingImage])[] => {
      const { id, key, platform, bindings } = image;
      const isHere = isInTarget(image, plan.target);
      const digest = isHere ? (known.get(id) ?? found.get(id)?.digest) : image.digest;
      if (key === null || digest === null || digest === undefined) return [];
      const repository = isHere ? registry.repositoryOf(image.name) : repositoryIn(image.ref ?? '');
      return [[id, { id, platform, key, repository, digest, bindings }]];
    }),
  );
}

/**
 * Checks that every image the plan wants is there, and stands on what is there now. What a finished publish has seen with
 * the same digests needs no second look.
 * @throws DarkroomError `publish/not-built` naming all that are missing; `publish/stale-parent` for every child and parent
 */
export async function verifyStanding(
  client: RegistryClient,
  plan: Plan,
  standing: StandingImages,
  finished: PublishedRecord | null,
): Promise<void> {
  const missing = wantedImages(plan).filter(({ id }) => !standing.has(id));
  if (missing.length > 0) {
    throw new DarkroomError({
      code: 'publish/not-built',
      message: `Nothing was published: ${missing.map(({ id }) => id).join(', ')} ${missing.length === 1 ? 'is' : 'are'} not built yet.`,
      hint: 'Run "darkroom rebuild", or the workflow, again: what is missing is built, and published then.',
    });
  }
  const unseen = unseenChildren(standing, finished === null ? [] : [finished]);
  const stale = await findStaleParents(client, unseen, standing);
  const problems = [...stale].flatMap(([child, parents]) =>
    parents.map((parent) => ({
      code: 'publish/stale-parent' as const,
      message: `Nothing was published: "${child}" was built on another "${parent}" than the one that stands at ${keyOf(standing, parent)} now.`,
      hint: 'Run "darkroom rebuild", or the workflow, again: such an image is built anew.',
    })),
  );
  if (problems.length > 0) throw new DarkroomError(problems);
}

/** Whether an image is, or will be, in the registry that is written; the rest are hits in another. */
export function isInTarget({ ref, name }: PlannedImage, target: string): boolean {
  return ref?.startsWith(`${target}/${name}:`) ?? true;
}

/** What has to be there; nobody asked for the rest, or it cannot be had. */
function wantedImages({ images }: Plan): readonly PlannedImage[] {
  return images.filter(({ action }) => action !== 'blocked' && action !== 'unneeded');
}

function repositoryIn(ref: string): StandingImage['repository'] {
  const { registry, repository } = parseImageReference(ref);
  return { registry, repository };
}

function keyOf(standing: StandingImages, id: string): string {
  const image = standing.get(id);
  return image === undefined
    ? 'its key'
    : `"${formatImageReference({ ...image.repository, tag: keyTag(image.key) })}"`;
}
