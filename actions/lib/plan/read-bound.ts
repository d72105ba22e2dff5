import { DarkroomError } from '../errors/darkroom-error.ts';
import { preTag } from '../key/content-key.ts';
import { getJson } from '../registry/artifact.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import type { PreimageDocument } from './earlier-builds.ts';

/**
 * Digests of what an image was built on, by the names its Dockerfile has; `null` when that is not known: nothing
 * readable lies beside its key, or what lies there is of another image.
 */
export async function readBound(
  client: Pick<RegistryClient, 'getManifest' | 'getBlob'>,
  repository: RepositoryReference,
  { key, digest }: { readonly key: string; readonly digest: string },
): Promise<Readonly<Record<string, string>> | null> {
  const document = await readDocument(client, { ...repository, tag: preTag(key) });
  const { image, bound } = (document ?? {}) as Partial<PreimageDocument>;
  if (image !== digest || typeof bound !== 'object' || bound === null) return null;
  return Object.fromEntries(
    Object.entries(bound).map(([name, ref]) => [name, String(ref).replace(/^.*@/, '')]),
  );
}

async function readDocument(
  client: Pick<RegistryClient, 'getManifest' | 'getBlob'>,
  ref: RepositoryReference & { readonly tag: string },
): Promise<unknown> {
  try {
    return await getJson(client, ref);
  } catch (error) {
    // Whatever was pushed there by somebody else, and a document whose content was deleted, say nothing.
    if (error instanceof DarkroomError && error.problems.every(({ code }) => SAYS_NOTHING.has(code)))
      return null;
    throw error;
  }
}

const SAYS_NOTHING: ReadonlySet<string> = new Set(['registry/not-an-artifact', 'registry/not-found']);
