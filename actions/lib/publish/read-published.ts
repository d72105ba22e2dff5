/** Reads the records of what was published. */
import { formatImageReference } from '../image/image-reference.ts';
import { getJson } from '../registry/artifact.ts';
import type { ManifestReference, RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { type PublishedRecord, parsePublishedRecord } from './published-record.ts';

/** A record and where exactly it lies. */
export interface ReadRecord {
  readonly record: PublishedRecord;
  readonly digest: string;
}

/** What a registry says was published on one branch or tag. */
export interface PublishedState {
  /** The record as it stands. */
  readonly latest: ReadRecord | null;
  /** The last publish that was finished; the same, unless that one was interrupted. */
  readonly finished: ReadRecord | null;
}

/** Reads the record at a reference, or nothing when there is none. @throws DarkroomError `publish/bad-record` */
export async function readPublished(
  client: RegistryClient,
  ref: ManifestReference,
): Promise<ReadRecord | null> {
  let digest = '';
  const reader: Pick<RegistryClient, 'getManifest' | 'getBlob'> = {
    async getManifest(one) {
      const manifest = await client.getManifest(one);
      digest = manifest?.digest ?? '';
      return manifest;
    },
    getBlob: (...request) => client.getBlob(...request),
  };
  const document = await getJson(reader, ref);
  if (document === null) return null;
  return { record: parsePublishedRecord(document, formatImageReference(ref)), digest };
}

/** Reads the record at a tag and, when that publish was interrupted, the one before. */
export async function readPublishedState(
  client: RegistryClient,
  ref: RepositoryReference & { readonly tag: string },
): Promise<PublishedState> {
  const latest = await readPublished(client, ref);
  if (latest === null || latest.record.state === 'done') return { latest, finished: latest };
  const { registry, repository } = ref;
  const { previous } = latest.record;
  const finished =
    previous === null ? null : await readPublished(client, { registry, repository, digest: previous });
  return { latest, finished };
}
