/** Tells whether images were built on what now stands at their parents' keys. */
import pLimit from 'p-limit';
import type { Platform } from '../matrix/matrix.ts';
import type { PublishedRecord } from '../publish/published-record.ts';
import { resolvePlatformDigest } from '../registry/platform-manifest.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { readBound } from './read-bound.ts';

/** An image that is there, for one platform. */
export interface StandingImage {
  readonly id: string;
  readonly platform: Platform;
  readonly key: string;
  readonly repository: RepositoryReference;
  /** What stands at the key. */
  readonly digest: string;
  /** Ids of its parents by the names its Dockerfile has for them. */
  readonly bindings: Readonly<Record<string, string>>;
}

/** By id. */
export type StandingImages = ReadonlyMap<string, StandingImage>;

const CONCURRENCY = 16;

/** Images with parents that no finished publish has seen together as they stand now. Most often there are none. */
export function unseenChildren(
  standing: StandingImages,
  records: readonly PublishedRecord[],
): readonly StandingImage[] {
  const finished = records.filter(({ state }) => state === 'done');
  return [...standing.values()].filter((image) => {
    const parents = standingParents(image, standing);
    if (parents.length === 0) return false;
    return !finished.some(({ nodes }) =>
      [image, ...parents.map(([, parent]) => parent)].every(({ id, key, digest }) => {
        const seen = Object.hasOwn(nodes, id) ? nodes[id] : undefined;
        return seen?.key === key && seen.digest === digest;
      }),
    );
  });
}

/**
 * Compares what images were bound to, as it is written beside their keys, with the platform manifests that stand at their
 * parents' keys. Gives the ids of the parents that are others now, by the child's id; a child of which nothing is written
 * may stand on anything. A parent that is not there is no other one: nobody needed it.
 */
export async function findStaleParents(
  client: RegistryClient,
  children: readonly StandingImage[],
  standing: StandingImages,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const slots = pLimit(CONCURRENCY);
  const platformDigests = new Map<string, Promise<string | null>>();
  const digestOf = ({ id, repository, digest, platform }: StandingImage): Promise<string | null> => {
    const known = platformDigests.get(id);
    if (known !== undefined) return known;
    const asked = slots(() => resolvePlatformDigest(client, { ...repository, digest }, platform));
    platformDigests.set(id, asked);
    return asked;
  };
  const staleParentsOf = async (child: StandingImage): Promise<readonly string[]> => {
    const [bound, parents] = await Promise.all([
      slots(() => readBound(client, child.repository, child)),
      Promise.all(
        standingParents(child, standing).map(
          async ([name, parent]) => [name, parent.id, await digestOf(parent)] as const,
        ),
      ),
    ]);
    const others = parents.filter(([name, , digest]) => digest === null || bound?.[name] !== digest);
    return [...new Set(others.map(([, id]) => id))];
  };
  const found = await Promise.all(
    children.map(async (child) => [child.id, await staleParentsOf(child)] as const),
  );
  return new Map(found.filter(([, parents]) => parents.length > 0));
}

function standingParents({ bindings }: StandingImage, standing: StandingImages) {
  return Object.entries(bindings).flatMap(([name, id]) => {
    const parent = standing.get(id);
    return parent === undefined ? [] : [[name, parent] as const];
  });
}
