import { execa } from 'execa';

/** prctl(2): the kernel sends the signal when the parent is gone, however it went. The program keeps its process number. */
const TIED = ['setpriv', '--pdeathsig', 'TERM'] as const;

/**
 * First words of a command line that make a program end with us, even when we are killed; none where the system cannot
 * (it takes Linux and util-linux 2.33): a program that prints into a pipe of ours ends there with the next line it prints.
 */
export async function endWithParent(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const [command, ...options] = TIED;
  const probe = await execa(command, [...options, 'true'], {
    env: { ...env },
    extendEnv: false,
    reject: false,
  });
  return probe.exitCode === 0 ? [...TIED, '--'] : [];
}
