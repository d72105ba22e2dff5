/** Time that passes only when everybody waits for it. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../actions/lib/forge/clock.ts';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Turns of the event loop without anything new, after which nothing but a wait is left. */
const QUIET_TURNS = 8;

/** Starts at a fixed moment. Only for work that waits for nothing but this clock and what is in this process. */
export function createFakeClock(start = Date.parse('2026-11-02T08:00:00Z')): Clock {
  const sleepers = new Set<Sleeper>();
  let [now, changes, isPumping] = [start, 0, false];

  async function pump(): Promise<void> {
    if (isPumping) return;
    isPumping = true;
    for (let quiet = 0; sleepers.size > 0; ) {
      const before = changes;
      await turn();
      quiet = changes === before ? quiet + 1 : 0;
      if (quiet < QUIET_TURNS) continue;
      const next = [...sleepers].reduce((one, other) => (other.at < one.at ? other : one));
      now = Math.max(now, next.at);
      next.wake();
      quiet = 0;
    }
    isPumping = false;
  }

  return {
    now: () => now,
    sleep(ms, stop) {
      if (stop?.aborted) return Promise.resolve();
      return new Promise((done) => {
        const sleeper: Sleeper = {
          at: now + ms,
          wake() {
            sleepers.delete(sleeper);
            stop?.removeEventListener('abort', sleeper.wake);
            changes += 1;
            done();
          },
        };
        sleepers.add(sleeper);
        changes += 1;
        stop?.addEventListener('abort', sleeper.wake);
        void pump();
      });
    },
  };
}
