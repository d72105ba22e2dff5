import { parseImageReference } from '../image/image-reference.ts';
import type { PlannedWork } from './make-plan.ts';
import { nodeUpstreams, upstreamId } from './wanted-upstreams.ts';

/** Hosts of the upstream images that what is to be built pulls; those made on this machine do not count. */
export function pulledRegistries({
  graph,
  decisions,
  pins,
}: Pick<PlannedWork, 'graph' | 'decisions' | 'pins'>): readonly string[] {
  const pulled = graph.nodes
    .filter((node) => decisions.get(node.id)?.action === 'build')
    .flatMap(nodeUpstreams)
    .flatMap((upstream) => {
      const pin = pins.get(upstreamId(upstream));
      return pin?.state === 'pinned' && pin.ref !== null && !pin.pin.startsWith('made:') ? [pin.ref] : [];
    });
  return [...new Set(pulled.map((ref) => parseImageReference(ref).registry))];
}
