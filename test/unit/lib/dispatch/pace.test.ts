import { describe, expect, it } from '@jest/globals';
import { advancePace, firstPace, type Load, nextWait } from '../../../../actions/lib/dispatch/pace.ts';

const START = firstPace(0, 0);
const LOAD: Load = { followed: 1, quota: null, now: 0 };
const wait = (load: Partial<Load>, quiet = 0) => nextWait(quiet, START, { ...LOAD, ...load });
/** After so many requests in so many seconds. */
const waitAfter = (requests: number, seconds: number, followed = 1) => {
  const load = { ...LOAD, followed, now: seconds * 1000 };
  return nextWait(0, advancePace(START, requests, load), load);
};

describe('the next look', () => {
  it('comes later the longer nothing happens, but never later than half a minute', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 50].map((quiet) => wait({}, quiet));
    expect(waits).toEqual([3000, 4500, 6750, 10125, 15188, 22782, 30000, 30000]);
  });

  it('waits for what was spent ahead of time', () => {
    expect(waitAfter(20, 0)).toBe(3000);
    expect(waitAfter(30, 0)).toBeGreaterThan(90_000);
    const busy = advancePace(START, 30, LOAD);
    const later = { ...LOAD, now: 200_000 };
    expect(nextWait(0, advancePace(busy, 30, later), later)).toBe(3000);
  });

  it('saves nothing up for later', () => {
    expect(waitAfter(30, 10 * 3600)).toBeGreaterThan(90_000);
  });

  it('owes nothing for runs that are over', () => {
    let pace = START;
    const quota = { limit: 5000, remaining: 4000, resetsAt: 0 };
    // Four runs for an hour, at the pace that four may have; then one.
    for (let now = 0; now < 3_600_000; now += 16_750) {
      pace = advancePace(pace, pace.requests + 4, { followed: 4, quota, now });
    }
    expect(nextWait(0, pace, { followed: 1, quota, now: 3_600_000 })).toBeLessThan(60_000);
  });

  it('makes what is left last until there is more', () => {
    const quota = { limit: 1000, remaining: 40, resetsAt: 600_000 };
    expect(wait({ quota })).toBe(30_000);
    expect(wait({ quota, followed: 3 })).toBe(90_000);
    expect(wait({ quota: { ...quota, remaining: 20 } })).toBe(600_000);
    expect(wait({ quota: { ...quota, remaining: 0 }, now: 600_001 })).toBe(3000);
  });
});
