/** Decides what goes: what nothing that is kept names, for long enough; in which order, why, and what becomes free. Pure. */
import { DARKROOM, readTag } from './darkroom-tags.ts';
import type { Inventory, StoredManifest } from './inventory.ts';
import type { Marks } from './prune-marks.ts';
import { type Inventories, keysOf, preimagesOf, type Reached, reach } from './reach.ts';
import type { Roots } from './roots.ts';

/** Something that nothing names which is kept. */
export interface Unreached {
  readonly image: string;
  readonly manifest: StoredManifest;
  /** Part of a sentence, after its name. */
  readonly reason: string;
  /** What becomes free with it, of what is named by nothing else; what several share counts for the first of them. */
  readonly bytes: number;
}

/** One that is kept for a while. */
export interface Waiting extends Unreached {
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** What was decided. */
export interface Verdict {
  /** In the order in which they are deleted: at no moment does something that stays, or is still there, lack a part. */
  readonly goes: readonly Unreached[];
  readonly waits: readonly Waiting[];
  /** How many manifests stay because something names them. */
  readonly reached: number;
  /** Since when nothing names what goes and what waits. */
  readonly marks: Marks;
}

/** What is decided by. */
export interface PruneRules {
  /** Roots of what was published and of the tree. */
  readonly roots: Roots;
  /** The same with those of what is young: a run that goes on now may need them. */
  readonly youngRoots: Roots;
  /** Tags of caches, records and plans that stay. */
  readonly tags: ReadonlySet<string>;
  readonly marks: Marks;
  readonly graceMs: number;
  readonly now: number;
}

/** Looks at everything; images whose inventory is not there are left as they are. */
export function findUnreached(inventories: Inventories, rules: PruneRules): Verdict {
  const reached = reach(inventories, rules.roots, rules.tags);
  const kept = reach(inventories, withYoung(inventories, rules), rules.tags);
  const since = (image: string, one: StoredManifest): number => knownSince(image, one, rules);
  const goes: Omit<Unreached, 'bytes'>[] = [];
  const waits: (Omit<Unreached, 'bytes'> & Pick<Waiting, 'until'>)[] = [];
  for (const [image, inventory] of inventories) {
    const going = new Set([...inventory.keys()].filter((digest) => kept.get(image)?.has(digest) !== true));
    for (const manifest of inOrder(image, inventory, going)) {
      goes.push({ image, manifest, reason: reasonOf(image, inventory, manifest, going) });
    }
    for (const manifest of inventory.values()) {
      if (going.has(manifest.digest) || reached.get(image)?.has(manifest.digest) === true) continue;
      const reason = 'nothing names it that is published, and it may be part of a run that goes on';
      waits.push({ image, manifest, reason, until: since(image, manifest) + rules.graceMs });
    }
  }
  const [bytesOfGoes = [], bytesOfWaits = []] = sizes(inventories, reached, goes, waits);
  return {
    goes: goes.map((one, index) => ({ ...one, bytes: bytesOfGoes[index] ?? 0 })),
    waits: waits.map((one, index) => ({ ...one, bytes: bytesOfWaits[index] ?? 0 })),
    reached: [...reached.values()].reduce((sum, own) => sum + own.size, 0),
    marks: marksOf([...goes, ...waits], since),
  };
}

/**
 * Since when something is known to be named by nothing; what was never seen so is seen so now. What is younger than that was
 * deleted and pushed again.
 */
export function knownSince(
  image: string,
  { digest, createdAt }: Pick<StoredManifest, 'digest' | 'createdAt'>,
  { marks, now }: Pick<PruneRules, 'marks' | 'now'>,
): number {
  return Math.max(createdAt ?? 0, marks.get(image)?.get(digest) ?? now);
}

/** Whether something is too young to go. */
export function isYoung(
  image: string,
  manifest: Pick<StoredManifest, 'digest' | 'createdAt'>,
  rules: Pick<PruneRules, 'marks' | 'now' | 'graceMs'>,
): boolean {
  return knownSince(image, manifest, rules) > rules.now - rules.graceMs;
}

function withYoung(inventories: Inventories, rules: PruneRules): Roots {
  const digests = new Map(
    [...inventories].map(([image, inventory]) => {
      const young = [...inventory.values()].filter((one) => isYoung(image, one, rules));
      const own = rules.youngRoots.digests.get(image) ?? [];
      return [image, new Set([...own, ...young.map(({ digest }) => digest)])] as const;
    }),
  );
  return { keys: rules.youngRoots.keys, digests };
}

/**
 * Puts what names another before it: an index before its parts, a key before its pre-image, an image before its signatures.
 * Whoever finds the rest then finds parts of nothing, never something that lacks a part.
 */
function inOrder(image: string, inventory: Inventory, going: ReadonlySet<string>): readonly StoredManifest[] {
  const before = new Map<string, string[]>();
  const put = (first: string, then: string): void => {
    if (first !== then && going.has(first)) before.set(then, [...(before.get(then) ?? []), first]);
  };
  const preimages = preimagesOf(image, inventory);
  for (const { digest, tags, children, subjects } of inventory.values()) {
    for (const child of children) put(digest, child);
    for (const subject of subjects) put(subject, digest);
    for (const key of keysOf(image, tags)) put(digest, preimages.get(key) ?? digest);
  }
  const ordered: StoredManifest[] = [];
  const done = new Set<string>();
  const visit = (digest: string): void => {
    if (done.has(digest)) return;
    done.add(digest);
    for (const first of before.get(digest) ?? []) visit(first);
    const manifest = inventory.get(digest);
    if (manifest !== undefined) ordered.push(manifest);
  };
  for (const digest of going) visit(digest);
  return ordered;
}

function reasonOf(
  image: string,
  inventory: Inventory,
  { digest, tags, subjects }: StoredManifest,
  going: ReadonlySet<string>,
): string {
  const [meaning] = tags.map((tag) => readTag(image, tag));
  if (meaning?.kind === 'key') return 'no plan and no publish that is kept has this key';
  if (meaning?.kind === 'pre') return 'no plan and no publish that is kept has its key';
  if (meaning?.kind === 'cache') return 'no branch has this cache';
  if (meaning?.kind === 'plan') return 'no publish that is kept names it';
  if (meaning?.kind === 'record') return 'its branch is gone';
  const [subject] = subjects;
  if (subject !== undefined) {
    return `it belongs to ${subject.slice(0, 19)}, which ${going.has(subject) ? 'goes' : 'is gone'}`;
  }
  const index = [...inventory.values()].find((one) => one.children.includes(digest));
  if (index !== undefined) return `it is part of ${index.digest.slice(0, 19)}, which goes`;
  return image === DARKROOM
    ? 'it is older than what can be taken back'
    : 'it has no tag, and nothing that is kept names it';
}

/** Counts every blob once, and only where nothing that stays has it, in whatever repository. */
function sizes(
  inventories: Inventories,
  reached: Reached,
  ...lists: readonly (readonly Omit<Unreached, 'bytes'>[])[]
): readonly (readonly number[])[] {
  const counted = new Set<string>();
  for (const [image, inventory] of inventories) {
    for (const digest of reached.get(image) ?? []) {
      for (const blob of inventory.get(digest)?.blobs ?? []) counted.add(blob.digest);
    }
  }
  // What waits stays for now: what it shares with what goes does not become free yet.
  const later = new Set(
    (lists[1] ?? []).flatMap(({ manifest }) => manifest.blobs.map((blob) => blob.digest)),
  );
  return lists.map((list, index) =>
    list.map(({ manifest }) => {
      let bytes = manifest.size;
      for (const { digest, size } of manifest.blobs) {
        if (counted.has(digest) || (index === 0 && later.has(digest))) continue;
        counted.add(digest);
        bytes += size;
      }
      return bytes;
    }),
  );
}

function marksOf(
  unreached: readonly Omit<Unreached, 'bytes'>[],
  since: (image: string, one: StoredManifest) => number,
): Marks {
  const marks = new Map<string, Map<string, number>>();
  for (const { image, manifest } of unreached) {
    const own = marks.get(image) ?? new Map<string, number>();
    marks.set(image, own.set(manifest.digest, since(image, manifest)));
  }
  return marks;
}
