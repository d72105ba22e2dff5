import type { ImageGraph } from '../graph/image-graph.ts';
import { nodeUpstreams } from '../plan/wanted-upstreams.ts';
import type { LockChange } from '../upstream/resolve-upstreams.ts';
import { lockEntry } from './apply-moves.ts';

/** Ids of the images that hold an upstream, and of all that stand on them, in the order of the graph. */
export function affectedImages(
  { nodes }: ImageGraph,
  change: Pick<LockChange, 'kind' | 'what'>,
): readonly string[] {
  const { name, platform } = lockEntry(change);
  const affected = new Set<string>();
  for (const node of nodes) {
    const holds = nodeUpstreams(node).some(
      (one) =>
        one.kind === change.kind && one.name === name && (one.kind !== 'image' || one.platform === platform),
    );
    if (holds || node.parents.some((parent) => affected.has(parent))) affected.add(node.id);
  }
  return [...affected];
}
