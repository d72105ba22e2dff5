import { formatImageReference } from '../image/image-reference.ts';
import { DARKROOM, readTag } from '../prune/darkroom-tags.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { checkKeeper, type Keeper } from './keeper.ts';
import { readPublished } from './read-published.ts';

/**
 * A branch or release that was never published has no record to be held against; any other record of the home says whose it
 * is. Asks for the list of records and, as a rule, for one of them.
 * @param ref the repository of the records
 * @throws DarkroomError `publish/other-keeper`, `publish/bad-record`, `registry/…`
 */
export async function checkFirstPublish(
  client: RegistryClient,
  { registry, repository }: RepositoryReference,
  keeper: Keeper,
): Promise<void> {
  for (const tag of await client.listTags({ registry, repository })) {
    if (readTag(DARKROOM, tag).kind !== 'record') continue;
    const ref = { registry, repository, tag };
    const other = (await readPublished(client, ref))?.record.keeper;
    if (other === undefined) continue;
    checkKeeper(keeper, other, formatImageReference(ref));
    return;
  }
}
