import { describe, expect, test } from '@jest/globals';
import {
  describeProgress,
  formatSeconds,
  type ImageProgress,
} from '../../../../actions/lib/report/image-progress.ts';

describe('describeProgress', () => {
  test.each<[ImageProgress, string]>([
    [{ state: 'waiting', waitsFor: [] }, 'waiting'],
    [{ state: 'waiting', waitsFor: ['base', 'torch'] }, 'waiting for base, torch'],
    [{ state: 'exporting' }, 'exporting the context'],
    [{ state: 'building', phase: null, step: null, bytes: null }, 'building'],
    [{ state: 'building', phase: 'run', step: '3/7 RUN make', bytes: null }, '3/7 RUN make'],
    [
      { state: 'building', phase: 'pull', step: null, bytes: { done: 1_500_000, total: 30_000_000 } },
      'pulling its base · 1.5 MB of 30 MB',
    ],
    [
      { state: 'building', phase: 'context', step: null, bytes: { done: 34, total: null } },
      'sending the context · 34 B',
    ],
    [{ state: 'building', phase: 'push', step: null, bytes: { done: 0, total: 8 } }, 'pushing'],
    [{ state: 'done', outcome: 'built', seconds: 65 }, 'built in 1m 05s'],
    [{ state: 'done', outcome: 'hit', seconds: 0 }, 'already in the registry'],
    [{ state: 'done', outcome: 'failed', seconds: 3.21, note: 'RUN make' }, 'failed after 3.2s: RUN make'],
    [{ state: 'done', outcome: 'blocked', seconds: 0, note: 'base failed' }, 'blocked: base failed'],
    [{ state: 'done', outcome: 'skipped', seconds: 0 }, 'skipped'],
    [{ state: 'done', outcome: 'finished', seconds: 61.2 }, 'done in 1m 01s'],
    [{ state: 'done', outcome: 'kept', seconds: 0.4 }, 'already there'],
    [
      { state: 'working', done: 0.999, message: 'step 2', secondsLeft: 64.2 },
      '99 % · about 1m 05s left · step 2',
    ],
    [{ state: 'working', done: 0, message: 'starting', secondsLeft: null }, '0 % · starting'],
  ])('%j', (progress, expected) => {
    expect(describeProgress(progress)).toBe(expected);
  });
});

describe('formatSeconds', () => {
  test.each([
    [0, '0s'],
    [9.94, '9.9s'],
    [10.4, '10s'],
    [59.6, '1m 00s'],
    [3599.6, '1h 00m'],
    [7325, '2h 02m'],
  ])('%d', (seconds, expected) => {
    expect(formatSeconds(seconds)).toBe(expected);
  });
});
