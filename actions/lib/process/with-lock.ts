import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/**
 * Runs `work` while no other command holds the folder, or the name in it; waits for its turn for as long as an engine
 * takes to build.
 */
export async function withLock<Result>(
  folder: string,
  work: () => Promise<Result>,
  name = '',
): Promise<Result> {
  await mkdir(folder, { recursive: true });
  const release = await lock(join(folder, name), {
    realpath: false,
    lockfilePath: join(folder, `${name}.lock`),
    // A holder refreshes its lock; one that died is overtaken after this long.
    stale: 15_000,
    // A machine that slept comes back to a lock somebody else took; what is done under it is safe to do twice.
    onCompromised: () => undefined,
    retries: { retries: 7200, factor: 1, minTimeout: 250, maxTimeout: 250 },
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
