import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that lives no longer than the process. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

const living = new Set<string>();

/** Makes an empty folder that is removed by `remove`, at the latest when the process exits. */
export async function makeTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'darkroom-git-'));
  if (living.size === 0) process.on('exit', removeAll);
  living.add(path);
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      living.delete(path);
      if (living.size === 0) process.off('exit', removeAll);
    },
  };
}

function removeAll(): void {
  for (const path of living) rmSync(path, { recursive: true, force: true });
}
