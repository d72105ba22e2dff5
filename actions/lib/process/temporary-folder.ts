/** Folders that live no longer than the process that made them, whatever ends it. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from 'signal-exit';

/** A folder that lives no longer than the process. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** `darkroom-<name space>-<process>-<six characters>`. */
const NAME = /^darkroom-(?<space>\d+)-(?<pid>\d+)-\w{6}$/;

/**
 * Makes an empty folder that only this user may look into. It is removed by `remove`, at the latest when the process ends,
 * be it by Ctrl-C; after a SIGKILL the next `sweepTemporaryFolders` does it where it lies in the system's own folder.
 */
export function makeTemporaryFolder(parent: string = tmpdir()): TemporaryFolder {
  // In one step with the promise to remove it, so that no signal comes in between.
  const path = mkdtempSync(join(parent, `darkroom-${nameSpace()}-${process.pid}-`));
  // A child that dies with us may write a moment longer.
  const forget = onExit(() => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      forget();
    },
  };
}

/** Removes the folders of processes that are gone; what cannot be removed stays, and is nobody's failure. */
export async function sweepTemporaryFolders(): Promise<void> {
  const space = nameSpace();
  for (const name of readdirSync(tmpdir())) {
    const owner = NAME.exec(name)?.groups;
    // Processes of another container that shares the folder cannot be seen from here.
    if (owner === undefined || owner.space !== space || isAlive(Number(owner.pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Number of the name space in which process numbers count: pid_namespaces(7); `0` where there is none. */
function nameSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
