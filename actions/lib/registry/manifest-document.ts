/** Reads manifests: OCI 1.1 and Docker schema 2, image and index, checked structurally; everything else is refused. */

import type { Descriptor, ImageDocument, IndexDocument } from './registry.ts';
import { isDigest } from './registry-address.ts';

/** Media types of the manifests Darkroom understands. */
export const MANIFEST_TYPES = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociImage: 'application/vnd.oci.image.manifest.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

/** Largest manifest that is read; registries refuse larger ones themselves. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** What one asks a registry for. */
export const ACCEPT_MANIFESTS = Object.values(MANIFEST_TYPES).join(', ');

/** A manifest's document, or in one phrase what is wrong with it. */
export type ParsedManifest =
  | { readonly document: IndexDocument | ImageDocument }
  | { readonly fault: string };

/** Whether Darkroom understands manifests of a media type. */
export function isManifestType(mediaType: string): boolean {
  return (Object.values(MANIFEST_TYPES) as string[]).includes(mediaType);
}

/** Reads a manifest's bytes as what its media type says. */
export function parseManifest(bytes: Uint8Array, mediaType: string): ParsedManifest {
  const json = parseObject(bytes);
  if (json === undefined) return { fault: 'it is not a JSON object' };
  if (json.schemaVersion !== 2) return { fault: 'its schemaVersion is not 2' };
  if (json.mediaType !== undefined && json.mediaType !== mediaType) {
    // One document that two readers take for two things: https://github.com/advisories/GHSA-77vh-xpmg-72qh
    return { fault: 'its own media type differs from the one it was served with' };
  }
  const index = mediaType === MANIFEST_TYPES.ociIndex || mediaType === MANIFEST_TYPES.dockerList;
  if (index ? 'layers' in json || 'config' in json : 'manifests' in json) {
    return { fault: 'it is an image and an index at once' };
  }
  return index ? parseIndex(json) : parseImage(json);
}

function parseIndex(json: Record<string, unknown>): ParsedManifest {
  const manifests = parseDescriptors(json.manifests);
  if (manifests === undefined) return { fault: 'its list of manifests is malformed' };
  return { document: { kind: 'index', manifests } };
}

function parseImage(json: Record<string, unknown>): ParsedManifest {
  const config = parseDescriptor(json.config);
  const layers = parseDescriptors(json.layers);
  const artifactType = json.artifactType;
  if (config === undefined) return { fault: 'its config descriptor is malformed' };
  if (layers === undefined) return { fault: 'its list of layers is malformed' };
  if (artifactType !== undefined && typeof artifactType !== 'string')
    return { fault: 'its artifactType is no text' };
  return {
    document: { kind: 'image', config, layers, ...(artifactType === undefined ? {} : { artifactType }) },
  };
}

function parseDescriptors(value: unknown): Descriptor[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const descriptors = value.map(parseDescriptor).filter((descriptor) => descriptor !== undefined);
  return descriptors.length === value.length ? descriptors : undefined;
}

function parseDescriptor(value: unknown): Descriptor | undefined {
  if (!isObject(value)) return undefined;
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest)) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  const platform = parsePlatform(value.platform);
  const annotations = isObject(value.annotations) ? textsOf(value.annotations) : undefined;
  return {
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** A platform that is no platform is left out: its manifest then matches none. */
function parsePlatform(value: unknown): Descriptor['platform'] {
  if (!isObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return typeof variant === 'string' && variant !== '' ? { os, architecture, variant } : { os, architecture };
}

function textsOf(value: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
