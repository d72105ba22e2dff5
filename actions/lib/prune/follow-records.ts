/** What the records of publishes keep: what is published, and what their rollbacks would put back. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { formatImageReference } from '../image/image-reference.ts';
import type { PublishedRecord } from '../publish/published-record.ts';
import { type ReadRecord, readPublished } from '../publish/read-published.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { DARKROOM } from './darkroom-tags.ts';
import { type Inventory, vanished } from './inventory.ts';
import type { GrowingRoots } from './roots.ts';

/** Where records are read, and how far back. */
export interface RecordsPlace {
  readonly client: RegistryClient;
  /** The repository `darkroom`. */
  readonly ref: RepositoryReference;
  /** How many publishes of each record can still be taken back afterwards. */
  readonly keepPublishes: number;
  /** What that repository was just seen to hold. */
  readonly seen: Inventory;
}

/**
 * Adds everything that a record keeps, and gives the tags of the plans it names. A publish that was interrupted, or is
 * going on, counts with the one before it; a rollback with the publish it took back and the one it went back to.
 * @throws DarkroomError `publish/bad-record`, `prune/old-record`, `prune/vanished`, `registry/…`: what it keeps is not known
 * then
 */
export async function followRecord(
  { client, ref, keepPublishes, seen }: RecordsPlace,
  latest: string,
  roots: GrowingRoots,
): Promise<ReadonlySet<string>> {
  const plans = new Set<string>();
  const budgets = new Map<string, number>();
  const open: (readonly [string, number])[] = [[latest, keepPublishes]];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const [digest, budget] = one;
    // What can be reached in two ways is followed as far as the longer one allows.
    if ((budgets.get(digest) ?? -1) >= budget) continue;
    budgets.set(digest, budget);
    const read = await readPublished(client, { ...ref, digest });
    // A record that an earlier prune took is gone for good; any other that is not found is one that keeps something.
    if (read === null) {
      if (seen.has(digest) || (await client.headManifest({ ...ref, digest })) !== null) {
        throw vanished({ ...ref, digest });
      }
      continue;
    }
    if (read.record.plan === '') throw oldRecord({ ...ref, digest });
    addRecord(read.record, { digest, budget }, roots);
    plans.add(read.record.plan);
    open.push(...linksOf(read.record, budget));
  }
  return plans;
}

/**
 * Adds the records that came before one, as far as they are still there, and everything they were about: of a registry
 * that lists tags alone nobody else knows what carries none any more.
 */
export async function addHistory(
  { client, ref }: Pick<RecordsPlace, 'client' | 'ref'>,
  latest: string,
  known: GrowingRoots,
): Promise<void> {
  let next: string | null = latest;
  while (next !== null) {
    const digest: string = next;
    const read: ReadRecord | null = await readPublished(client, { ...ref, digest });
    if (read !== null) addRecord(read.record, { digest, budget: 1 }, known);
    next = read?.record.previous ?? null;
  }
}

/** Where a rollback would go from here costs one publish; what only says how this came about costs none. */
function linksOf({ state, previous, rollback }: PublishedRecord, budget: number) {
  const isPublish = state === 'done' && rollback === null;
  const links: (readonly [string | null, number])[] = [
    [previous, isPublish ? budget - 1 : budget],
    [rollback?.undone ?? null, budget],
    [rollback?.restored ?? null, budget],
  ];
  return links.flatMap(([digest, left]) => (digest === null || left < 0 ? [] : [[digest, left] as const]));
}

function addRecord(
  { nodes, tags }: PublishedRecord,
  { digest, budget }: { readonly digest: string; readonly budget: number },
  roots: GrowingRoots,
): void {
  roots.addDigest(DARKROOM, digest);
  for (const [id, node] of Object.entries(nodes)) {
    const [image = id] = id.split('@');
    roots.addKey(image, node.key);
    roots.addDigest(image, node.digest);
  }
  for (const { image, from, to } of tags) {
    roots.addDigest(image, to);
    if (from !== null && budget > 0) roots.addDigest(image, from);
  }
}

function oldRecord(ref: RepositoryReference & { readonly digest: string }): DarkroomError {
  return new DarkroomError({
    code: 'prune/old-record',
    message: `Nothing is deleted: ${JSON.stringify(formatImageReference(ref))} was written by an earlier version, and does not say what it keeps.`,
    hint: 'Publish that branch or tag once with this version, which writes a new record.',
  });
}
