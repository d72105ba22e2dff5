import { setTimeout as delay } from 'node:timers/promises';

/** Port: time as it passes. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Ends early, without an error, when `stop` is aborted. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>;
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, stop) {
    try {
      await delay(ms, undefined, stop === undefined ? {} : { signal: stop });
    } catch (error) {
      if (stop?.aborted !== true) throw error;
    }
  },
};
