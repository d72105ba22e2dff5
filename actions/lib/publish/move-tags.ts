import pLimit from 'p-limit';
import type { RepositoryOf } from '../image/repository-of.ts';
import type { RegistryClient } from '../registry/registry.ts';

/** A tag and the digest it is to name. */
export interface TagTarget {
  readonly image: string;
  readonly tag: string;
  readonly to: string;
}

/** At most this many requests at once. */
const CONCURRENCY = 16;

/**
 * Moves tags. Whether they still stand there afterwards is for the caller to ask: others may move them too. After a failure
 * no further one is begun, and those that were are waited for: once this has thrown, no tag moves any more.
 */
export async function moveTags(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  targets: readonly TagTarget[],
): Promise<void> {
  const slots = pLimit(CONCURRENCY);
  const failures: unknown[] = [];
  const move = async ({ image, tag, to }: TagTarget): Promise<void> => {
    if (failures.length > 0) return;
    try {
      await client.copyManifestTag({ ...repositoryOf(image), digest: to }, tag);
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(targets.map((one) => slots(move, one)));
  if (failures.length > 0) throw failures[0];
}

/** Where tags stand, in the order asked; `null`: nowhere. */
export async function headTags(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  tags: readonly { readonly image: string; readonly tag: string }[],
): Promise<readonly (string | null)[]> {
  const slots = pLimit(CONCURRENCY);
  return Promise.all(
    tags.map(({ image, tag }) =>
      slots(async () => (await client.headManifest({ ...repositoryOf(image), tag }))?.digest ?? null),
    ),
  );
}

/** Those of the tags that do not stand where they should. */
export async function strayTags<Target extends TagTarget>(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  targets: readonly Target[],
): Promise<readonly Target[]> {
  const heads = await headTags(client, repositoryOf, targets);
  return targets.filter(({ to }, index) => heads[index] !== to);
}
