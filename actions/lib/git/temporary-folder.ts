import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from 'signal-exit';

/** A folder that lives no longer than the process. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes an empty folder that is removed by `remove`, at the latest when the process ends, be it by Ctrl-C. */
export function makeTemporaryFolder(): TemporaryFolder {
  // In one step with the promise to remove it, so that no signal comes in between.
  const path = mkdtempSync(join(tmpdir(), 'darkroom-git-'));
  // A git that dies with us may write a moment longer.
  const forget = onExit(() => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      forget();
    },
  };
}
