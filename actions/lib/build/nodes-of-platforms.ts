/** Says what of a plan one runner builds: it runs its own platform, and others only where it emulates them. Pure. */
import type { ImageNode } from '../graph/image-graph.ts';
import type { Platform } from '../matrix/matrix.ts';
import { graphOf } from '../plan/wanted-images.ts';

/** What is built here, and what is left to runners of its own. */
export interface NodesOfPlatforms {
  readonly built: readonly ImageNode[];
  readonly left: readonly ImageNode[];
}

/**
 * Parts nodes by platform. What an image of these platforms is made of is built along, whatever it is for: without it nothing
 * could be said of the image.
 */
export function nodesOfPlatforms(
  nodes: readonly ImageNode[],
  platforms: ReadonlySet<Platform>,
): NodesOfPlatforms {
  const wanted = nodes.filter(({ platform }) => platforms.has(platform)).map(({ id }) => id);
  const kept = new Set(graphOf({ nodes }, new Set(wanted)).nodes);
  return { built: nodes.filter((node) => kept.has(node)), left: nodes.filter((node) => !kept.has(node)) };
}
