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
  /** Reference by digest that each parent and upstream was bound to, by the name the Dockerfile uses. */
  readonly bound: Readonly<Record<string, string>>;
}

/** The last published state of a branch, and where it was read. */
export interface EarlierPublish {
  readonly record: PublishedRecord;
  readonly repositoryOf: RepositoryOf;
}

/** Finds what was published last: on the branch, else on the default branch; in the registries in order. */
export async function readEarlierPublish(
  client: RegistryClient,
  registries: readonly AskedRegistry[],
  branches: readonly (string | null)[],
): Promise<EarlierPublish | null> {
  const tags = [...new Set(branches.map(publishedTag))];
  for (const { repositoryOf, answers } of registries) {
    if (!(await answers())) continue;
    for (const tag of tags) {
      const record = await readPublished(client, { ...repositoryOf('darkroom'), tag });
      if (record !== null) return { record, repositoryOf };
    }
  }
  return null;
}

/** Reads the earlier pre-images of some nodes; a node that was not published, or whose pre-image is gone, is left out. */
export async function readEarlierPreimages(
  client: RegistryClient,
  earlier: EarlierPublish | null,
  nodes: readonly { readonly id: string; readonly image: { readonly name: string } }[],
): Promise<ReadonlyMap<string, Preimage>> {
  if (earlier === null) return new Map();
  const slots = pLimit(16);
  const read = async (id: string, image: string): Promise<readonly [string, Preimage] | null> => {
    const key = earlier.record.keys[id];
    if (key === undefined) return null;
    const document = await getJson(client, { ...earlier.repositoryOf(image), tag: preTag(key) });
    return document === null ? null : [id, parsePreimage((document as Partial<PreimageDocument>).preimage)];
  };
  const found = await Promise.all(nodes.map(({ id, image }) => slots(() => read(id, image.name))));
  return new Map(found.filter((one) => one !== null));
}
