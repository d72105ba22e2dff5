/** Decided plans of made-up graphs, for what needs no Dockerfile. */
import { createHash } from 'node:crypto';
import type { ImageNode } from '../../actions/lib/graph/image-graph.ts';
import type { PlannedWork } from '../../actions/lib/plan/make-plan.ts';

/** A node of a made-up graph; its id is `name`, or `name@platform` for one of several platforms. */
export interface MadeNode {
  readonly name: string;
  readonly platform?: string;
  readonly severalPlatforms?: boolean;
  readonly runner?: readonly string[];
  /** Ids. */
  readonly parents?: readonly string[];
  /** In a registry, so not to be built. */
  readonly isThere?: boolean;
}

/** Takes nodes parents first; all that are not there are to be built. */
export function workToCut(made: readonly MadeNode[]): Pick<PlannedWork, 'graph' | 'nodes' | 'decisions'> {
  const nodes = made.map((one) => {
    const platform = one.platform ?? 'linux/amd64';
    return {
      id: idOf(one),
      image: { name: one.name, runner: one.runner ?? [] },
      platform,
      parents: one.parents ?? [],
    } as unknown as ImageNode;
  });
  const keyed = nodes.map((node) => [node.id, { node, key: madeKey(node.id) }] as const);
  const decisions = made.map((one) => [idOf(one), { action: one.isThere ? 'hit' : 'build' }] as const);
  return {
    graph: { nodes },
    nodes: new Map(keyed) as unknown as PlannedWork['nodes'],
    decisions: new Map(decisions) as unknown as PlannedWork['decisions'],
  };
}

/** The id of a made-up node. */
export function idOf({ name, platform = 'linux/amd64', severalPlatforms = false }: MadeNode): string {
  return severalPlatforms ? `${name}@${platform}` : name;
}

/** The key a made-up node has. */
export function madeKey(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
