import { tryGit } from './git-command.ts';
import type { GitSource } from './git-source.ts';

/** The default branch as the clone remembers it of its origin; `main` where it remembers none. */
export async function readDefaultBranch({ repository }: GitSource): Promise<string> {
  const { exitCode, stdout } = await tryGit(repository, [
    'symbolic-ref',
    '--short',
    'refs/remotes/origin/HEAD',
  ]);
  const branch = stdout
    .toString('utf8')
    .trim()
    .replace(/^origin\//, '');
  return exitCode === 0 && branch !== '' ? branch : 'main';
}
