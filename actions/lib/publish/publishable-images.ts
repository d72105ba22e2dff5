/** Puts together what a plan publishes: its images in the registry that is written, and the digest of each. */
import pLimit from 'p-limit';
import type { RepositoryOf } from '../image/repository-of.ts';
import type { StandingImage, StandingImages } from '../plan/bound-parents.ts';
import type { Plan, PlannedImage } from '../plan/plan.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { isInTarget } from './find-standing.ts';
import { mergePlatforms } from './merge-platforms.ts';
import { headTags } from './move-tags.ts';
import { sameNodes, type WantedTag } from './plan-moves.ts';
import type { PublishedNode, PublishedRecord } from './published-record.ts';

/** One image that is there for all its platforms. */
export interface PublishableImage {
  readonly name: string;
  /** Human tags; empty for an internal image. */
  readonly tags: readonly string[];
  /** Those of them that several releases share. */
  readonly floating: PlannedImage['floating'];
  /** One per platform. */
  readonly platforms: readonly StandingImage[];
}

/**
 * The images of a plan that are, for all their platforms, in the registry that is written: a tag never moves to some of
 * an image's platforms. What was found in another registry stays there; blocked and unneeded images are nowhere.
 */
export function publishableImages(plan: Plan, standing: StandingImages): readonly PublishableImage[] {
  const byName = Map.groupBy(plan.images, ({ name }) => name);
  return [...byName].flatMap(([name, images]) => {
    const platforms = images.flatMap((image) => {
      const there = standing.get(image.id);
      return there === undefined || !isInTarget(image, plan.target) ? [] : [there];
    });
    const { tags = [], floating = {} } = images[0] ?? {};
    return platforms.length === images.length ? [{ name, tags, floating, platforms }] : [];
  });
}

/** What stands at the keys of a set, as it is recorded. */
export function nodesOf(
  images: readonly Pick<PublishableImage, 'platforms'>[],
): Record<string, PublishedNode> {
  return Object.fromEntries(
    images.flatMap(({ platforms }) => platforms.map(({ id, key, digest }) => [id, { key, digest }] as const)),
  );
}

/**
 * Finds where every tag of a set stands and where it should. The index over several platforms is made only when the last
 * publish did not make the same.
 */
export async function wantedTags(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  images: readonly PublishableImage[],
  finished: PublishedRecord | null,
): Promise<readonly WantedTag[]> {
  const slots = pLimit(4);
  const perImage = images
    .filter(({ tags }) => tags.length > 0)
    .map(async ({ name, tags, platforms }): Promise<readonly WantedTag[]> => {
      const heads = await headTags(
        client,
        repositoryOf,
        tags.map((tag) => ({ image: name, tag })),
      );
      const wanted = (to: string) =>
        tags.map((tag, index) => ({ image: name, tag, to, at: heads[index] ?? null }));
      const [only, ...others] = platforms;
      if (only !== undefined && others.length === 0) return wanted(only.digest);
      const made = madeIndex(name, platforms, finished);
      if (made !== null && heads.every((head) => head === made)) return wanted(made);
      return wanted(await slots(() => mergePlatforms(client, repositoryOf(name), platforms)));
    });
  return (await Promise.all(perImage)).flat();
}

/** The index that was published of the same platform images. */
function madeIndex(
  name: string,
  platforms: readonly StandingImage[],
  finished: PublishedRecord | null,
): string | null {
  if (finished === null) return null;
  const nodes = nodesOf([{ platforms }]);
  const before = Object.fromEntries(
    Object.entries(finished.nodes).filter(([id]) => id === name || id.startsWith(`${name}@`)),
  );
  if (!sameNodes(before, nodes)) return null;
  return finished.tags.find(({ image }) => image === name)?.to ?? null;
}
