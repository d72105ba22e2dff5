import type { ImageNode } from '../graph/image-graph.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import type { PlannedWork } from '../plan/make-plan.ts';
import type { PublishableImage } from './publish-images.ts';

/**
 * The set that is published: every image of the plan that is in the registry that is written, hit or just built. Blocked
 * and unneeded images are not there, and what was found in another registry stays there.
 * @param built digests of what was built in this run, by node id
 */
export function publishedSet(
  work: PlannedWork,
  built: ReadonlyMap<string, string>,
  targetRepository: RepositoryOf,
): readonly PublishableImage[] {
  const images = new Map<string, PublishableImage>();
  for (const [index, node] of work.graph.nodes.entries()) {
    const { id, image, platform } = node;
    const key = work.nodes.get(id)?.key ?? null;
    const digest = built.get(id) ?? foundInTarget(work, node, targetRepository);
    if (key === null || digest === undefined) continue;
    const known = images.get(image.name);
    const tags = work.plan.images[index]?.tags ?? [];
    images.set(image.name, {
      name: image.name,
      tags,
      platforms: [...(known?.platforms ?? []), { nodeId: id, platform, key, digest }],
    });
  }
  return [...images.values()];
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
