/** What was built before: the pre-images that lie beside the keys, written before each key and read by `why`. */
import pLimit from 'p-limit';
import type { RepositoryOf } from '../image/repository-of.ts';
import { type Preimage, preTag } from '../key/content-key.ts';
import { parsePreimage } from '../key/parse-preimage.ts';
import { readPublished } from '../publish/publish-images.ts';
import { type PublishedRecord, publishedTag } from '../publish/published-record.ts';
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

/** The last published state of a branch in one registry. */
export interface EarlierPublish {
  readonly record: PublishedRecord;
  readonly repositoryOf: RepositoryOf;
}

/** Finds what was published last in each registry, in their order: on the first of the branches that has anything. */
export async function readEarlierPublishes(
  client: RegistryClient,
  registries: readonly AskedRegistry[],
  branches: readonly (string | null)[],
): Promise<readonly EarlierPublish[]> {
  const tags = [...new Set(branches.map(publishedTag))];
  const found: EarlierPublish[] = [];
  for (const { repositoryOf, answers } of registries) {
    if (!(await answers())) continue;
    for (const tag of tags) {
      const record = await readPublished(client, { ...repositoryOf('darkroom'), tag });
      if (record === null) continue;
      found.push({ record, repositoryOf });
      break;
    }
  }
  return found;
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
    const publish = earlier.find(({ record }) => Object.hasOwn(record.keys, id));
    const key = publish?.record.keys[id];
    if (publish === undefined || key === undefined) return null;
    const document = await getJson(client, { ...publish.repositoryOf(image), tag: preTag(key) });
    return document === null ? null : [id, parsePreimage((document as Partial<PreimageDocument>).preimage)];
  };
  const found = await Promise.all(nodes.map(({ id, image }) => slots(() => read(id, image.name))));
  return new Map(found.filter((one) => one !== null));
}
