/** Finds the tags that a release shares with others, such as `1`, and has to leave to a higher one. */
import { compare, type SemVer } from 'semver';
import { type FloatingScope, releaseVersion, type TagEvent } from '../image/tag-template.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { tagId } from './plan-moves.ts';
import type { PublishableImage } from './publishable-images.ts';
import type { PublishedRecord, TagMove } from './published-record.ts';
import { readPublished } from './read-published.ts';

/** A tag and the higher release, by its git tag, that has it. */
export interface HeldTag extends Pick<TagMove, 'image' | 'tag'> {
  readonly release: string;
}

/** A tag that several releases of an image share. */
export interface FloatingTag extends Pick<TagMove, 'image' | 'tag'> {
  readonly scope: FloatingScope;
}

/** The name of a record, and the version that it says. */
interface NamedRelease {
  readonly name: string;
  readonly version: SemVer;
}

/**
 * Finds the tags of a release that a higher one has. Each image is decided for itself, by the tags that the records name: a
 * higher release without the image, or without the tag, holds nothing of it. Two versions that differ in their build alone
 * are equal, and the later publish has the tag.
 *
 * Asks nothing where no tag is shared, for the list of records where some are, and for the records of higher releases from
 * the highest down until every shared tag is decided: for the newest release none. What is published at the same moment may
 * have no record yet.
 * @throws DarkroomError `publish/bad-record`, `registry/…`
 */
export async function findHeldTags(
  client: RegistryClient,
  { registry, repository }: RepositoryReference,
  event: TagEvent,
  images: readonly Pick<PublishableImage, 'name' | 'floating'>[],
): Promise<readonly HeldTag[]> {
  const own = event.branch === null ? releaseVersion(event.tag) : null;
  const floating = images.flatMap(({ name, floating }) =>
    Object.entries(floating).map(([tag, scope]): FloatingTag => ({ image: name, tag, scope })),
  );
  if (own === null || floating.length === 0) return [];
  const held = new Map<string, HeldTag>();
  for (const { name, version } of higherReleases(await client.listTags({ registry, repository }), own)) {
    const open = floating.filter((one) => !held.has(tagId(one)) && isShared(one.scope, version, own));
    if (open.length === 0) continue;
    const read = await readPublished(client, { registry, repository, tag: name });
    for (const one of read === null ? [] : heldBy(read.record, own, open)) held.set(tagId(one), one);
  }
  return [...held.values()];
}

/**
 * Names of the records that may be of a release higher than this one, highest first. A git tag with a `+` is no tag of a
 * registry, and its record's name looks like that of a preview with a hash: what it is only the record says.
 */
export function higherReleases(names: readonly string[], own: SemVer): readonly NamedRelease[] {
  const named = names.flatMap((name): readonly NamedRelease[] => {
    const [, written = null] = /^released-(v?\d+\.\d+\.\d+)(?:-.*-[0-9a-f]{8})?$/.exec(name) ?? [];
    const version = releaseVersion(written);
    return version !== null && compare(version, own) > 0 ? [{ name, version }] : [];
  });
  return named.sort((one, other) => compare(other.version, one.version));
}

/** Those of the tags that a record holds: one of a higher release that has not been taken back, and names them. Pure. */
export function heldBy(
  { branch, tag: release, tags, rollback }: Pick<PublishedRecord, 'branch' | 'tag' | 'tags' | 'rollback'>,
  own: SemVer,
  floating: readonly FloatingTag[],
): readonly HeldTag[] {
  const version = branch === null ? releaseVersion(release) : null;
  if (release === null || version === null) return [];
  const isTakenBack = rollback !== null && rollback.restored === null;
  if (isTakenBack || version.prerelease.length > 0 || compare(version, own) <= 0) return [];
  const names = new Set(tags.map(tagId));
  return floating
    .filter((one) => names.has(tagId(one)) && isShared(one.scope, version, own))
    .map(({ image, tag }) => ({ image, tag, release }));
}

function isShared(scope: FloatingScope, one: SemVer, other: SemVer): boolean {
  return one.major === other.major && (scope === 'major' || one.minor === other.minor);
}
