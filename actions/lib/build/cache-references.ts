import type { Platform } from '../matrix/matrix.ts';

/** Where one image's BuildKit cache is read, best first, and where it is written. */
export interface CacheReferences {
  readonly from: readonly string[];
  readonly to: string | null;
}

/**
 * Names the caches of a branch: read are its own and the default branch's, written is its own. A detached HEAD reads the
 * default branch's and writes none.
 */
export function cacheReferences(
  registry: string,
  branch: string | null,
  defaultBranch: string,
): (image: string, platform: Platform) => CacheReferences {
  return (image, platform) => {
    const reference = (name: string): string =>
      `${registry}/${image}:${`cache-${name}-${platform}`.replace(/[^\w.-]+/g, '-').slice(0, 128)}`;
    const branches = [...new Set([...(branch === null ? [] : [branch]), defaultBranch])];
    return { from: branches.map(reference), to: branch === null ? null : reference(branch) };
  };
}
