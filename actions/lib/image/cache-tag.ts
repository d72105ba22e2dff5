import { MAX_TAG_LENGTH } from './tag-template.ts';

/** Tag of an image's BuildKit cache for a branch and platform. */
export function cacheTag(branch: string, platform: string): string {
  return `cache-${branch}-${platform}`.replace(/[^\w.-]+/g, '-').slice(0, MAX_TAG_LENGTH);
}
