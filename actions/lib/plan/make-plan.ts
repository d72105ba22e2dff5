/** Makes the plan: tree → graph → keys → look-ups → decisions → reasons. Everything outside comes in through ports. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { listNames } from '../errors/nearest-name.ts';
import type { LfsPointer } from '../git/lfs-pointers.ts';
import type { Source, TreeEntry } from '../git/source.ts';
import { buildGraph } from '../graph/build-graph.ts';
import type { ImageGraph, ImageNode } from '../graph/image-graph.ts';
import { resolveTags, type TagEvent } from '../image/tag-template.ts';
import { keyTag } from '../key/content-key.ts';
import type { Matrix } from '../matrix/matrix.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { type Decision, decideActions, type NodeState, publishedNodes } from './decide-actions.ts';
import { readEarlierPreimages, readEarlierPublishes } from './earlier-builds.ts';
import { explainNode } from './explain-node.ts';
import { type KeyedNode, keyNodes, repositoryPath } from './key-nodes.ts';
import { type AskedRegistry, type FoundKey, lookUpKeys } from './look-up-keys.ts';
import type { Plan, PlannedImage } from './plan.ts';
import { readTexts, resolveImages } from './read-sources.ts';
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
  /** Registries that are asked for keys, in this order. */
  readonly registries: readonly AskedRegistry[];
  /** Names of the images asked for; `null`: every image that has a tag. */
  readonly images: readonly string[] | null;
  readonly event: TagEvent;
  /** Branches whose last publish is compared with, best first. */
  readonly compareWith: readonly (string | null)[];
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
  const found = await findKeys(request, ports, nodes);
  const states = new Map([...nodes].map(([id, node]) => [id, nodeState(node, found, ports.client !== null)]));
  const decisions = decideActions(graph, states, wanted);
  const reasons = await explainAll(request, ports, graph, nodes, decisions);
  const plan: Plan = {
    version: 1,
    source: { ...source.identity, matrix: matrix.file },
    home: request.home,
    target: request.target,
    upstreams: upstreams.map((upstream) => toPlannedUpstream(upstream, pins)),
    images: graph.nodes.map((node) => plannedImage(request, nodes, decisions, found, reasons, node.id)),
  };
  return { plan, graph, nodes, decisions, found, pins, lfs };
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

async function findKeys(
  request: PlanRequest,
  ports: PlanPorts,
  nodes: ReadonlyMap<string, KeyedNode>,
): Promise<ReadonlyMap<string, FoundKey>> {
  if (ports.client === null) return new Map();
  const wanted = [...nodes].flatMap(([id, { key, node }]) =>
    key === null ? [] : [{ id, image: node.image.name, key }],
  );
  return lookUpKeys(ports.client, wanted, request.registries);
}

function nodeState(node: KeyedNode, found: ReadonlyMap<string, FoundKey>, asked: boolean): NodeState {
  if (!asked) return 'unknown';
  if (node.key !== null) {
    if (found.has(node.node.id)) return 'hit';
    return node.unreachable.length > 0 ? 'blocked' : 'miss';
  }
  return node.unpinned.some(({ pin }) => pin.state === 'missing') ? 'blocked' : 'unmade';
}

async function explainAll(
  request: PlanRequest,
  ports: PlanPorts,
  graph: ImageGraph,
  nodes: ReadonlyMap<string, KeyedNode>,
  decisions: ReadonlyMap<string, Decision>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const built = graph.nodes.filter((node) => decisions.get(node.id)?.action === 'build');
  const { client } = ports;
  const earlier =
    client === null || built.length === 0
      ? []
      : await readEarlierPublishes(client, request.registries, request.compareWith);
  const preimages = client === null ? new Map() : await readEarlierPreimages(client, earlier, built);
  return new Map(
    [...nodes].map(([id, node]) => [
      id,
      explainNode(node, decisions.get(id), preimages.get(id) ?? null, earlier.length > 0),
    ]),
  );
}

function plannedImage(
  request: PlanRequest,
  nodes: ReadonlyMap<string, KeyedNode>,
  decisions: ReadonlyMap<string, Decision>,
  found: ReadonlyMap<string, FoundKey>,
  reasons: ReadonlyMap<string, readonly string[]>,
  id: string,
): PlannedImage {
  const keyed = nodes.get(id);
  const decision = decisions.get(id);
  if (keyed === undefined || decision === undefined) throw new Error(`${id} was not planned`);
  const { node, key } = keyed;
  const { image, platform } = node;
  const hit = found.get(id);
  const tag = key === null ? null : keyTag(key);
  return {
    name: image.name,
    platform,
    key,
    tag,
    ref: hit?.ref ?? (tag === null ? null : `${request.target}/${image.name}:${tag}`),
    digest: hit?.digest ?? null,
    action: decision.action,
    reasons: reasons.get(id) ?? [],
    wave: decision.wave,
    parents: parentNames(node),
    tags: resolveTags(image.tags, request.event),
  };
}

function parentNames(node: ImageNode): readonly string[] {
  return [...new Set(node.references.flatMap((one) => (one.kind === 'parent' ? [one.image] : [])))];
}
