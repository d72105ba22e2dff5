import { cacheTag } from '../image/cache-tag.ts';
import type { Platform } from '../matrix/matrix.ts';

/** Where one image's BuildKit cache is read, best first, and where it is written. */
export interface CacheReferences {
  readonly from: readonly string[];
  readonly to: string | null;
}

/** What decides on the caches of a run. */
export interface CachePlace {
  /** `null`: there is none, or it does not answer; a cache in it would only be waited for. */
  readonly home: string | null;
  readonly target: string;
  /** `null`: a tag, or a detached HEAD. */
  readonly branch: string | null;
  readonly defaultBranch: string;
  readonly inWorkflow: boolean;
}

/**
 * Names the caches of a run. Read are the branch's own and the default branch's, in the target and then in home; written
 * is the branch's own, in the target. A target that is not home dies with the job of a workflow, and home may not be
 * written from there: then the default branch's in home is read and none is written. Nor does a run without a branch.
 */
export function cacheReferences({
  home,
  target,
  branch,
  defaultBranch,
  inWorkflow,
}: CachePlace): (image: string, platform: Platform) => CacheReferences {
  const own = branch === null ? [] : [branch];
  const isHome = target === home;
  const isFleeting = inWorkflow && !isHome;
  return (image, platform) => {
    const reference = (registry: string, name: string): string =>
      `${registry}/${image}:${cacheTag(name, platform)}`;
    const inTarget = isFleeting
      ? []
      : [...new Set([...own, defaultBranch])].map((name) => reference(target, name));
    const inHome = isHome || home === null ? [] : [reference(home, defaultBranch)];
    return {
      from: [...inTarget, ...inHome],
      to: branch === null || isFleeting ? null : reference(target, branch),
    };
  };
}
