/** A store that lists everything with its age, as GitHub's packages do, over a registry in memory. */
import type { ListedManifest, ManifestStore } from '../../actions/lib/prune/manifest-store.ts';
import type { MemoryRegistry } from './memory-registry.ts';

/** Makes one. @param createdAt by `repository@digest`, milliseconds since 1970 */
export function listingStore(
  registry: MemoryRegistry,
  createdAt: (name: string) => number = () => 0,
): ManifestStore {
  return {
    listsUntagged: true,
    async list({ repository }) {
      return [...registry.manifests()].flatMap((name, id): readonly ListedManifest[] => {
        if (!name.startsWith(`${repository}@`)) return [];
        const digest = name.slice(repository.length + 1);
        const tags = [...registry.tags()].flatMap(([tag, to]) =>
          to === digest && tag.startsWith(`${repository}:`) ? [tag.slice(repository.length + 1)] : [],
        );
        return [{ digest, tags, createdAt: createdAt(name), id }];
      });
    },
    async delete(ref, { digest }, lookAgain) {
      const reason = await lookAgain();
      if (reason === null) await registry.client.deleteManifest(ref, digest);
      return reason;
    },
  };
}
