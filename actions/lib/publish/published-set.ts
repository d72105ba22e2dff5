import type { ImageNode } from '../graph/image-graph.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import type { PlannedWork } from '../plan/make-plan.ts';
import type { PublishableImage } from './publish-images.ts';

/**
 * The set that is published: every image of the plan that is, for all its platforms, in the registry that is written,
 * hit or just built. A tag never moves to some of an image's platforms. Blocked and unneeded images are not there, and
 * what was found in another registry stays there.
 * @param built digests of what was built in this run, by node id
 */
export function publishedSet(
  work: PlannedWork,
  built: ReadonlyMap<string, string>,
  targetRepository: RepositoryOf,
): readonly PublishableImage[] {
  const byName = Map.groupBy(work.graph.nodes, (node) => node.image.name);
  return [...byName].flatMap(([name, nodes]) => {
    const platforms = nodes.flatMap((node) => {
      const key = work.nodes.get(node.id)?.key ?? null;
      const digest = built.get(node.id) ?? foundInTarget(work, node, targetRepository);
      if (key === null || digest === undefined) return [];
      return [{ nodeId: node.id, platform: node.platform, key, digest }];
    });
    const tags = work.plan.images.find((image) => image.name === name)?.tags ?? [];
    return platforms.length === nodes.length ? [{ name, tags, platforms }] : [];
  });
}

function foundInTarget(
  work: PlannedWork,
  { id, image }: ImageNode,
  targetRepository: RepositoryOf,
): string | undefined {
  const found = work.found.get(id);
  const target = targetRepository(image.name);
  const isThere =
    found?.repository.registry === target.registry && found.repository.repository === target.repository;
  return isThere ? found.digest : undefined;
}
