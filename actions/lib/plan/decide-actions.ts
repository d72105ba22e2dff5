/** Decides for every node what happens to it; knows nothing of registries or files. */
import type { ImageGraph, ImageNode } from '../graph/image-graph.ts';
import type { PlannedAction } from './plan.ts';

/**
 * What is known of a node before deciding. `hit` and `miss`: its key is in a registry, or in none; `stale`: its key is
 * there, but was built on another parent than the one at the parent's key; `unmade`: it has no key yet, as an upstream
 * has to be made first; `blocked`: an upstream of its own can be had nowhere; `unknown`: nobody was asked.
 */
export type NodeState = 'hit' | 'miss' | 'stale' | 'unmade' | 'blocked' | 'unknown';

/** What happens to a node. */
export interface Decision {
  readonly action: PlannedAction;
  readonly wave: number | null;
  /** Ids of the built children that need it, when nothing else asks for it. */
  readonly neededBy: readonly string[];
  /** Ids of the nearest blocked parents. */
  readonly blockedBy: readonly string[];
  /** Ids of the built parents for whose sake it is built, though its key is there. */
  readonly rebuiltWith: readonly string[];
}

/** Nodes whose key is there and that are built all the same, with the ids of the built parents that are the reason. */
type Again = ReadonlyMap<string, readonly string[]>;

/**
 * Decides on every node of a graph. A missing node is built when it is wanted or a built child needs it (demand is
 * pruned: a missing parent of a hit stays unbuilt); a node below a blocked one is blocked unless its own key is there.
 * A hit below a built node is built as well: it may have to stand on another manifest afterwards.
 */
export function decideActions(
  graph: ImageGraph,
  states: ReadonlyMap<string, NodeState>,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, Decision> {
  let again: Again = new Map([...states].flatMap(([id, state]) => (state === 'stale' ? [[id, []]] : [])));
  // A hit that is built needs its missing parents, and those may have other hits below them.
  for (;;) {
    const decisions = decideOnce(graph, states, wanted, again);
    const more = findRebuilt(graph, decisions);
    if (more.size === 0) return decisions;
    again = new Map([...again, ...more]);
  }
}

function decideOnce(
  graph: ImageGraph,
  states: ReadonlyMap<string, NodeState>,
  wanted: ReadonlySet<string>,
  again: Again,
): ReadonlyMap<string, Decision> {
  const effective = new Map(
    graph.nodes.map(({ id }) => [id, again.has(id) ? 'stale' : (states.get(id) ?? 'unknown')] as const),
  );
  const blockedBy = findBlocked(graph, effective);
  const neededBy = findDemand(graph, effective, blockedBy, wanted);
  const decisions = new Map<string, Decision>();
  for (const node of graph.nodes) {
    const action = actionOf(stateOf(effective, node), blockedBy.has(node.id), neededBy.has(node.id));
    const waves = node.parents.map((parent) => decisions.get(parent)?.wave ?? 0);
    decisions.set(node.id, {
      action,
      wave: action === 'build' ? 1 + Math.max(0, ...waves) : null,
      neededBy: neededBy.get(node.id) ?? [],
      blockedBy: blockedBy.get(node.id) ?? [],
      rebuiltWith: again.get(node.id) ?? [],
    });
  }
  return decisions;
}

function findRebuilt(graph: ImageGraph, decisions: ReadonlyMap<string, Decision>): Again {
  const rebuilt = new Map<string, readonly string[]>();
  for (const { id, parents } of graph.nodes) {
    if (decisions.get(id)?.action !== 'hit') continue;
    const built = parents.filter(
      (parent) => decisions.get(parent)?.action === 'build' || rebuilt.has(parent),
    );
    if (built.length > 0) rebuilt.set(id, built);
  }
  return rebuilt;
}

/** The nodes a person asks for when naming nothing: every image that has a tag to move. */
export function publishedNodes(graph: ImageGraph): ReadonlySet<string> {
  return new Set(graph.nodes.filter((node) => node.image.tags.length > 0).map((node) => node.id));
}

function actionOf(state: NodeState, blocked: boolean, needed: boolean): PlannedAction {
  if (state === 'unknown' || state === 'hit') return state;
  if (blocked) return 'blocked';
  return needed || state === 'stale' ? 'build' : 'unneeded';
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
    const isAskedFor = needed.has(node.id) || state === 'stale';
    if (!isAskedFor || blocked.has(node.id) || state === 'hit' || state === 'unknown') continue;
    for (const parent of node.parents) {
      if (!wanted.has(parent)) needed.set(parent, [...(needed.get(parent) ?? []), node.id]);
    }
  }
  return needed;
}

function stateOf(states: ReadonlyMap<string, NodeState>, node: ImageNode): NodeState {
  return states.get(node.id) ?? 'unknown';
}
