/** Looks up what earlier runs left in the registries: keys, what was published last, and whether both fit together. */
import type { ImageNode } from '../graph/image-graph.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { findStaleParents, type StandingImage, unseenChildren } from './bound-parents.ts';
import { type EarlierPublish, readEarlierPublishes } from './earlier-builds.ts';
import type { KeyedNode } from './key-nodes.ts';
import { type FoundKey, lookUpKeys } from './look-up-keys.ts';
import type { PlanRequest } from './make-plan.ts';

/** What the registries know of earlier runs. */
export interface Known {
  /** Whether anybody was asked. */
  readonly asked: boolean;
  readonly found: ReadonlyMap<string, FoundKey>;
  readonly earlier: readonly EarlierPublish[];
  /** Ids of the parents at whose keys something else stands than what was bound, by the id of a found child. */
  readonly stale: ReadonlyMap<string, readonly string[]>;
}

/** Asks for every key and for what was published last; only what no publish has seen yet is looked at more closely. */
export async function lookBack(
  request: Pick<PlanRequest, 'event' | 'defaultBranch' | 'registries'>,
  client: RegistryClient | null,
  nodes: ReadonlyMap<string, KeyedNode>,
): Promise<Known> {
  if (client === null) return { asked: false, found: new Map(), earlier: [], stale: new Map() };
  const wanted = [...nodes].flatMap(([id, { key, node }]) =>
    key === null ? [] : [{ id, image: node.image.name, key }],
  );
  const events = [request.event, { branch: request.defaultBranch, tag: null }];
  const [found, earlier] = await Promise.all([
    lookUpKeys(client, wanted, request.registries),
    readEarlierPublishes(client, request.registries, events),
  ]);
  const standing = standingImages(nodes, found);
  const unseen = unseenChildren(
    standing,
    earlier.map(({ record }) => record),
  );
  return { asked: true, found, earlier, stale: await findStaleParents(client, unseen, standing) };
}

function standingImages(nodes: ReadonlyMap<string, KeyedNode>, found: ReadonlyMap<string, FoundKey>) {
  return new Map(
    [...found].flatMap(([id, { repository, digest }]): readonly (readonly [string, StandingImage])[] => {
      const keyed = nodes.get(id);
      if (keyed === undefined || keyed.key === null) return [];
      const { node, key } = keyed;
      const { platform } = node;
      return [[id, { id, platform, key, repository, digest, bindings: bindingsOf(node) }]];
    }),
  );
}

/** Ids of a node's parents by the names its Dockerfile has for them. */
export function bindingsOf({ references }: ImageNode): Readonly<Record<string, string>> {
  return Object.fromEntries(
    references.flatMap((one) => (one.kind === 'parent' ? [[one.written, one.node] as const] : [])),
  );
}
