/** Tells the tags that Darkroom writes for itself from those that are for people, which nobody deletes. */
import { cacheTag } from '../image/cache-tag.ts';
import { MAX_TAG_LENGTH } from '../image/tag-template.ts';
import { PLATFORMS } from '../matrix/value-kinds.ts';
import { recordTag } from '../publish/published-record.ts';

/** What a tag is; `hash` is the key's or plan's 32 hexadecimal digits. */
export type TagMeaning =
  | { readonly kind: 'key' | 'pre' | 'plan'; readonly hash: string }
  | { readonly kind: 'cache' | 'marks' }
  | { readonly kind: 'record'; readonly of: 'branch' | 'release' | 'detached' }
  /** A signature, attestation or list of referrers of one manifest, where a registry keeps them under a tag. */
  | { readonly kind: 'companion'; readonly subject: string }
  | { readonly kind: 'people' };

/** Repository of what is about no single image. */
export const DARKROOM = 'darkroom';
/** Tag under which the marks lie in {@link DARKROOM}. */
export const MARKS_TAG = 'prune-marks';

const PEOPLE: TagMeaning = { kind: 'people' };
const HASHED = /^(key|pre|plan)-([0-9a-f]{32})$/;
/**
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema, and the suffixes of cosign:
 * https://github.com/sigstore/cosign/blob/v2.4.1/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
const COMPANION = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** Reads a tag of an image's repository, or of {@link DARKROOM}. What is not surely Darkroom's own is people's. */
export function readTag(image: string, tag: string): TagMeaning {
  const [, companion] = COMPANION.exec(tag) ?? [];
  if (companion !== undefined) return { kind: 'companion', subject: `sha256:${companion}` };
  const [, kind, hash = ''] = HASHED.exec(tag) ?? [];
  if (image === DARKROOM) {
    if (kind === 'plan') return { kind, hash };
    if (tag === MARKS_TAG) return { kind: 'marks' };
    if (tag.startsWith('released-')) return { kind: 'record', of: 'release' };
    if (tag === recordTag({ branch: null, tag: null })) return { kind: 'record', of: 'detached' };
    return tag.startsWith('published-') ? { kind: 'record', of: 'branch' } : PEOPLE;
  }
  if (kind === 'key' || kind === 'pre') return { kind, hash };
  return isCache(tag) ? { kind: 'cache' } : PEOPLE;
}

/** The name of a long branch leaves no room for the platform. */
function isCache(tag: string): boolean {
  if (!tag.startsWith('cache-')) return false;
  return (
    tag.length === MAX_TAG_LENGTH ||
    PLATFORMS.some((one) => tag.endsWith(cacheTag('', one).slice('cache-'.length)))
  );
}

/** Every tag that caches of these branches may have. */
export function cacheTags(branches: readonly string[]): ReadonlySet<string> {
  return new Set(branches.flatMap((branch) => PLATFORMS.map((platform) => cacheTag(branch, platform))));
}

/** Every tag that records of these branches have. */
export function branchRecordTags(branches: readonly string[]): ReadonlySet<string> {
  return new Set(branches.map((branch) => recordTag({ branch, tag: null })));
}
