import { DarkroomError } from '../errors/darkroom-error.ts';
import { lastLine, tryGit } from './git-command.ts';
import type { GitSource } from './git-source.ts';
import { type OriginLogin, openOrigin } from './open-origin.ts';
import { withoutCredentials } from './origin-url.ts';

/**
 * Lists every branch of the origin, as it is there now, and of the clone itself.
 * @throws DarkroomError `git/no-origin`, `git/unreachable-origin`
 */
export async function listBranches(
  { repository }: Pick<GitSource, 'repository'>,
  options: OriginLogin & {
    /** Also without an origin, or one that does not answer: nobody else could have published. */ readonly isOwn: boolean;
  },
): Promise<readonly string[]> {
  const own = await tryGit(repository, ['for-each-ref', '--format=%(refname)', 'refs/heads/']);
  const local = namesOf(own.exitCode === 0 ? own.stdout.toString('utf8').split('\n') : []);
  try {
    const { url, env } = await openOrigin(repository, options);
    const listed = await tryGit({ cwd: '/', env }, ['ls-remote', '--quiet', '--heads', '--', url]);
    if (listed.exitCode !== 0) throw unreachable(url, listed.stderr);
    const lines = listed.stdout.toString('utf8').split('\n');
    return [...new Set([...local, ...namesOf(lines.map((line) => line.slice(line.indexOf('\t') + 1)))])];
  } catch (error) {
    if (error instanceof DarkroomError && options.isOwn) return local;
    throw error;
  }
}

function namesOf(refs: readonly string[]): readonly string[] {
  return refs.flatMap((ref) => (ref.startsWith('refs/heads/') ? [ref.slice('refs/heads/'.length)] : []));
}

function unreachable(url: string, stderr: string): DarkroomError {
  const shown = withoutCredentials(url);
  return new DarkroomError({
    code: 'git/unreachable-origin',
    message: `git cannot list the branches of ${JSON.stringify(shown)}: ${lastLine(stderr).replaceAll(url, shown)}`,
    hint: 'Nothing is deleted while nobody can tell which branches exist. Check the network and the token.',
  });
}
