/** Makes the plan: tree → graph → keys → look-ups → decisions → reasons. Everything outside comes in through ports. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { listNames } from '../errors/nearest-name.ts';
import type { LfsPointer } from '../git/lfs-pointers.ts';
import type { Source, TreeEntry } from '../git/source.ts';
import { buildGraph } from '../graph/build-graph.ts';
import type { ImageGraph, ImageNode } from '../graph/image-graph.ts';
import { taggedImages } from '../graph/tagged-images.ts';
import { floatingTags, resolveTags, type TagEvent } from '../image/tag-template.ts';
import { keyTag } from '../key/content-key.ts';
import type { Matrix } from '../matrix/matrix.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { checkHome } from './check-home.ts';
import { type Decision, decideActions, type NodeState, publishedNodes } from './decide-actions.ts';
import { readEarlierPreimages } from './earlier-builds.ts';
import { explainNode } from './explain-node.ts';
import { findRestrictions } from './find-restrictions.ts';
import { type KeyedNode, keyNodes, repositoryPath } from './key-nodes.ts';
import { bindingsOf, type Known, lookBack } from './look-back.ts';
import type { AskedRegistry, FoundKey } from './look-up-keys.ts';
import type { Plan, PlannedImage, Restriction } from './plan.ts';
import { readTexts, resolveImages } from './read-sources.ts';
import { refuseRestricted } from './refuse-restricted.ts';
import { type NodeInputs, selectInputs } from './select-inputs.ts';
import { graphOf, wantedImages } from './wanted-images.ts';
import {
  type PinTable,
  toPlannedUpstream,
  type WantedUpstream,
  wantedUpstreams,
} from './wanted-upstreams.ts';

/** What is to be planned. */
export interface PlanRequest {
  readonly matrix: Matrix;
  readonly source: Source;
  /** The registry that is read, if any. */
  readonly home: string | null;
  /** The registry that is written. */
  readonly target: string;
  /** Path of the matrix, from the top of the repository. */
  readonly matrixPath: string;
  /** Registries that are asked for keys, in this order. */
  readonly registries: readonly AskedRegistry[];
  /** Names of the images asked for; `null`: every image that has a tag. */
  readonly images: readonly string[] | null;
  readonly event: TagEvent;
  /** Its last publish is compared with where the event has none of its own. */
  readonly defaultBranch: string;
}

/** What planning needs of the outside. */
export interface PlanPorts {
  /** `null`: nobody is asked, every action is `unknown`. */
  readonly client: RegistryClient | null;
  pin(wanted: readonly WantedUpstream[]): Promise<PinTable>;
  /** LFS pointers among files of the tree, by path; few trees have any, so the files are gathered when asked for. */
  findLfs(files: () => readonly TreeEntry[]): Promise<ReadonlyMap<string, LfsPointer>>;
}

/** A plan with everything it was made from, so that building needs not look again. */
export interface PlannedWork {
  readonly plan: Plan;
  readonly graph: ImageGraph;
  readonly nodes: ReadonlyMap<string, KeyedNode>;
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly found: ReadonlyMap<string, FoundKey>;
  readonly pins: PinTable;
  readonly lfs: ReadonlyMap<string, LfsPointer>;
  /** What a person most likely meant otherwise. */
  readonly warnings: readonly Problem[];
}

/**
 * Plans every image of a matrix.
 * @throws DarkroomError every problem of the matrix's Dockerfiles and sources at once; `registry/…` when a registry
 * gives no clear answer
 */
export async function makePlan(request: PlanRequest, ports: PlanPorts): Promise<PlannedWork> {
  const { matrix, source } = request;
  const texts = await readTexts(matrix, source);
  const whole = buildGraph(matrix, resolveImages(matrix, source, texts));
  const named = wantedImages(whole, request.images);
  const graph = named === null ? whole : graphOf(whole, named);
  const wanted = named ?? publishedNodes(graph);
  const inputs = selectInputs(graph, source.entries, texts);
  checkCommitted(source, inputs);
  const upstreams = wantedUpstreams(graph);
  const [pins, lfs] = await Promise.all([ports.pin(upstreams), ports.findLfs(() => selectedFiles(inputs))]);
  const nodes = keyNodes(graph, inputs, pins, lfs);
  const known = await lookBack(request, ports.client, nodes);
  checkHome(request, known);
  const states = new Map([...nodes].map(([id, node]) => [id, nodeState(node, known)]));
  const decisions = decideActions(graph, states, wanted);
  const [reasons, restrictions] = await Promise.all([
    explainAll(ports.client, graph, nodes, decisions, known),
    findRestrictions(graph, pins),
  ]);
  const plan: Plan = {
    version: 1,
    source: { ...source.identity, matrix: request.matrixPath },
    event: { branch: request.event.branch, tag: request.event.tag },
    home: request.home,
    homeIsPrivate: matrix.home === 'private',
    target: request.target,
    upstreams: upstreams.map((upstream) => toPlannedUpstream(upstream, pins)),
    images: graph.nodes.map(({ id }) =>
      plannedImage(request, {
        keyed: entryOf(nodes, id),
        decision: entryOf(decisions, id),
        found: known.found.get(id),
        reasons: reasons.get(id) ?? [],
        restrictions: restrictions.get(id) ?? [],
      }),
    ),
  };
  refuseRestricted(plan);
  return {
    plan,
    graph,
    nodes,
    decisions,
    found: known.found,
    pins,
    lfs,
    warnings: taggedImages(matrix, graph),
  };
}

function entryOf<T>(values: ReadonlyMap<string, T>, id: string): T {
  const value = values.get(id);
  if (value === undefined) throw new Error(`${id} was not planned`);
  return value;
}

/** Who changed a file of a context before planning a commit expects the change to be built, and it is not. */
function checkCommitted(source: Source, inputs: ReadonlyMap<string, NodeInputs>): void {
  if (source.differing.length === 0) return;
  const dockerfiles = [...inputs.values()].map(({ dockerfile }) => dockerfile.path);
  const planned = new Set([...dockerfiles, ...selectedFiles(inputs).map(({ path }) => path)]);
  const changed = source.differing.filter((path) => planned.has(path));
  if (changed.length === 0) return;
  throw new DarkroomError(
    {
      code: 'plan/not-committed',
      message: `Files that are built differ from the commit: ${listNames(changed.map((path) => JSON.stringify(path)))}.`,
      hint: 'In a workflow what is built is what is committed: commit or undo these changes, or keep generated files out of the contexts.',
    },
    { kind: 'use' },
  );
}

function selectedFiles(inputs: ReadonlyMap<string, NodeInputs>) {
  const files = new Map(
    [...inputs.values()].flatMap(({ main, contexts }) =>
      [main, ...contexts.values()].flatMap(({ folder, files }) =>
        files.map((file) => {
          const path = repositoryPath(folder, file);
          return [path, { ...file, path }] as const;
        }),
      ),
    ),
  );
  return [...files.values()];
}

function nodeState(node: KeyedNode, { asked, found, stale }: Known): NodeState {
  if (!asked) return 'unknown';
  const { id } = node.node;
  if (node.key !== null) {
    if (found.has(id) && !stale.has(id)) return 'hit';
    if (node.unreachable.length > 0) return 'blocked';
    return stale.has(id) ? 'stale' : 'miss';
  }
  return node.unpinned.some(({ pin }) => pin.state === 'missing') ? 'blocked' : 'unmade';
}

async function explainAll(
  client: RegistryClient | null,
  graph: ImageGraph,
  nodes: ReadonlyMap<string, KeyedNode>,
  decisions: ReadonlyMap<string, Decision>,
  { earlier, stale }: Known,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const built = graph.nodes.filter((node) => decisions.get(node.id)?.action === 'build');
  const preimages = client === null ? new Map() : await readEarlierPreimages(client, earlier, built);
  return new Map(
    [...nodes].map(([id, node]) => [
      id,
      explainNode(node, decisions.get(id), {
        preimage: preimages.get(id) ?? null,
        published: earlier.length > 0,
        staleParents: stale.get(id) ?? [],
      }),
    ]),
  );
}

function plannedImage(
  request: PlanRequest,
  {
    keyed: { node, key },
    decision,
    found,
    reasons,
    restrictions,
  }: {
    readonly keyed: KeyedNode;
    readonly decision: Decision;
    readonly found: FoundKey | undefined;
    readonly reasons: readonly string[];
    readonly restrictions: readonly Restriction[];
  },
): PlannedImage {
  const { image, platform } = node;
  // What is built although it is there will stand where builds are written, as something else perhaps.
  const hit = decision.action === 'hit' ? found : undefined;
  const tag = key === null ? null : keyTag(key);
  return {
    id: node.id,
    name: image.name,
    platform,
    key,
    tag,
    ref: hit?.ref ?? (tag === null ? null : `${request.target}/${image.name}:${tag}`),
    digest: hit?.digest ?? null,
    action: decision.action,
    reasons,
    wave: decision.wave,
    parents: parentNames(node),
    bindings: bindingsOf(node),
    tags: resolveTags(image.tags, request.event, request.defaultBranch),
    floating: floatingTags(image.tags, request.event),
    restrictions,
  };
}

function parentNames(node: ImageNode): readonly string[] {
  return [...new Set(node.references.flatMap((one) => (one.kind === 'parent' ? [one.image] : [])))];
}
