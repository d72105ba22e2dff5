import { type GitRepository, tryGit } from './git-command.ts';

/**
 * The merge base of two commits as a clone knows it; `null` where it does not hold enough to tell: in a shallow clone the
 * best one may lie behind the cut.
 */
export async function findMergeBase(
  clone: GitRepository,
  one: string,
  other: string,
): Promise<string | null> {
  const shallow = await tryGit(clone, ['rev-parse', '--is-shallow-repository']);
  if (shallow.stdout.toString('utf8').trim() !== 'false') return null;
  const { exitCode, stdout } = await tryGit(clone, ['merge-base', one, other]);
  return exitCode === 0 ? stdout.toString('utf8').trim() : null;
}
