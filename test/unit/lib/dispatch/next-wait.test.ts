import { describe, expect, it } from '@jest/globals';
import { nextWait, type Waiting } from '../../../../actions/lib/dispatch/next-wait.ts';

const NOTHING: Waiting = { quiet: 0, elapsedMs: 0, requests: 0, followed: 1, quota: null, now: 0 };
const wait = (waiting: Partial<Waiting>) => nextWait({ ...NOTHING, ...waiting });

describe('the next look', () => {
  it('comes later the longer nothing happens, but never later than half a minute', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 50].map((quiet) => wait({ quiet }))).toEqual([
      3000, 4500, 6750, 10125, 15188, 22782, 30000, 30000,
    ]);
  });

  it('waits for what was spent ahead of time', () => {
    expect(wait({ requests: 24 })).toBe(3000);
    expect(wait({ requests: 30 })).toBeGreaterThan(90_000);
    expect(wait({ requests: 30, elapsedMs: 600_000 })).toBe(3000);
  });

  it('makes what is left last until there is more', () => {
    const quota = { limit: 1000, remaining: 40, resetsAt: 600_000 };
    expect(wait({ quota })).toBe(30_000);
    expect(wait({ quota, followed: 3 })).toBe(90_000);
    expect(wait({ quota: { ...quota, remaining: 20 } })).toBe(600_000);
    expect(wait({ quota: { ...quota, remaining: 0 }, now: 600_001 })).toBe(3000);
  });
});
