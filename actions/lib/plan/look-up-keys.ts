import pLimit from 'p-limit';
import type { RepositoryOf } from '../image/repository-of.ts';
import { keyTag } from '../key/content-key.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';

/** A registry that may be asked. */
export interface AskedRegistry {
  readonly repositoryOf: RepositoryOf;
  /** Whether it is there to answer; asked only when something is looked for in it. */
  answers(): Promise<boolean>;
}

/** Where a key was found. */
export interface FoundKey {
  /** `<registry>/<image>:key-…`. */
  readonly ref: string;
  readonly repository: RepositoryReference;
  readonly digest: string;
}

/** At most this many HEAD requests at once; registries allow far more, sockets do not pay off beyond. */
const CONCURRENCY = 32;

/**
 * Asks registries for keys, in the order given for each key, all keys at once. Only 404 is a miss.
 * @throws DarkroomError `registry/…` for any answer that is neither a hit nor a miss
 */
export async function lookUpKeys(
  client: RegistryClient,
  wanted: readonly { readonly id: string; readonly image: string; readonly key: string }[],
  registries: readonly AskedRegistry[],
): Promise<ReadonlyMap<string, FoundKey>> {
  const slots = pLimit(CONCURRENCY);
  const found = new Map<string, FoundKey>();
  const lookUp = async ({ id, image, key }: (typeof wanted)[number]): Promise<void> => {
    const tag = keyTag(key);
    for (const { repositoryOf, answers } of registries) {
      if (!(await answers())) continue;
      const repository = repositoryOf(image);
      const head = await slots(() => client.headManifest({ ...repository, tag }));
      if (head === null) continue;
      const ref = `${repository.registry}/${repository.repository}:${tag}`;
      found.set(id, { ref, repository, digest: head.digest });
      return;
    }
  };
  await Promise.all(wanted.map(lookUp));
  return found;
}
