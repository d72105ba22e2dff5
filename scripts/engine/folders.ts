/** Owns where Darkroom keeps what it brings to a machine. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The two roots: one that may be deleted at any time, one that holds what was made here. */
export interface Folders {
  /** Engine binaries, downloads, root file systems. */
  readonly cache: string;
  /** Images, the loopback registry, sockets and what runs. */
  readonly state: string;
}

/**
 * Returns the folders of this user, following the XDG base directories.
 * https://specifications.freedesktop.org/basedir-spec/0.8/: a relative value is ignored.
 */
export function findFolders(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): Folders {
  const root = (variable: string, fallback: string): string => {
    const value = environment[variable];
    return join(value !== undefined && isAbsolute(value) ? value : join(home, fallback), 'darkroom');
  };
  return { cache: root('XDG_CACHE_HOME', '.cache'), state: root('XDG_STATE_HOME', '.local/state') };
}
