/** Finds the manifest of one platform: what parents and upstreams are bound by, never the index around it. */

import { DarkroomError } from '../errors/darkroom-error.ts';
import { listNames } from '../errors/nearest-name.ts';
import type { Platform } from '../matrix/matrix.ts';
import { isManifestType, MANIFEST_TYPES } from './manifest-document.ts';
import type {
  Descriptor,
  ImageDocument,
  IndexDocument,
  ManifestReference,
  RegistryClient,
} from './registry.ts';
import { describeReference } from './registry-address.ts';
import { badAnswer } from './registry-failure.ts';

interface PlatformParts {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** What an architecture without a variant means: https://github.com/containerd/platforms (normalisation). */
const DEFAULT_VARIANT: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8', arm: 'v7' };
/** Build records beside the images of an index: https://docs.docker.com/build/metadata/attestations/attestation-storage/ */
const ATTESTATION = 'attestation-manifest';
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** Picks the image manifest that runs best on a platform, or nothing; the same or an older variant runs. */
export function selectPlatformManifest(
  index: Pick<IndexDocument, 'manifests'>,
  platform: Platform,
): Descriptor | null {
  const wanted = parsePlatform(platform);
  let best: { descriptor: Descriptor; rank: number } | undefined;
  for (const descriptor of imagesOf(index)) {
    const rank = descriptor.platform === undefined ? null : rankPlatform(descriptor.platform, wanted);
    if (rank !== null && (best === undefined || rank > best.rank)) best = { descriptor, rank };
  }
  return best?.descriptor ?? null;
}

/**
 * The digest of the platform manifest at a reference, or `null` when the registry holds nothing there. A reference to a
 * single manifest is that manifest, if its config says the platform.
 *
 * @throws DarkroomError `registry/no-platform` when the reference exists but not for this platform
 */
export async function resolvePlatformDigest(
  client: Pick<RegistryClient, 'getManifest' | 'getBlob'>,
  ref: ManifestReference,
  platform: Platform,
): Promise<string | null> {
  const manifest = await client.getManifest(ref);
  if (manifest === null) return null;
  const { document } = manifest;
  if (document.kind === 'index') {
    const selected = selectPlatformManifest(document, platform);
    if (selected === null)
      throw noPlatform(
        ref,
        platform,
        imagesOf(document).map(({ platform }) => platform),
      );
    return selected.digest;
  }
  const actual = await configPlatform(client, ref, document);
  if (rankPlatform(actual, parsePlatform(platform)) === null) throw noPlatform(ref, platform, [actual]);
  return manifest.digest;
}

function imagesOf(index: Pick<IndexDocument, 'manifests'>): readonly Descriptor[] {
  return index.manifests.filter(
    ({ mediaType, annotations }) =>
      isManifestType(mediaType) &&
      mediaType !== MANIFEST_TYPES.ociIndex &&
      mediaType !== MANIFEST_TYPES.dockerList &&
      annotations?.['vnd.docker.reference.type'] !== ATTESTATION,
  );
}

/** Higher is better; `null` does not run. */
function rankPlatform(offered: PlatformParts, wanted: PlatformParts): number | null {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return null;
  const has = variantOf(offered);
  const needs = variantOf(wanted);
  if (has === needs) return Number.POSITIVE_INFINITY;
  const [older, newer] = [variantNumber(has), variantNumber(needs)];
  return older !== null && newer !== null && older <= newer ? older : null;
}

function variantOf({ architecture, variant }: PlatformParts): string {
  return variant ?? DEFAULT_VARIANT[architecture] ?? '';
}

function variantNumber(variant: string): number | null {
  return /^v\d+(\.\d+)?$/.test(variant) ? Number(variant.slice(1)) : null;
}

function parsePlatform(platform: Platform): PlatformParts {
  const [os = '', architecture = '', variant] = platform.split('/');
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

async function configPlatform(
  client: Pick<RegistryClient, 'getBlob'>,
  ref: ManifestReference,
  image: ImageDocument,
): Promise<PlatformParts> {
  const bytes = await client.getBlob(ref, image.config.digest, { maxBytes: MAX_CONFIG_BYTES });
  const { os, architecture, variant } = parseConfig(bytes) ?? {};
  if (typeof os !== 'string' || typeof architecture !== 'string') {
    throw badAnswer(
      `read the platform of ${describeReference(ref)}`,
      'its config names none: it is no image',
    );
  }
  return typeof variant === 'string' && variant !== '' ? { os, architecture, variant } : { os, architecture };
}

function parseConfig(bytes: Buffer): { os?: unknown; architecture?: unknown; variant?: unknown } | null {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

function noPlatform(
  ref: ManifestReference,
  platform: Platform,
  offered: readonly (PlatformParts | undefined)[],
): DarkroomError {
  const names = offered.map((parts) => {
    if (parts === undefined) return 'one without a platform';
    return [parts.os, parts.architecture, parts.variant].filter((part) => part !== undefined).join('/');
  });
  const there = names.length === 0 ? 'nothing' : listNames([...new Set(names)]);
  return new DarkroomError({
    code: 'registry/no-platform',
    message: `${describeReference(ref)} has no image for "${platform}", only for ${JSON.stringify(there)}.`,
    hint: 'Name a platform that is there, or another image.',
  });
}
