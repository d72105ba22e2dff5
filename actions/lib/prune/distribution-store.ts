import pLimit from 'p-limit';
import type { RegistryClient } from '../registry/registry.ts';
import type { ListedManifest, ManifestStore } from './manifest-store.ts';

const CONCURRENCY = 16;

/** A registry by the distribution API alone: it lists tags, and deletes by digest. */
export function distributionStore(
  client: Pick<RegistryClient, 'listTags' | 'headManifest' | 'deleteManifest'>,
): ManifestStore {
  const slots = pLimit(CONCURRENCY);
  return {
    listsUntagged: false,
    async list(ref) {
      const tags = await client.listTags(ref);
      const heads = await Promise.all(tags.map((tag) => slots(() => client.headManifest({ ...ref, tag }))));
      const byDigest = new Map<string, string[]>();
      for (const [index, tag] of tags.entries()) {
        // A tag that went in the meantime names nothing.
        const digest = heads[index]?.digest;
        if (digest !== undefined) byDigest.set(digest, [...(byDigest.get(digest) ?? []), tag]);
      }
      return [...byDigest].map(
        ([digest, own]): ListedManifest => ({ digest, tags: own, createdAt: null, id: null }),
      );
    },
    async delete(ref, { digest }, lookAgain) {
      const found: { reason: string | null } = { reason: null };
      await client.deleteManifest(ref, digest, async () => {
        found.reason = await lookAgain();
        return found.reason === null;
      });
      return found.reason;
    },
  };
}
