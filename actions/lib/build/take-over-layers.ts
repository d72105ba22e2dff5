import type { KeyedNode } from '../plan/key-nodes.ts';
import type { BuildPorts } from './build-node.ts';

/**
 * Gives a node's repository the layers of its parents: BuildKit asks for every layer before it pushes it, but takes over
 * only those it has pulled from the same registry, and sends the others again. Where that fails, they are sent.
 */
export async function takeOverLayers(
  { node }: KeyedNode,
  { client, ...ports }: Pick<BuildPorts, 'client' | 'targetRepository' | 'parent'>,
): Promise<void> {
  const own = ports.targetRepository(node.image.name);
  const takeOver = async (id: string, platform: string): Promise<void> => {
    const { repository, platformDigest } = await ports.parent(id, platform);
    if (repository.registry !== own.registry || repository.repository === own.repository) return;
    const manifest = await client.getManifest({ ...repository, digest: platformDigest });
    if (manifest?.document.kind !== 'image') return;
    const digests = manifest.document.layers.map(({ digest }) => digest);
    await Promise.all(digests.map((digest) => client.mountBlob(own, repository, digest)));
  };
  const parents = node.references.filter((reference) => reference.kind === 'parent');
  await Promise.allSettled(parents.map((parent) => takeOver(parent.node, parent.platform)));
}
