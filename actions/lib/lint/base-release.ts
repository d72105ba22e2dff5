/** Which release of a distribution a base image stands on, also where its tag does not say. */
import { type BaseFacts, baseFacts } from './base-facts.ts';
import facts from './data/image-tags.json' with { type: 'json' };
import type { Span } from './finding.ts';
import type { LintedStage } from './linted-dockerfile.ts';

/** Tags of one image: those that are still built, with the one beside them that names the release; where the others stand. */
interface ImageTags {
  readonly moving: Readonly<Record<string, string>>;
  readonly settled: Readonly<Record<string, string>>;
}

/** A distribution of which the release is known. */
export interface Release {
  readonly name: string;
  readonly release: string;
}

const OFFICIAL = /^docker\.io\/library\/(\w+)$/;
const IMAGES: ReadonlyMap<string, ImageTags> = new Map(Object.entries<ImageTags>(facts.images));

/** Images that bring nothing but what the distribution has, and no interpreter of Python of their own. */
const BARE = /^(?:docker\.io\/library\/(?:debian|ubuntu)|(?:docker\.io|nvcr\.io)\/nvidia\/cuda)$/;
/** Those, and images of languages on top of them: no further sources of packages but NVIDIA's. */
const PLAIN =
  /^(?:docker\.io\/library\/(?:debian|ubuntu|python|node|golang|rust|ruby|buildpack-deps)|(?:docker\.io|nvcr\.io)\/nvidia\/cuda)$/;

/** The tag that means the same today and names the release, `3.11-slim-trixie` for `3.11-slim`; `null` where none is known. */
export function tagWithRelease({ repository, tag, digest }: BaseFacts): string | null {
  if (tag === null || digest !== null) return null;
  return ownValue(IMAGES.get(OFFICIAL.exec(repository)?.[1] ?? '')?.moving, tag);
}

/** The release a base stands on: as its tag says, else as it is known of the tag. */
export function releaseOf(base: BaseFacts): Release | null {
  const { distribution, repository, tag } = base;
  if (distribution?.release) return { name: distribution.name, release: distribution.release };
  if (tag === null || base.digest !== null) return null;
  const image = OFFICIAL.exec(repository)?.[1] ?? '';
  const moving = tagWithRelease(base);
  const settled = ownValue(IMAGES.get(image)?.settled, tag.replace(/-slim$/, ''));
  const named = moving ?? (settled === null ? null : `${tag}-${settled}`);
  const found = named === null ? null : (baseFacts(`${image}:${named}`)?.distribution ?? null);
  return found?.release ? { name: found.name, release: found.release } : null;
}

/** A distribution as it comes, CUDA aside: its Python is the one of its packages. */
export function isBareDistribution({ repository }: BaseFacts): boolean {
  return BARE.test(repository);
}

/** An image whose packages come from its distribution alone, CUDA aside. */
export function isPlainImage({ repository }: BaseFacts): boolean {
  return PLAIN.test(repository);
}

/** `Debian 13` */
export function releaseName({ name, release }: Release): string {
  const names: Readonly<Record<string, string>> = {
    ...{ ubi: 'UBI', centos: 'CentOS', rockylinux: 'Rocky Linux', almalinux: 'AlmaLinux' },
    amazonlinux: 'Amazon Linux',
  };
  return `${names[name] ?? name.replace(/^./, (letter) => letter.toUpperCase())} ${release}`;
}

/** Where the image stands in a `FROM`. */
export function baseSpan({ from }: LintedStage): Span {
  const { body, command } = from;
  const length = command.kind === 'from' ? command.base.length : body.text.length;
  const start = body.offsets[0] ?? from.start;
  return { start, end: (body.offsets[length - 1] ?? from.end - 1) + 1 };
}

function ownValue(record: Readonly<Record<string, string>> | undefined, key: string): string | null {
  return record !== undefined && Object.hasOwn(record, key) ? (record[key] ?? null) : null;
}
