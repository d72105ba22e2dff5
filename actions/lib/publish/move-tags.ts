import pLimit from 'p-limit';
import { DarkroomError } from '../errors/darkroom-error.ts';
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
 * Moves tags, and checks that each stands where it should.
 * @throws DarkroomError `publish/not-moved` when the registry answers with another digest afterwards
 */
export async function moveTags(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  targets: readonly TagTarget[],
): Promise<void> {
  const slots = pLimit(CONCURRENCY);
  const move = async ({ image, tag, to }: TagTarget): Promise<void> => {
    const repository = repositoryOf(image);
    await client.copyManifestTag({ ...repository, digest: to }, tag);
    const head = await client.headManifest({ ...repository, tag });
    if (head?.digest === to) return;
    throw new DarkroomError({
      code: 'publish/not-moved',
      message: `The tag "${tag}" of "${image}" was moved to ${to}, but the registry answers ${head?.digest ?? 'nothing'}.`,
      hint: 'Something else moves this tag at the same time; run the publish again.',
    });
  };
  await Promise.all(targets.map((one) => slots(() => move(one))));
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
