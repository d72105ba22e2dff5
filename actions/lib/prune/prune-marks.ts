/**
 * Since when nothing has named what lies in a registry: what is old may have lost its name a moment ago. Of a registry that
 * lists tags alone also the only memory of what lost its last tag and was not deleted yet.
 */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { formatImageReference } from '../image/image-reference.ts';
import { getJson, putJson } from '../registry/artifact.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { isDigest } from '../registry/registry-address.ts';
import { MARKS_TAG } from './darkroom-tags.ts';
import type { ManifestStore } from './manifest-store.ts';

/** Milliseconds since 1970, by image and digest. */
export type Marks = ReadonlyMap<string, ReadonlyMap<string, number>>;

const MARKS_TYPE = 'application/vnd.darkroom.prune-marks.v1+json';

/** @param ref the repository `darkroom` @throws DarkroomError `prune/bad-marks` */
export async function readMarks(client: RegistryClient, ref: RepositoryReference): Promise<Marks> {
  const at = { ...ref, tag: MARKS_TAG };
  const document = await getJson(client, at);
  if (document === null) return new Map();
  const { version, unreached } = document as { version?: unknown; unreached?: unknown };
  const images = version === 1 && typeof unreached === 'object' ? Object.entries(unreached ?? {}) : null;
  const marks = images?.map(
    ([image, own]) => [image, new Map(Object.entries(own ?? {}).map(readMark))] as const,
  );
  if (marks?.every(([, own]) => [...own].every(([digest, since]) => isDigest(digest) && since <= MAX_TIME))) {
    return new Map(marks);
  }
  throw new DarkroomError({
    code: 'prune/bad-marks',
    message: `${JSON.stringify(formatImageReference(at))} holds no marks that this version can read.`,
    hint: 'Delete that tag to start afresh: the time for which things are kept begins anew.',
  });
}

/** The largest time there is: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const MAX_TIME = 8.64e15;

function readMark([digest, since]: [string, unknown]): readonly [string, number] {
  return [digest, Date.parse(String(since))];
}

/** Replaces what was kept so far, and deletes that; where untagged manifests are listed they go with a later prune. */
export async function writeMarks(
  {
    client,
    store,
    ref,
  }: {
    readonly client: RegistryClient;
    readonly store: Pick<ManifestStore, 'listsUntagged'>;
    readonly ref: RepositoryReference;
  },
  marks: Marks,
): Promise<void> {
  const unreached = Object.fromEntries(
    [...marks]
      .filter(([, own]) => own.size > 0)
      .map(([image, own]) => [
        image,
        Object.fromEntries([...own].map(([digest, since]) => [digest, new Date(since).toISOString()])),
      ]),
  );
  const before = await client.headManifest({ ...ref, tag: MARKS_TAG });
  const digest = await putJson(client, { ...ref, tag: MARKS_TAG }, MARKS_TYPE, { version: 1, unreached });
  if (store.listsUntagged) return;
  if (before !== null && before.digest !== digest) await client.deleteManifest(ref, before.digest);
}
