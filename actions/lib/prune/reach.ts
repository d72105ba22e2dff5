/** Follows what is kept to everything it names. Pure. */
import { DARKROOM, readTag } from './darkroom-tags.ts';
import type { Inventory, StoredManifest } from './inventory.ts';
import { growRoots, type Roots } from './roots.ts';

/** Inventories by image; the repository `darkroom` is one of them. */
export type Inventories = ReadonlyMap<string, Inventory>;

/** Digests by image. */
export type Reached = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Everything that stays because of the roots: manifests that carry a tag for people or one of the tags given, that are
 * named by digest or by key, the parts of every index, the pre-image beside every key, and signatures and attestations
 * with what they are of, also where they lie in another repository.
 * @param tags by which nothing goes, of caches and records
 */
export function reach(inventories: Inventories, roots: Roots, tags: ReadonlySet<string>): Reached {
  const reached = new Map(
    [...inventories].map(([image, inventory]) => [image, reachIn(image, inventory, roots, tags)] as const),
  );
  const more = growRoots(roots);
  const signed = [...inventories].flatMap(([image, inventory]) =>
    signaturesOfOthers(inventory, reached)
      .filter((one) => reached.get(image)?.has(one) !== true)
      .map((one) => [image, one] as const),
  );
  for (const [image, digest] of signed) more.addDigest(image, digest);
  return signed.length === 0 ? reached : reach(inventories, more, tags);
}

/** Digests of what is a signature of something that stays in another repository, where `COSIGN_REPOSITORY` puts it. */
function signaturesOfOthers(inventory: Inventory, reached: Reached): readonly string[] {
  const stays = (subject: string): boolean =>
    !inventory.has(subject) && [...reached.values()].some((own) => own.has(subject));
  return [...inventory.values()].flatMap(({ digest, subjects }) => (subjects.some(stays) ? [digest] : []));
}

function reachIn(
  image: string,
  inventory: Inventory,
  roots: Roots,
  tags: ReadonlySet<string>,
): ReadonlySet<string> {
  const links = linksOf(image, inventory);
  const reached = new Set<string>();
  const isRoot = ({ digest, tags: own }: StoredManifest): boolean =>
    roots.digests.get(image)?.has(digest) === true || own.some((tag) => keeps(image, tag, roots, tags));
  const open = [...inventory.values()].filter(isRoot).map(({ digest }) => digest);
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (reached.has(digest) || !inventory.has(digest)) continue;
    reached.add(digest);
    open.push(...(links.get(digest) ?? []));
  }
  return reached;
}

function keeps(image: string, tag: string, roots: Roots, tags: ReadonlySet<string>): boolean {
  const meaning = readTag(image, tag);
  if (meaning.kind === 'people' || meaning.kind === 'marks') return true;
  if (meaning.kind === 'key' || meaning.kind === 'pre')
    return roots.keys.get(image)?.has(meaning.hash) === true;
  if (meaning.kind === 'record') return meaning.of !== 'branch' || tags.has(tag);
  return (meaning.kind === 'cache' || (meaning.kind === 'plan' && image === DARKROOM)) && tags.has(tag);
}

/** What stays with each manifest that stays: its parts, its pre-image, its signatures, and what it is one of. */
export function linksOf(image: string, inventory: Inventory): ReadonlyMap<string, readonly string[]> {
  const links = new Map<string, string[]>();
  const link = (from: string, to: string): void => {
    links.set(from, [...(links.get(from) ?? []), to]);
  };
  const preimages = preimagesOf(image, inventory);
  for (const { digest, tags, children, subjects } of inventory.values()) {
    for (const child of children) link(digest, child);
    for (const subject of subjects) {
      link(digest, subject);
      link(subject, digest);
    }
    for (const key of keysOf(image, tags)) {
      const preimage = preimages.get(key);
      if (preimage !== undefined) link(digest, preimage);
    }
  }
  return links;
}

/** Digests of the pre-images, by the hash in their tags. */
export function preimagesOf(image: string, inventory: Inventory): ReadonlyMap<string, string> {
  return new Map(
    [...inventory.values()].flatMap(({ digest, tags }) =>
      tags.flatMap((tag) => {
        const meaning = readTag(image, tag);
        return meaning.kind === 'pre' ? [[meaning.hash, digest] as const] : [];
      }),
    ),
  );
}

/** Hashes of the keys among tags. */
export function keysOf(image: string, tags: readonly string[]): readonly string[] {
  return tags.flatMap((tag) => {
    const meaning = readTag(image, tag);
    return meaning.kind === 'key' ? [meaning.hash] : [];
  });
}
