/** Keeps small JSON documents in a registry, as OCI artifacts that every registry takes: no referrers, no annotations. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { sha256 } from './content-digest.ts';
import { MANIFEST_TYPES } from './manifest-document.ts';
import type { ManifestReference, RegistryClient } from './registry.ts';
import { describeReference } from './registry-address.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor */
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') } as const;

/** The plan of a large graph takes a few megabytes. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

/**
 * Stores a document under a tag, replacing what stood there, and gives the artifact's digest. The same document has the same
 * digest: its members are written in the order they have.
 *
 * @param artifactType - media type of the document, for example `application/vnd.darkroom.plan.v1+json`
 */
export async function putJson(
  client: Pick<RegistryClient, 'putBlob' | 'putManifest'>,
  ref: ManifestReference,
  artifactType: string,
  document: unknown,
): Promise<string> {
  const { bytes, manifest } = toArtifact(artifactType, document);
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new DarkroomError({
      code: 'registry/too-large',
      message: `Cannot store ${describeReference(ref)}: the document has ${bytes.length} bytes, at most ${MAX_DOCUMENT_BYTES} are read back.`,
    });
  }
  await Promise.all([client.putBlob(ref, EMPTY.bytes), client.putBlob(ref, bytes)]);
  return client.putManifest(ref, manifest, MANIFEST_TYPES.ociImage);
}

/** The digest that {@link putJson} gives for a document, without a registry. */
export function digestOfJson(artifactType: string, document: unknown): string {
  return sha256(toArtifact(artifactType, document).manifest);
}

function toArtifact(
  artifactType: string,
  document: unknown,
): { readonly bytes: Buffer; readonly manifest: Buffer } {
  const bytes = Buffer.from(JSON.stringify(document));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPES.ociImage,
    artifactType,
    config: { mediaType: EMPTY.mediaType, digest: sha256(EMPTY.bytes), size: EMPTY.bytes.length },
    layers: [{ mediaType: artifactType, digest: sha256(bytes), size: bytes.length }],
  };
  return { bytes, manifest: Buffer.from(JSON.stringify(manifest)) };
}

/**
 * Reads a document back, or `null` when nothing stands at the reference. The caller checks its contents.
 *
 * @throws DarkroomError `registry/not-an-artifact` when something else stands there
 */
export async function getJson(
  client: Pick<RegistryClient, 'getManifest' | 'getBlob'>,
  ref: ManifestReference,
): Promise<unknown> {
  const manifest = await client.getManifest(ref);
  if (manifest === null) return null;
  const { document } = manifest;
  const layer = document.kind === 'image' && document.layers.length === 1 ? document.layers[0] : undefined;
  if (document.kind !== 'image' || layer === undefined || document.artifactType !== layer.mediaType) {
    throw notAnArtifact(ref, 'an image');
  }
  const bytes = await client.getBlob(ref, layer.digest, { maxBytes: MAX_DOCUMENT_BYTES });
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw notAnArtifact(ref, 'text that is not JSON');
  }
}

function notAnArtifact(ref: ManifestReference, what: string): DarkroomError {
  return new DarkroomError({
    code: 'registry/not-an-artifact',
    message: `${describeReference(ref)} should be a document stored by Darkroom but is ${what}.`,
    hint: 'Something else was pushed under this name. Delete the tag; Darkroom writes it again.',
  });
}
