/** Who keeps a home: one repository with one matrix. Two would move, roll back and delete each other's tags. Pure. */
import { sourceUrl } from '../build/source-url.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { Plan } from '../plan/plan.ts';

/** A matrix of a repository. */
export interface Keeper {
  /** Page of the repository, in lower case; `null` where it has no origin, or one that is no web host's. */
  readonly repository: string | null;
  /** Path of the matrix, from the top of the repository. */
  readonly matrix: string;
}

/** Who publishes a plan; `null` on a machine's own registry, where branches, matrices and clones mix as they like. */
export function keeperOfPlan({
  source,
  home,
  target,
}: Pick<Plan, 'source' | 'home' | 'target'>): Keeper | null {
  return home === target ? keeperOf(source) : null;
}

/** Tells who somebody is by the origin and the matrix. */
export function keeperOf({
  origin,
  matrix,
}: {
  readonly origin: string | null;
  readonly matrix: string;
}): Keeper {
  return { repository: sourceUrl(origin)?.toLowerCase() ?? null, matrix };
}

/** Whether two are surely not the same; what is not known of one is not compared. */
export function isOther(one: Keeper, other: Keeper | undefined): boolean {
  if (other === undefined) return false;
  const isElsewhere =
    one.repository !== null && other.repository !== null && one.repository !== other.repository;
  return isElsewhere || one.matrix !== other.matrix;
}

/**
 * Refuses what a record of somebody else forbids. Records of earlier versions do not say whose they are, and are ours.
 * @param where the record, as a reference
 * @throws DarkroomError `publish/other-keeper`
 */
export function checkKeeper(own: Keeper, other: Keeper | undefined, where: string): void {
  if (other === undefined || !isOther(own, other)) return;
  throw new DarkroomError({
    code: 'publish/other-keeper',
    message: `${JSON.stringify(where)} was published by ${name(other)}; expected ${name(own)}, which this is. One home has one matrix: two would move and delete each other's tags.`,
    hint: 'Give this matrix a "registry" of its own. If the other is only what this repository or matrix was called before, run "darkroom prune --take-over" once, with "--push" for a registry that is not on this machine.',
  });
}

function name({ repository, matrix }: Keeper): string {
  return `the matrix ${JSON.stringify(matrix)} of ${repository === null ? 'an unknown repository' : JSON.stringify(repository)}`;
}
