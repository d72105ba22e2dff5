import { formatImageReference } from '../image/image-reference.ts';
import { checkKeeper, type Keeper } from '../publish/keeper.ts';
import { readPublished } from '../publish/read-published.ts';
import type { RecordsPlace } from './follow-records.ts';
import { type StoredManifest, vanished } from './inventory.ts';

/** Branches of another repository would look as if they were gone. @throws DarkroomError `publish/other-keeper` */
export async function checkKeepers(
  { client, ref }: Pick<RecordsPlace, 'client' | 'ref'>,
  records: readonly StoredManifest[],
  keeper: Keeper,
): Promise<void> {
  for (const {
    digest,
    tags: [tag = ''],
  } of records) {
    const read = await readPublished(client, { ...ref, digest });
    if (read === null) throw vanished({ ...ref, digest });
    checkKeeper(keeper, read.record.keeper, formatImageReference({ ...ref, tag }));
  }
}
