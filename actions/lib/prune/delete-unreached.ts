/** Deletes what was decided on, one after the other, and only while everything is as it was when that was decided. */
import pLimit from 'p-limit';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { DARKROOM, MARKS_TAG, readTag } from './darkroom-tags.ts';
import type { Unreached } from './find-unreached.ts';
import type { ManifestStore } from './manifest-store.ts';
import { type Inventories, linksOf } from './reach.ts';

/** Something that was not deleted, and why, as a sentence. */
export interface Left {
  readonly image: string;
  /** `null`: nothing of the repository was. */
  readonly digest: string | null;
  /** It could not be looked at or deleted; else it may not be, or not now. */
  readonly isFailure: boolean;
  readonly reason: string;
}

/** What came of it. */
export interface Deletion {
  readonly deleted: readonly Unreached[];
  readonly left: readonly Left[];
}

/** Where is deleted. */
export interface DeletionPorts {
  readonly client: RegistryClient;
  readonly store: ManifestStore;
  readonly repositories: RepositoryOf;
}

/** Some of one repository. */
interface Work {
  readonly batch: readonly Unreached[];
  /** What belongs to each manifest. */
  readonly links: ReadonlyMap<string, readonly string[]>;
  /** What has to stay. */
  readonly held: Set<string>;
}

interface Growing {
  readonly deleted: Unreached[];
  readonly left: Left[];
}

/** How often the records are looked at again: so many deletions take seconds. */
const BATCH = 20;
const CONCURRENCY = 16;

/**
 * Deletes in the given order, after looking once more. A repository in which a tag is new or has moved since is left
 * alone; so is everything that remains once somebody has planned or published, or the registry refuses a repository or
 * asks for more patience than there is.
 */
export async function deleteUnreached(
  ports: DeletionPorts,
  inventories: Inventories,
  goes: readonly Unreached[],
): Promise<Deletion> {
  const deleted: Unreached[] = [];
  const left: Left[] = [];
  for (const own of runsOf(goes)) {
    const image = own[0]?.image ?? '';
    const links = linksOf(image, inventories.get(image) ?? new Map());
    const held = new Set<string>();
    for (let at = 0; at < own.length; at += BATCH) {
      const moved = await movedTag(ports, inventories, image, at === 0);
      if (moved !== null) {
        left.push({ image, digest: null, isFailure: false, reason: moved.reason });
        if (moved.endsAll) return { deleted, left };
        break;
      }
      const stopped = await deleteBatch(
        ports,
        { batch: own.slice(at, at + BATCH), links, held },
        { deleted, left },
      );
      if (stopped === 'everything') return { deleted, left };
      if (stopped === 'repository') break;
    }
  }
  return { deleted, left };
}

/** Cuts a list where the repository changes: its order stays. */
function runsOf(goes: readonly Unreached[]): readonly (readonly Unreached[])[] {
  const runs: Unreached[][] = [];
  for (const one of goes) {
    const last = runs.at(-1);
    if (last?.[0]?.image === one.image) last.push(one);
    else runs.push([one]);
  }
  return runs;
}

/**
 * `null` while everything is as it was. Every tag of the repository is looked at before the first deletion in it; from then
 * on whether there is a new one, and the records, without which nobody moves a tag.
 */
async function movedTag(
  ports: DeletionPorts,
  inventories: Inventories,
  image: string,
  isFirst: boolean,
): Promise<{ readonly reason: string; readonly endsAll: boolean } | null> {
  const records = await findMoved(ports, DARKROOM, inventories, isRecord);
  if (records !== null) {
    const reason = `somebody planned or published in the meantime ("${DARKROOM}:${records}"): run this again`;
    return { reason, endsAll: true };
  }
  const tag = await findMoved(ports, image, inventories, () => isFirst);
  if (tag === null) return null;
  return { reason: `"${image}:${tag}" was pushed in the meantime: run this again`, endsAll: false };
}

function isRecord(tag: string): boolean {
  return readTag(DARKROOM, tag).kind === 'record';
}

/** A tag that is new, or one of those looked at that stands elsewhere; one that is gone takes nothing with it. */
async function findMoved(
  { client, repositories }: DeletionPorts,
  image: string,
  inventories: Inventories,
  looksAt: (tag: string) => boolean,
): Promise<string | null> {
  const before = new Map(
    [...(inventories.get(image)?.values() ?? [])].flatMap(({ digest, tags }) =>
      tags.map((tag) => [tag, digest] as const),
    ),
  );
  const ref = repositories(image);
  // The marks are this command's own.
  const tags = (await client.listTags(ref)).filter((tag) => tag !== MARKS_TAG);
  const added = tags.find((tag) => !before.has(tag));
  if (added !== undefined) return added;
  const slots = pLimit(CONCURRENCY);
  const looked = tags.filter(looksAt);
  const heads = await Promise.all(looked.map((tag) => slots(() => client.headManifest({ ...ref, tag }))));
  return (
    looked.find((tag, index) => heads[index] != null && heads[index]?.digest !== before.get(tag)) ?? null
  );
}

/** Deletes some, but nothing that belongs to one that stays. */
async function deleteBatch(
  { client, store, repositories }: DeletionPorts,
  { batch, links, held }: Work,
  { deleted, left }: Growing,
): Promise<'repository' | 'everything' | null> {
  for (const one of batch) {
    const { image, manifest } = one;
    const ref = repositories(image);
    const leave = (reason: string, isFailure = false): void => {
      left.push({ image, digest: manifest.digest, isFailure, reason });
      hold(manifest.digest, links, held);
    };
    if (held.has(manifest.digest)) continue;
    try {
      const moved = await movedFrom(client, ref, manifest);
      if (moved !== null) {
        leave(`"${image}:${moved}" was moved in the meantime: run this again`);
        continue;
      }
      const reason = await store.delete(ref, manifest);
      if (reason === null) deleted.push(one);
      else leave(reason);
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      const [problem] = error.problems;
      leave([problem?.message, problem?.hint].join(' ').trim(), true);
      return problem?.code.endsWith('/denied') ? 'repository' : 'everything';
    }
  }
  return null;
}

async function movedFrom(
  client: RegistryClient,
  ref: RepositoryReference,
  { digest, tags }: Unreached['manifest'],
): Promise<string | null> {
  for (const tag of tags) {
    const head = await client.headManifest({ ...ref, tag });
    if (head !== null && head.digest !== digest) return tag;
  }
  return null;
}

/** Whatever belongs to a manifest that stays does, too. */
function hold(digest: string, links: Work['links'], held: Set<string>): void {
  if (held.has(digest)) return;
  held.add(digest);
  for (const next of links.get(digest) ?? []) hold(next, links, held);
}
