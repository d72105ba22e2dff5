import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/** A holder refreshes its lock; one that died is overtaken after this long. */
const STALE_MS = 15_000;

/**
 * Runs `work` while no other command holds the folder, or the name in it; waits for its turn for as long as an engine
 * takes to build.
 * @param stale milliseconds; longer than `work` may keep the event loop busy
 */
export async function withLock<Result>(
  folder: string,
  work: () => Promise<Result>,
  name = '',
  stale = STALE_MS,
): Promise<Result> {
  await mkdir(folder, { recursive: true });
  const release = await lock(join(folder, name), {
    realpath: false,
    lockfilePath: join(folder, `${name}.lock`),
    stale,
    // A machine that slept comes back to a lock somebody else took; what is done under it is safe to do twice.
    onCompromised: () => undefined,
    retries: { retries: 7200, factor: 1, minTimeout: 250, maxTimeout: 250 },
  });
  try {
    return await work();
  } finally {
    // One that somebody else took meanwhile is not ours to release.
    await release().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERELEASED') throw error;
    });
  }
}
