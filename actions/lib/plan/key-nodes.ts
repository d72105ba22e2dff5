/** Computes the key of every node, parents first. Pure. */
import type { LfsPointer } from '../git/lfs-pointers.ts';
import type { TreeEntry } from '../git/source.ts';
import type { ImageGraph, ImageNode } from '../graph/image-graph.ts';
import {
  contentKey,
  type FileInput,
  fileInputs,
  lfsName,
  type Preimage,
  toFileInput,
} from '../key/content-key.ts';
import type { ContextInputs, NodeInputs } from './select-inputs.ts';
import {
  nodeUpstreams,
  type Pin,
  type PinTable,
  referenceUpstream,
  syntaxUpstream,
  upstreamId,
  type WantedUpstream,
} from './wanted-upstreams.ts';

/** A node with its key, or with the upstreams that keep it from having one. */
export type KeyedNode =
  | {
      readonly node: ImageNode;
      readonly inputs: NodeInputs;
      readonly key: string;
      readonly preimage: Preimage;
      /** Names of upstreams that are pinned but cannot be had. */
      readonly unreachable: readonly string[];
    }
  | {
      readonly node: ImageNode;
      readonly inputs: NodeInputs;
      readonly key: null;
      readonly unpinned: readonly UnpinnedUpstream[];
    };

/** An upstream without a pin; of a parent's, `through` names that parent. */
export interface UnpinnedUpstream {
  readonly upstream: WantedUpstream;
  readonly pin: Exclude<Pin, { state: 'pinned' }>;
  readonly through: string | null;
}

/** Keys every node of the graph; `lfs` holds the LFS pointers among the selected files by repository path. */
export function keyNodes(
  graph: ImageGraph,
  inputs: ReadonlyMap<string, NodeInputs>,
  pins: PinTable,
  lfs: ReadonlyMap<string, LfsPointer>,
): ReadonlyMap<string, KeyedNode> {
  const keyed = new Map<string, KeyedNode>();
  for (const node of graph.nodes) {
    const own = inputs.get(node.id);
    if (own === undefined) throw new Error(`${node.id} has no inputs`);
    const unpinned = [...ownUnpinned(node, pins), ...inheritedUnpinned(node, keyed)];
    if (unpinned.length > 0) {
      keyed.set(node.id, { node, inputs: own, key: null, unpinned });
      continue;
    }
    const preimage = toPreimage(node, own, pins, lfs, keyed);
    const key = contentKey(preimage);
    keyed.set(node.id, { node, inputs: own, key, preimage, unreachable: unreachableUpstreams(node, pins) });
  }
  return keyed;
}

function toPreimage(
  node: ImageNode,
  inputs: NodeInputs,
  pins: PinTable,
  lfs: ReadonlyMap<string, LfsPointer>,
  keyed: ReadonlyMap<string, KeyedNode>,
): Preimage {
  const syntax = syntaxUpstream(node);
  const contexts = [...inputs.contexts].map(([name, context]) => [name, fileInputs(context)] as const);
  return {
    spec: 'darkroom-key/1',
    platform: node.platform,
    target: node.image.target ?? null,
    dockerfile: { blob: inputs.dockerfile.id, syntax: syntax === undefined ? null : pinOf(pins, syntax) },
    args: node.args,
    labels: node.image.labels,
    files: fileInputs(inputs.main),
    contexts: Object.fromEntries<readonly FileInput[]>(contexts),
    lfs: lfsInputs(inputs, lfs),
    secrets: secretVersions(node),
    parents: parentKeys(node, keyed),
    upstreams: upstreamPins(node, pins),
  };
}

/** Only secrets the Dockerfile asks for can reach the image. */
function secretVersions(node: ImageNode): Readonly<Record<string, string>> {
  const asked = node.image.secrets.filter((secret) => node.dockerfile.secretIds.has(secret.id));
  return Object.fromEntries(asked.map((secret) => [secret.id, secret.version]));
}

function parentKeys(
  node: ImageNode,
  keyed: ReadonlyMap<string, KeyedNode>,
): Readonly<Record<string, string>> {
  const parents = node.references.flatMap((reference) => {
    if (reference.kind !== 'parent') return [];
    const key = keyed.get(reference.node)?.key ?? null;
    if (key === null) throw new Error(`${node.id}: its parent ${reference.node} has no key`);
    return [[reference.written, key] as const];
  });
  return Object.fromEntries(parents);
}

function upstreamPins(node: ImageNode, pins: PinTable): Readonly<Record<string, string>> {
  const upstreams = node.references.flatMap((reference) => {
    const upstream = referenceUpstream(reference);
    return upstream === undefined ? [] : [[reference.written, pinOf(pins, upstream)] as const];
  });
  return Object.fromEntries(upstreams);
}

function lfsInputs(
  { main, contexts }: NodeInputs,
  lfs: ReadonlyMap<string, LfsPointer>,
): Readonly<Record<string, string>> {
  if (lfs.size === 0) return {};
  const contents = (context: string | null, { folder, files }: ContextInputs) =>
    files.flatMap((file) => {
      const pointer = lfs.get(repositoryPath(folder, file));
      return pointer === undefined ? [] : [[lfsName(context, toFileInput(file)), pointer.oid] as const];
    });
  const named = [...contexts].flatMap(([name, context]) => contents(name, context));
  return Object.fromEntries([...contents(null, main), ...named]);
}

/** Path of a context's file relative to the repository. */
export function repositoryPath(folder: string, file: TreeEntry): string {
  return folder === '.' ? file.path : `${folder}/${file.path}`;
}

function pinOf(pins: PinTable, upstream: WantedUpstream): string {
  const pin = pins.get(upstreamId(upstream));
  if (pin?.state !== 'pinned') throw new Error(`${upstream.name} has no pin`);
  return pin.pin;
}

function unreachableUpstreams(node: ImageNode, pins: PinTable): readonly string[] {
  return nodeUpstreams(node).flatMap((upstream) => {
    const pin = pins.get(upstreamId(upstream));
    return pin?.state === 'pinned' && pin.unreachable ? [upstream.name] : [];
  });
}

function ownUnpinned(node: ImageNode, pins: PinTable): readonly UnpinnedUpstream[] {
  return nodeUpstreams(node).flatMap((upstream) => {
    const pin = pins.get(upstreamId(upstream)) ?? {
      state: 'missing',
      reason: 'nobody looked for it',
      isFault: true,
    };
    return pin.state === 'pinned' ? [] : [{ upstream, pin, through: null }];
  });
}

function inheritedUnpinned(
  node: ImageNode,
  keyed: ReadonlyMap<string, KeyedNode>,
): readonly UnpinnedUpstream[] {
  return node.parents.flatMap((id) => {
    const parent = keyed.get(id);
    return parent?.key === null ? parent.unpinned.map((one) => ({ ...one, through: one.through ?? id })) : [];
  });
}
