/** What is in an image, read from the layers the registry holds. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { resolvePlatformDigest } from '../../actions/lib/registry/platform-manifest.ts';
import type { Manifest, ManifestReference, RegistryClient } from '../../actions/lib/registry/registry.ts';

/** By path: `644 content`, `755 content`, `link target` or `folder`. */
export type ImageFiles = Readonly<Record<string, string>>;

const LARGEST = 64 * 1024 * 1024;

/** Unpacks an image and lists it; removals by a later layer are not followed. */
export async function pullFiles(
  client: RegistryClient,
  reference: ManifestReference,
  platform = 'linux/amd64',
): Promise<ImageFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-image-'));
  try {
    for (const layer of await pullLayers(client, reference, platform)) {
      execFileSync('tar', ['-xp', '-C', folder], { input: layer });
    }
    return list(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The layers of an image as tar archives. */
export async function pullLayers(
  client: RegistryClient,
  reference: ManifestReference,
  platform = 'linux/amd64',
): Promise<readonly Buffer[]> {
  const { document } = await platformManifest(client, reference, platform);
  if (document.kind !== 'image') throw new Error('a platform manifest is an image');
  return Promise.all(
    document.layers.map(async ({ digest, mediaType }) => {
      const blob = await client.getBlob(reference, digest, { maxBytes: LARGEST });
      return mediaType.endsWith('+zstd') ? zstdDecompressSync(blob) : gunzipSync(blob);
    }),
  );
}

/** The manifest of one platform. @throws when the registry has none */
export async function platformManifest(
  client: RegistryClient,
  reference: ManifestReference,
  platform = 'linux/amd64',
): Promise<Manifest> {
  const { registry, repository } = reference;
  const digest = await resolvePlatformDigest(client, reference, platform);
  const manifest = digest === null ? null : await client.getManifest({ registry, repository, digest });
  if (manifest === null) throw new Error(`${registry}/${repository} has no image for ${platform} there`);
  return manifest;
}

/** The runtime configuration of an image. */
export async function pullConfig(
  client: RegistryClient,
  reference: ManifestReference,
  platform = 'linux/amd64',
): Promise<{ readonly Labels?: Readonly<Record<string, string>> }> {
  const { document } = await platformManifest(client, reference, platform);
  if (document.kind !== 'image') throw new Error('a platform manifest is an image');
  const bytes = await client.getBlob(reference, document.config.digest, { maxBytes: LARGEST });
  return (JSON.parse(bytes.toString('utf8')) as { readonly config: object }).config;
}

function list(folder: string): ImageFiles {
  const format = ['-mindepth', '1', '-printf', '%P\\0%y\\0%m\\0%l\\0'];
  const fields = execFileSync('find', [folder, ...format], { encoding: 'utf8' }).split('\0');
  const files: Record<string, string> = {};
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [path = '', type, mode, target] = fields.slice(at, at + 4);
    if (type === 'd') files[path] = 'folder';
    else if (type === 'l') files[path] = `link ${target}`;
    else files[path] = `${mode} ${readFileSync(join(folder, path), 'utf8')}`;
  }
  return files;
}
