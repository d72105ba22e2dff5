/** Decides what a publish does to every tag, given where tags stand and how the publish before it ended. Pure. */
import type { PublishedRecord, TagMove } from './published-record.ts';
import type { PublishedState } from './read-published.ts';

/** A human tag of the set. */
export interface WantedTag {
  readonly image: string;
  readonly tag: string;
  readonly to: string;
  /** Where it stands now. */
  readonly at: string | null;
}

/** What is to be done. */
export interface Moves {
  /** Every tag of the set with where it stood before, and those of images that stay as they were published. */
  readonly tags: readonly TagMove[];
  /** Tags of the set that stand elsewhere. */
  readonly moved: readonly TagMove[];
  /** Tags that only an interrupted publish knew: `to` is where they were before it, `null` when they were not. */
  readonly strays: readonly Stray[];
  /** The finished publish had the same tags at the same digests. */
  readonly isSame: boolean;
}

/** A tag of an interrupted publish that the set does not know. */
export interface Stray {
  readonly image: string;
  readonly tag: string;
  readonly from: string;
  readonly to: string | null;
}

/**
 * Plans the moves of a set.
 * @param kept names of images that are not in the set because they cannot be had now: their tags stay, and stay recorded
 * @param held `image:tag` of those that are another release's now: they stay, whatever an interrupted publish did to them
 */
export function planMoves(
  { latest, finished }: PublishedState,
  wanted: readonly WantedTag[],
  kept: ReadonlySet<string>,
  held: ReadonlySet<string>,
): Moves {
  const interrupted = latest?.record.state === 'moving' ? latest.record.tags : [];
  const before = new Map(interrupted.map((move) => [tagId(move), move]));
  const own = wanted.map(({ image, tag, to, at }): TagMove => {
    // What an interrupted publish did to a tag is no state to come back to.
    const move = before.get(tagId({ image, tag }));
    return { image, tag, from: move === undefined ? at : move.from, to };
  });
  const known = new Set(own.map(tagId));
  const stays = (finished?.record.tags ?? [])
    .filter((move) => kept.has(move.image) && !known.has(tagId(move)))
    .map((move) => ({ ...move, from: move.to }));
  const tags = [...own, ...stays];
  return {
    tags,
    moved: own.filter((_, index) => wanted[index]?.at !== wanted[index]?.to),
    strays: interrupted
      .filter((move) => !known.has(tagId(move)) && !held.has(tagId(move)))
      .map(({ image, tag, from, to }) => ({ image, tag, from: to, to: from })),
    isSame: finished !== null && sameTags(finished.record.tags, tags),
  };
}

/** What the record says while tags are being moved: whoever finds it so knows how to finish or undo every one. */
export function movingTags({ tags, strays }: Pick<Moves, 'tags' | 'strays'>): readonly TagMove[] {
  return [...tags, ...strays.map(({ image, tag, from, to }) => ({ image, tag, from: to, to: to ?? from }))];
}

/** Tags that somebody else moved, or deleted, since the last publish. */
export function movedByOthers(
  { latest }: PublishedState,
  wanted: readonly WantedTag[],
): readonly WantedTag[] {
  // After an interrupted publish nobody can tell who it was.
  if (latest === null || latest.record.state === 'moving') return [];
  const published = new Map(latest.record.tags.map((move) => [tagId(move), move.to]));
  return wanted.filter((one) => {
    const last = published.get(tagId(one));
    return last !== undefined && one.at !== last && one.at !== one.to;
  });
}

/** `image:tag`. */
export function tagId({ image, tag }: Pick<TagMove, 'image' | 'tag'>): string {
  return `${image}:${tag}`;
}

/** Whether two records hold the same keys and digests. */
export function sameNodes(before: PublishedRecord['nodes'], after: PublishedRecord['nodes']): boolean {
  const ids = Object.keys(after);
  return (
    ids.length === Object.keys(before).length &&
    ids.every((id) => before[id]?.key === after[id]?.key && before[id]?.digest === after[id]?.digest)
  );
}

function sameTags(before: readonly TagMove[], after: readonly TagMove[]): boolean {
  const digests = new Map(before.map((move) => [tagId(move), move.to]));
  return digests.size === after.length && after.every((move) => digests.get(tagId(move)) === move.to);
}
