const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
].join(', ');

interface Manifest {
  readonly layers?: readonly { readonly digest: string; readonly size: number }[];
  readonly manifests?: readonly { readonly digest: string; readonly platform?: { readonly os?: string } }[];
}

/** Returns the packed sizes of an image's layers by digest, empty when there is no such image; attestations are not looked at. */
export async function layersOf(
  registry: string,
  repository: string,
  reference: string,
): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/${reference}`, {
    headers: { accept: MANIFESTS },
  });
  if (response.status === 404) return new Map();
  const manifest: Manifest = JSON.parse(await response.text());
  const image = manifest.manifests?.find(({ platform }) => platform?.os === 'linux');
  if (image !== undefined) return layersOf(registry, repository, image.digest);
  return new Map(manifest.layers?.map(({ digest, size }) => [digest, size]));
}
