/** Decides for every node what happens to it; knows nothing of registries or files. */
import type { ImageGraph, ImageNode } from '../graph/image-graph.ts';
import type { PlannedAction } from './plan.ts';

/**
 * What is known of a node before deciding. `hit` and `miss`: its key is in a registry, or in none; `unmade`: it has no
 * key yet, as an upstream has to be made first; `blocked`: an upstream of its own can be had nowhere; `unknown`:
 * nobody was asked.
 */
export type NodeState = 'hit' | 'miss' | 'unmade' | 'blocked' | 'unknown';

/** What happens to a node. */
export interface Decision {
  readonly action: PlannedAction;
  readonly wave: number | null;
  /** Ids of the built children that need it, when nothing else asks for it. */
  readonly neededBy: readonly string[];
  /** Ids of the nearest blocked parents. */
  readonly blockedBy: readonly string[];
}

/**
 * Decides on every node of a graph. A missing node is built when it is wanted or a built child needs it (demand is
 * pruned: a missing parent of a hit stays unbuilt); a node below a blocked one is blocked unless its own key is there.
 */
export function decideActions(
  graph: ImageGraph,
  states: ReadonlyMap<string, NodeState>,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, Decision> {
  const blockedBy = findBlocked(graph, states);
  const neededBy = findDemand(graph, states, blockedBy, wanted);
  const decisions = new Map<string, Decision>();
  for (const node of graph.nodes) {
    const action = actionOf(stateOf(states, node), blockedBy.has(node.id), neededBy.has(node.id));
    const waves = node.parents.map((parent) => decisions.get(parent)?.wave ?? 0);
    decisions.set(node.id, {
      action,
      wave: action === 'build' ? 1 + Math.max(0, ...waves) : null,
      neededBy: neededBy.get(node.id) ?? [],
      blockedBy: blockedBy.get(node.id) ?? [],
    });
  }
  return decisions;
}

/** The nodes a person asks for when naming nothing: every image that has a tag to move. */
export function publishedNodes(graph: ImageGraph): ReadonlySet<string> {
  return new Set(graph.nodes.filter((node) => node.image.tags.length > 0).map((node) => node.id));
}

function actionOf(state: NodeState, blocked: boolean, needed: boolean): PlannedAction {
  if (state === 'unknown' || state === 'hit') return state;
  if (blocked) return 'blocked';
  return needed ? 'build' : 'unneeded';
}

function findBlocked(
  graph: ImageGraph,
  states: ReadonlyMap<string, NodeState>,
): ReadonlyMap<string, readonly string[]> {
  const blocked = new Map<string, readonly string[]>();
  for (const node of graph.nodes) {
    const state = stateOf(states, node);
    if (state === 'hit' || state === 'unknown') continue;
    const parents = node.parents.filter((parent) => blocked.has(parent));
    if (state === 'blocked' || parents.length > 0) blocked.set(node.id, parents);
  }
  return blocked;
}

function findDemand(
  graph: ImageGraph,
  states: ReadonlyMap<string, NodeState>,
  blocked: ReadonlyMap<string, unknown>,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const needed = new Map<string, string[]>();
  for (const id of wanted) needed.set(id, []);
  for (const node of [...graph.nodes].reverse()) {
    const state = stateOf(states, node);
    if (!needed.has(node.id) || blocked.has(node.id) || state === 'hit' || state === 'unknown') continue;
    for (const parent of node.parents) {
      if (!wanted.has(parent)) needed.set(parent, [...(needed.get(parent) ?? []), node.id]);
    }
  }
  return needed;
}

function stateOf(states: ReadonlyMap<string, NodeState>, node: ImageNode): NodeState {
  return states.get(node.id) ?? 'unknown';
}
