import { DarkroomError } from '../errors/darkroom-error.ts';
import { keyTag, preTag } from '../key/content-key.ts';
import { PREIMAGE_TYPE, type PreimageDocument } from '../plan/earlier-builds.ts';
import { digestOfJson, putJson } from '../registry/artifact.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';

/**
 * Writes the pre-image and then the key, and gives what stands there. First writer wins: a second builder of the same key
 * adopts what the first one wrote. No registry can be told to write a tag only where there is none, so the key is looked
 * at once more right before: between builders on one machine the caller's lock does the rest, between machines a few
 * milliseconds are left, and what children then bind is what each reads back. The loser may have put its own pre-image over
 * the winner's by then, with which the winner's image would count as stale: so the winner looks at that as well.
 *
 * @param stale digest seen at the key that does not count as written
 * @throws DarkroomError `build/key-lost`
 */
export async function writeKey(
  client: RegistryClient,
  repository: RepositoryReference,
  {
    key,
    document,
    stale,
  }: { readonly key: string; readonly document: PreimageDocument; readonly stale: string | null },
): Promise<string> {
  const [keyRef, preRef] = [
    { ...repository, tag: keyTag(key) },
    { ...repository, tag: preTag(key) },
  ];
  const isFree = async (): Promise<boolean> => {
    const head = await client.headManifest(keyRef);
    return head === null || head.digest === stale;
  };
  if (await isFree()) {
    await putJson(client, preRef, PREIMAGE_TYPE, document);
    if (await isFree()) {
      await client.copyManifestTag({ ...repository, digest: document.image }, keyRef.tag);
    }
  }
  const written = await client.headManifest(keyRef);
  if (written?.digest === document.image) {
    const beside = await client.headManifest(preRef);
    if (beside?.digest !== digestOfJson(PREIMAGE_TYPE, document)) {
      await putJson(client, preRef, PREIMAGE_TYPE, document);
    }
  }
  if (written !== null) return written.digest;
  throw new DarkroomError({
    code: 'build/key-lost',
    message: `"${repository.registry}/${repository.repository}:${keyRef.tag}" was written, but the registry does not have it.`,
    hint: 'Look at the registry: its storage may be full, or something deletes tags while this runs.',
  });
}
