/** Names of what a refresh keeps in a repository: one of each for every lock. Pure. */

/** Where it is kept. */
export interface RefreshPlaces {
  /** Branch of the pull request. */
  readonly branch: string;
  /** Ref, outside of branches and tags, that holds when something was seen first. */
  readonly seen: string;
}

/** @param lockPath from the top of the repository */
export function refreshPlaces(lockPath: string): RefreshPlaces {
  const name = lockPath.replace(/\.lock$/, '').replace(/[^\w-]+/g, '-');
  const suffix = lockPath === 'action-matrix.lock' ? '' : `-${name}`;
  return { branch: `darkroom/refresh${suffix}`, seen: `darkroom/seen${suffix}` };
}
