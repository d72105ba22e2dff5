import { describe, expect, it } from '@jest/globals';
import {
  advance,
  NO_PROGRESS,
  type StageProgress,
  secondsLeft,
} from '../../../../actions/lib/scene/stage-progress.ts';

/** Feeds `[seconds, done]` and gives where that leads. */
const fed = (...heard: readonly (readonly [number, number])[]): StageProgress =>
  heard.reduce((progress, [at, done]) => advance(progress, { done, message: 'm' }, at * 1000), NO_PROGRESS);

/** A steady stage, heard four times a second. */
const steady = (from: number, seconds: number, rate: number, start = 0) =>
  Array.from(
    { length: seconds * 4 + 1 },
    (_, index) => [from + index / 4, start + (index / 4) * rate] as const,
  );

describe('the time a stage still takes', () => {
  it('is not known before there is a pace', () => {
    expect(secondsLeft(NO_PROGRESS, 0)).toBeNull();
    expect(secondsLeft(fed([0, 0]), 10_000)).toBeNull();
    expect(secondsLeft(fed([0, 0], [1, 0.1]), 1000)).toBeNull();
    expect(secondsLeft(fed([0, 0.3], [30, 0.3]), 30_000)).toBeNull();
  });

  it('follows a steady pace, and runs on while nothing is heard', () => {
    const progress = fed(...steady(0, 20, 0.01));
    expect(secondsLeft(progress, 20_000)).toBeCloseTo(80, 5);
    expect(secondsLeft(progress, 25_000)).toBeCloseTo(75, 5);
    expect(secondsLeft(progress, 120_000)).toBeNull();
  });

  it('is not shortened by what a checkpoint had done', () => {
    const progress = fed([0, 0], [0.2, 0.6], ...steady(0.5, 10, 0.01, 0.6));
    expect(secondsLeft(progress, 10_500)).toBeCloseTo(30, -1);
  });

  it('is not shortened by a part that had nothing to do', () => {
    const progress = fed(...steady(0, 20, 0.01), [20.3, 0.5], ...steady(20.5, 10, 0.005, 0.5));
    expect(secondsLeft(progress, 30_500)).toBeCloseTo(90, -1);
  });

  it('follows the last minute where the pace changes', () => {
    const progress = fed(...steady(0, 50, 0.01), ...steady(50, 100, 0.001, 0.5));
    expect(secondsLeft(progress, 150_000)).toBeCloseTo(400, -1);
  });

  it('is known of a stage that speaks every two minutes', () => {
    expect(secondsLeft(fed([0, 0], [120, 0.1], [240, 0.2], [360, 0.3]), 360_000)).toBeCloseTo(840, 5);
  });

  it('is not told when it is more than a day, or at the end', () => {
    expect(secondsLeft(fed([0, 0], [100, 0.0001]), 100_000)).toBeNull();
    expect(secondsLeft(fed([0, 0], [30, 1]), 30_000)).toBeNull();
  });

  it('never goes back, and keeps the last words', () => {
    const progress = advance(fed([0, 0.5]), { done: 0.2, message: 'later' }, 1000);
    expect(progress).toMatchObject({ done: 0.5, message: 'later' });
  });
});
