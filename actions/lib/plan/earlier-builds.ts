/** What was built before: the pre-images that lie beside the keys, written before each key and read by `why`. */
import pLimit from 'p-limit';
import type { RepositoryOf } from '../image/repository-of.ts';
import type { TagEvent } from '../image/tag-template.ts';
import { type Preimage, preTag } from '../key/content-key.ts';
import { parsePreimage } from '../key/parse-preimage.ts';
import { type PublishedRecord, recordTag } from '../publish/published-record.ts';
import { readPublished } from '../publish/read-published.ts';
import { getJson } from '../registry/artifact.ts';
import type { RegistryClient } from '../registry/registry.ts';
import type { AskedRegistry } from './look-up-keys.ts';

/** Artifact type of a pre-image. */
export const PREIMAGE_TYPE = 'application/vnd.darkroom.preimage.v1+json';

/** Stored as `<registry>/<image>:pre-<32 hex>`. */
export interface PreimageDocument {
  readonly preimage: Preimage;
  /** Digest of the image it is of: a build that was ended, or lost a race, leaves it beside another one. */
  readonly image: string;
  /** Reference by digest that each parent and upstream was bound to, by the name the Dockerfile uses. */
  readonly bound: Readonly<Record<string, string>>;
}

/** The last published state of a branch or tag in one registry. */
export interface EarlierPublish {
  readonly record: PublishedRecord;
  readonly repositoryOf: RepositoryOf;
}

/** Finds what was published last in each registry, in their order: for the first of the events that has anything. */
export async function readEarlierPublishes(
  client: RegistryClient,
  registries: readonly AskedRegistry[],
  events: readonly TagEvent[],
): Promise<readonly EarlierPublish[]> {
  const tags = [...new Set(events.map(recordTag))];
  const readIn = async ({ repositoryOf, answers }: AskedRegistry): Promise<readonly EarlierPublish[]> => {
    if (!(await answers())) return [];
    for (const tag of tags) {
      const found = await readPublished(client, { ...repositoryOf('darkroom'), tag });
      if (found !== null) return [{ record: found.record, repositoryOf }];
    }
    return [];
  };
  return (await Promise.all(registries.map(readIn))).flat();
}

/**
 * Reads the earlier pre-images of some nodes, each from the first registry that published it; a node that was not
 * published, or whose pre-image is gone, is left out.
 */
export async function readEarlierPreimages(
  client: RegistryClient,
  earlier: readonly EarlierPublish[],
  nodes: readonly { readonly id: string; readonly image: { readonly name: string } }[],
): Promise<ReadonlyMap<string, Preimage>> {
  const slots = pLimit(16);
  const read = async (id: string, image: string): Promise<readonly [string, Preimage] | null> => {
    const publish = earlier.find(({ record }) => Object.hasOwn(record.nodes, id));
    const key = publish?.record.nodes[id]?.key;
    if (publish === undefined || key === undefined) return null;
    const document = await getJson(client, { ...publish.repositoryOf(image), tag: preTag(key) });
    return document === null ? null : [id, parsePreimage((document as Partial<PreimageDocument>).preimage)];
  };
  const found = await Promise.all(nodes.map(({ id, image }) => slots(() => read(id, image.name))));
  return new Map(found.filter((one) => one !== null));
}
