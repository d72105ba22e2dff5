/** Makes a home that is kept under a former name that of the present one. */
import type { Keeper } from '../publish/keeper.ts';
import { isOther } from '../publish/keeper.ts';
import { PUBLISHED_TYPE } from '../publish/published-record.ts';
import { readPublished } from '../publish/read-published.ts';
import { putJson } from '../registry/artifact.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { DARKROOM, readTag } from './darkroom-tags.ts';

/**
 * Writes every record that names somebody else again, with what it says and another keeper. Gives how many those were.
 * @param ref the repository `darkroom`
 * @throws DarkroomError `publish/bad-record`, `registry/…`
 */
export async function takeOver(
  client: RegistryClient,
  ref: RepositoryReference,
  keeper: Keeper,
): Promise<number> {
  let taken = 0;
  for (const tag of await client.listTags(ref)) {
    if (readTag(DARKROOM, tag).kind !== 'record') continue;
    const read = await readPublished(client, { ...ref, tag });
    if (read === null || !isOther(keeper, read.record.keeper)) continue;
    await putJson(client, { ...ref, tag }, PUBLISHED_TYPE, { ...read.record, keeper });
    taken += 1;
  }
  return taken;
}
