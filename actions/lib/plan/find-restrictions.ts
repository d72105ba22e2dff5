/** Finds what keeps images from being given to anybody: restricted licences, and upstreams made on this machine. Pure. */
import type { ImageGraph, ImageNode } from '../graph/image-graph.ts';
import type { Restriction } from './plan.ts';
import { nodeUpstreams, type PinTable, upstreamId } from './wanted-upstreams.ts';

/** Restrictions of every node by its id, inherited ones after its own; each thing once, as it came first. */
export async function findRestrictions(
  graph: ImageGraph,
  pins: PinTable,
): Promise<ReadonlyMap<string, readonly Restriction[]>> {
  // Most matrices name no licence, and need not load the list of all that there are.
  const isUsed = graph.nodes.some(({ licence }) => licence.length > 0);
  const isRestricted = isUsed
    ? (await import('./restricted-licence.ts')).isRestrictedLicence
    : (): boolean => false;
  const found = new Map<string, readonly Restriction[]>();
  for (const node of graph.nodes) {
    const own = [...ownLicences(node).filter(({ name }) => isRestricted(name)), ...madeUpstreams(node, pins)];
    const inherited = node.parents.flatMap((through) =>
      (found.get(through) ?? []).map((one): Restriction => ({ ...one, through })),
    );
    found.set(node.id, onceEach([...own, ...inherited]));
  }
  return found;
}

function ownLicences({ image, references }: ImageNode): readonly Restriction[] {
  const declared = image.licence.map((name) => licence(name, `image ${image.name}`));
  const held = references.flatMap((reference) =>
    reference.kind === 'named-upstream'
      ? reference.upstream.licence.map((name) => licence(name, `upstream ${reference.upstream.name}`))
      : [],
  );
  return [...declared, ...held];
}

function licence(name: string, origin: string): Restriction {
  return { kind: 'licence', name, origin, through: null };
}

function madeUpstreams(node: ImageNode, pins: PinTable): readonly Restriction[] {
  return nodeUpstreams(node).flatMap((upstream): readonly Restriction[] => {
    const pin = pins.get(upstreamId(upstream));
    const isMade = pin?.state === 'unmade' || (pin?.state === 'pinned' && pin.pin.startsWith('made:'));
    return isMade
      ? [{ kind: 'made', name: upstream.name, origin: `image ${node.image.name}`, through: null }]
      : [];
  });
}

function onceEach(restrictions: readonly Restriction[]): readonly Restriction[] {
  const known = new Map<string, Restriction>();
  for (const one of restrictions) {
    const id = `${one.kind}\n${one.name}\n${one.origin}`;
    if (!known.has(id)) known.set(id, one);
  }
  return [...known.values()];
}
