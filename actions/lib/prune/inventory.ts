/** What lies in one repository, as far as it can be known: every listed manifest with what it is made of. */
import pLimit from 'p-limit';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { formatImageReference } from '../image/image-reference.ts';
import type { Manifest, RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { isDigest } from '../registry/registry-address.ts';
import { readTag } from './darkroom-tags.ts';
import type { ListedManifest, ManifestStore } from './manifest-store.ts';

/** A manifest and what it names. */
export interface StoredManifest extends ListedManifest {
  /** Bytes of the manifest itself. */
  readonly size: number;
  /** Manifests of the same repository that it is made of. */
  readonly children: readonly string[];
  /** What it is a signature or attestation of: by its own word, or by a tag that says so. */
  readonly subjects: readonly string[];
  /** Its config and layers. */
  readonly blobs: readonly { readonly digest: string; readonly size: number }[];
}

/** By digest. */
export type Inventory = ReadonlyMap<string, StoredManifest>;

const CONCURRENCY = 16;

/**
 * Reads a repository. What no list has is found through what names it: the parts of an index, what a signature is of, and
 * the digests that the caller knows of.
 * @throws DarkroomError `registry/…`, `prune/vanished` where any of it cannot be read: then nothing can be said of the rest
 * either
 */
export async function readInventory(
  { client, store }: { readonly client: Pick<RegistryClient, 'getManifest'>; readonly store: ManifestStore },
  image: string,
  ref: RepositoryReference,
  known: Iterable<string>,
): Promise<Inventory> {
  const slots = pLimit(CONCURRENCY);
  const listed = await store.list(ref);
  const isListed = new Set(listed.map(({ digest }) => digest));
  const found = new Map<string, StoredManifest>();
  const seen = new Set<string>();
  const unlisted = (digest: string): ListedManifest => ({ digest, tags: [], createdAt: null, id: null });
  let next: readonly ListedManifest[] = [...listed, ...[...known].map(unlisted)];
  while (next.length > 0) {
    const wanted = next.filter(({ digest }) => !seen.has(digest) && seen.add(digest));
    const read = await Promise.all(
      wanted.map((one) => slots(() => client.getManifest({ ...ref, digest: one.digest }))),
    );
    const stored = wanted.flatMap((one, index) => {
      const manifest = read[index];
      if (manifest != null) return [toStored(image, one, manifest)];
      if (isListed.has(one.digest)) throw vanished({ ...ref, digest: one.digest });
      return [];
    });
    for (const one of stored) found.set(one.digest, one);
    next = stored.flatMap(({ children, subjects }) => [...children, ...subjects].map(unlisted));
  }
  return found;
}

/** The error for what a registry says it has, and then not: what such a manifest names is not known, and may have to stay. */
export function vanished(ref: RepositoryReference & { readonly digest: string }): DarkroomError {
  return new DarkroomError({
    code: 'prune/vanished',
    message: `The registry lists ${JSON.stringify(formatImageReference(ref))}, and answers that it is not there.`,
    hint: 'Somebody deleted it at this moment, or the registry contradicts itself: run this again.',
  });
}

function toStored(image: string, listed: ListedManifest, { bytes, document }: Manifest): StoredManifest {
  const companions = listed.tags.flatMap((tag) => {
    const meaning = readTag(image, tag);
    return meaning.kind === 'companion' ? [meaning.subject] : [];
  });
  return {
    ...listed,
    size: bytes.length,
    subjects: [...new Set([...companions, ...ownSubject(bytes)])],
    ...(document.kind === 'index'
      ? { children: document.manifests.map(({ digest }) => digest), blobs: [] }
      : {
          children: [],
          blobs: [document.config, ...document.layers].map(({ digest, size }) => ({ digest, size })),
        }),
  };
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#image-manifest-property-descriptions */
function ownSubject(bytes: Buffer): readonly string[] {
  const { subject } = JSON.parse(bytes.toString('utf8')) as { subject?: { digest?: unknown } | null };
  return typeof subject?.digest === 'string' && isDigest(subject.digest) ? [subject.digest] : [];
}
