/** Which packages the releases of Debian and Ubuntu have not, among those that many images install. */
import type { Release } from './base-release.ts';
import facts from './data/apt-packages.json' with { type: 'json' };

/** What took the place of a package. */
export interface Heir {
  readonly name: string;
  /** The old package was empty and only pulled this one in. */
  readonly same: boolean;
}

const MISSING: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(facts.missing).map(([name, releases]) => [name, releases.split(' ')]),
);
const HEIRS: ReadonlyMap<string, Heir> = new Map(Object.entries<Heir>(facts.heirs));

/** Whether anything is known of the packages of a release. */
export function isIndexed({ name, release }: Release): boolean {
  return facts.releases.includes(`${name} ${release}`);
}

/** `apt-get install` does not find the package in this release. */
export function isMissingIn(name: string, { release }: Release): boolean {
  return MISSING.get(name)?.includes(release) === true;
}

/** The package is in some releases of the distribution, and not in others. */
export function isInFewReleases(name: string, distribution: string): boolean {
  const releases = facts.releases.filter((one) => one.startsWith(`${distribution} `));
  const missing = releases.filter((one) => MISSING.get(name)?.includes(one.split(' ')[1] ?? ''));
  return missing.length > 0 && missing.length < releases.length;
}

/** What took the place of a package in a release that has it not. */
export function heirOf(name: string, release: Release): Heir | null {
  const heir = HEIRS.get(name);
  return heir === undefined || isMissingIn(heir.name, release) ? null : heir;
}

/** The package was renamed in the distribution. */
export function hasHeir(name: string): boolean {
  return HEIRS.has(name);
}
