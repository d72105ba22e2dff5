/** Deletes what was decided on, one after the other, and only while everything is as it was when that was decided. */
import pLimit from 'p-limit';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import type { RegistryClient } from '../registry/registry.ts';
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

/** Why something is not deleted now, and what else is left alone with it. */
interface Moved {
  readonly reason: string;
  readonly ends: 'everything' | 'repository' | 'one';
}

/** How often the tags that people pushed are looked at again: so many deletions take seconds. */
const BATCH = 20;
const CONCURRENCY = 16;

/**
 * Deletes in the given order, each after looking once more. A repository in which a tag is new or has moved since is left
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
      const moved = await movedTag(ports, inventories, image, (tag) => at === 0 || isPeoples(image, tag));
      if (moved !== null) left.push({ image, digest: null, isFailure: false, reason: moved.reason });
      const work = { batch: own.slice(at, at + BATCH), links, held };
      const stopped = moved?.ends ?? (await deleteBatch(ports, inventories, work, { deleted, left }));
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
 * `null` while everything is as it was: no tag of the repository is new, those that are looked at stand where they stood,
 * and so do the records, without which nobody moves a tag.
 */
async function movedTag(
  ports: DeletionPorts,
  inventories: Inventories,
  image: string,
  looksAt: (tag: string) => boolean,
): Promise<Moved | null> {
  const record = await findMoved(ports, DARKROOM, inventories, isRecord);
  if (record !== null) {
    const reason = `somebody planned or published in the meantime ("${DARKROOM}:${record}"): run this again`;
    return { reason, ends: 'everything' };
  }
  const tag = image === DARKROOM ? null : await findMoved(ports, image, inventories, looksAt);
  if (tag === null) return null;
  return { reason: `"${image}:${tag}" was pushed in the meantime: run this again`, ends: 'repository' };
}

function isPeoples(image: string, tag: string): boolean {
  return readTag(image, tag).kind === 'people';
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
  ports: DeletionPorts,
  inventories: Inventories,
  { batch, links, held }: Work,
  { deleted, left }: Growing,
): Promise<Moved['ends'] | null> {
  for (const one of batch) {
    const { image, manifest } = one;
    if (held.has(manifest.digest)) continue;
    const found: { moved: Moved | null } = { moved: null };
    const leave = (reason: string, isFailure = false): void => {
      left.push({ image, digest: manifest.digest, isFailure, reason });
      hold(manifest.digest, links, held);
    };
    try {
      const reason = await ports.store.delete(ports.repositories(image), manifest, async () => {
        found.moved = await movedFrom(ports, inventories, one);
        return found.moved?.reason ?? null;
      });
      if (reason === null) deleted.push(one);
      else leave(reason);
      if (found.moved !== null && found.moved.ends !== 'one') return found.moved.ends;
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      const [problem] = error.problems;
      leave([problem?.message, problem?.hint].join(' ').trim(), true);
      return problem?.code.endsWith('/denied') ? 'repository' : 'everything';
    }
  }
  return null;
}

/** The last look before one goes: at the records, at what is new in its repository, and at its own tags. */
async function movedFrom(
  ports: DeletionPorts,
  inventories: Inventories,
  { image, manifest: { digest, tags } }: Unreached,
): Promise<Moved | null> {
  for (const tag of tags) {
    const head = await ports.client.headManifest({ ...ports.repositories(image), tag });
    if (head !== null && head.digest !== digest) {
      return { reason: `"${image}:${tag}" was moved in the meantime: run this again`, ends: 'one' };
    }
  }
  return movedTag(ports, inventories, image, () => false);
}

/** Whatever belongs to a manifest that stays does, too. */
function hold(digest: string, links: Work['links'], held: Set<string>): void {
  if (held.has(digest)) return;
  held.add(digest);
  for (const next of links.get(digest) ?? []) hold(next, links, held);
}
