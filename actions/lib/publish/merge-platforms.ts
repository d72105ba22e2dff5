import { DarkroomError } from '../errors/darkroom-error.ts';
import type { Descriptor, RegistryClient, RepositoryReference } from '../registry/registry.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

/**
 * Stores one index over the images of several platforms, with their attestations, and gives its digest. The bytes
 * depend on the platforms' digests alone, so that whoever writes it last writes the same.
 * @throws DarkroomError `publish/missing-image` when nothing stands at one of the digests
 */
export async function mergePlatforms(
  client: RegistryClient,
  repository: RepositoryReference,
  platforms: readonly { readonly platform: string; readonly digest: string }[],
): Promise<string> {
  const sorted = [...platforms].sort((a, b) => (a.platform < b.platform ? -1 : 1));
  const manifests = await Promise.all(sorted.map((one) => descriptorsOf(client, repository, one)));
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: manifests.flat() };
  return client.putManifest(repository, Buffer.from(JSON.stringify(index)), OCI_INDEX);
}

async function descriptorsOf(
  client: RegistryClient,
  repository: RepositoryReference,
  { platform, digest }: { readonly platform: string; readonly digest: string },
): Promise<readonly Descriptor[]> {
  const manifest = await client.getManifest({ ...repository, digest });
  if (manifest === null) {
    throw new DarkroomError({
      code: 'publish/missing-image',
      message: `"${repository.registry}/${repository.repository}@${digest}" for "${platform}" is gone from the registry.`,
      hint: 'Run the build again: what is missing is built anew.',
    });
  }
  if (manifest.document.kind === 'index') return manifest.document.manifests;
  const [os = '', architecture = '', variant] = platform.split('/');
  const { mediaType, bytes } = manifest;
  return [
    {
      mediaType,
      digest,
      size: bytes.length,
      platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
    },
  ];
}
