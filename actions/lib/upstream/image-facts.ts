/** What an image says of itself in its config. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { parseImageReference } from '../image/image-reference.ts';
import type { RegistryClient } from '../registry/registry.ts';

/** As its publisher wrote it; nobody vouches for it. */
export interface ImageFacts {
  /**
   * Of the image and of the layers it was made from, in milliseconds: an image that is dated by its sources may stand on
   * layers that are younger.
   */
  readonly dates: readonly number[];
  /** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys */
  readonly version: string | null;
  readonly revision: string | null;
  readonly source: string | null;
}

const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/**
 * Reads them; `null` where the registry does not have the image any more, or what it has is no image.
 * @param reference normalised, as the lock has it
 * @param digest of a platform manifest
 */
export async function readImageFacts(
  client: Pick<RegistryClient, 'getManifest' | 'getBlob'>,
  reference: string,
  digest: string,
): Promise<ImageFacts | null> {
  const { registry, repository } = parseImageReference(reference);
  const manifest = await client.getManifest({ registry, repository, digest });
  if (manifest?.document.kind !== 'image') return null;
  try {
    const limits = { maxBytes: MAX_CONFIG_BYTES };
    const bytes = await client.getBlob({ registry, repository }, manifest.document.config.digest, limits);
    return factsOf(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    // A manifest may outlive what it names.
    if (error instanceof DarkroomError && error.problems[0]?.code === 'registry/not-found') return null;
    throw error;
  }
}

function factsOf(config: unknown): ImageFacts {
  const { created, history, config: run } = (config ?? {}) as Record<string, unknown>;
  const steps = Array.isArray(history)
    ? history.map((step) => (step as { created?: unknown } | null)?.created)
    : [];
  const { Labels: labels } = (run ?? {}) as { Labels?: unknown };
  const label = (name: string): string | null => {
    const value = ((labels ?? {}) as Record<string, unknown>)[`org.opencontainers.image.${name}`];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    dates: [created, ...steps].flatMap((date) => (typeof date === 'string' ? [Date.parse(date)] : [])),
    ...{ version: label('version'), revision: label('revision'), source: label('source') },
  };
}
