import { describe, expect, it, test } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import { PassingFailure, parseRetryAfter } from '../../../../actions/lib/registry/passing-failure.ts';
import { createPatience } from '../../../../actions/lib/registry/polite-retry.ts';

const PROBLEM = { code: 'registry/unavailable', message: 'It failed.' } as const;

function passing(more: { tries?: number; isThrottled?: boolean; retryAfterMs?: number } = {}) {
  return new PassingFailure(PROBLEM, { host: 'a.example', ...more });
}

/** Work that fails some times, and what became of it. */
async function attempt(failures: readonly Error[]) {
  const waits: number[] = [];
  const told: string[] = [];
  const { politely } = createPatience({
    sleep: async (ms) => waits.push(ms),
    onRetry: (line) => told.push(line),
  });
  let tries = 0;
  const work = async () => {
    const failure = failures[tries++];
    if (failure !== undefined) throw failure;
    return 'done';
  };
  const outcome = await politely(work).catch((error: Error) => error.message);
  return { outcome, tries, waits, told };
}

describe('what may pass', () => {
  it('is tried again after waits that may double, and told each time', async () => {
    const { outcome, tries, waits, told } = await attempt([passing(), passing(), passing()]);
    expect([outcome, tries]).toEqual(['done', 4]);
    waits.forEach((ms, index) => {
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(1000 * 2 ** index);
    });
    expect(told).toEqual(Array(3).fill(expect.stringMatching(/^It failed\. Trying again in \d\.\d s\.$/)));
  });

  it('is given up after four times, which is said', async () => {
    await expect(attempt(Array(9).fill(passing()))).resolves.toMatchObject({
      outcome: 'It failed. Tried 4 times.',
      tries: 4,
    });
  });

  it('is given up where the wait is longer than all may take', async () => {
    const patient = passing({ isThrottled: true, retryAfterMs: 100_000 });
    await expect(attempt([patient])).resolves.toMatchObject({ outcome: 'done', tries: 2 });
    await expect(attempt([patient, patient])).resolves.toMatchObject({ tries: 2 });
    await expect(attempt([passing({ retryAfterMs: 3_600_000 })])).resolves.toMatchObject({
      outcome: 'It failed.',
      tries: 1,
      waits: [],
    });
  });

  it('does not include anything else', async () => {
    for (const failure of [new DarkroomError(PROBLEM), new TypeError('a bug')])
      await expect(attempt([failure])).resolves.toMatchObject({ tries: 1, waits: [] });
  });
});

describe('a host that throttles', () => {
  it('gets no request while it asks for patience, then few at once; others go on', async () => {
    let end: () => void = () => undefined;
    const paused = new Promise<void>((done) => {
      end = done;
    });
    const told: string[] = [];
    const { inTurn, politely } = createPatience({ sleep: () => paused, onRetry: (line) => told.push(line) });
    let throttled = 2;
    let running = 0;
    let most = 0;
    let served = 0;
    const request = () =>
      politely(() =>
        inTurn('a.example', async () => {
          most = Math.max(most, ++running);
          await new Promise(setImmediate);
          running--;
          if (throttled-- > 0) throw passing({ isThrottled: true });
          served++;
        }),
      );
    const first = [request(), request()];
    await new Promise((done) => setTimeout(done, 20));
    expect(told).toHaveLength(1);
    most = 0;
    const rest = Promise.all(Array.from({ length: 50 }, request));
    await expect(inTurn('b.example', async () => 'at once')).resolves.toBe('at once');
    await new Promise((done) => setTimeout(done, 20));
    expect(served).toBe(0);
    end();
    await Promise.all([...first, rest]);
    expect(served).toBe(52);
    expect(most).toBe(4);
  });
});

test.each([
  [null, undefined],
  ['0', 0],
  ['120', 120_000],
  [' 7 ', 7000],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2026-01-01', undefined],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
])('Retry-After: %s is a wait of %s ms', (value, expected) => {
  expect(parseRetryAfter(value, Date.UTC(2026, 0, 1))).toBe(expected);
});
