/** Folders that live no longer than the process that made them, whatever ends it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from 'signal-exit';
import { isGone, ownProcess } from './process-owner.ts';

/** A folder that lives no longer than the process. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** `darkroom-<owner>-<six characters>`. */
const NAME = /^darkroom-(?<owner>\d+-\d+)-\w{6}$/;

/**
 * Makes an empty folder that only this user may look into. It is removed by `remove`, at the latest when the process ends,
 * be it by Ctrl-C; after a SIGKILL the next `sweepTemporaryFolders` does it where it lies in the system's own folder.
 */
export function makeTemporaryFolder(parent: string = tmpdir()): TemporaryFolder {
  // In one step with the promise to remove it, so that no signal comes in between.
  const path = mkdtempSync(join(parent, `darkroom-${ownProcess()}-`));
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
  for (const name of readdirSync(tmpdir())) {
    const owner = NAME.exec(name)?.groups?.owner;
    if (owner === undefined || !isGone(owner)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}
