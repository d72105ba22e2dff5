/** How far a stage is, and how long it may still take. */

/** A stage under way. */
export interface StageProgress {
  /** A share from 0 to 1 that never goes back. */
  readonly done: number;
  readonly message: string;
  /** What the rate is read from, oldest first, about a second apart. */
  readonly samples: readonly Sample[];
}

interface Sample {
  /** Milliseconds. */
  readonly at: number;
  readonly done: number;
}

const WINDOW_MS = 60_000;
const LEAST_MS = 5000;
/** A share that is gained at once was not worked for: a stage went on from its checkpoint, or had nothing to do in a part. */
const JUMP = { share: 0.05, withinMs: 2000 };
const LONGEST_SECONDS = 24 * 3600;

/** Before anything was heard. */
export const NO_PROGRESS: StageProgress = { done: 0, message: '', samples: [] };

/** Takes in what a stage says of itself. @param now milliseconds */
export function advance(
  { done, samples }: StageProgress,
  heard: { readonly done: number; readonly message: string },
  now: number,
): StageProgress {
  const next = Math.max(done, heard.done);
  const last = samples.at(-1);
  const sample = { at: Math.max(now, last?.at ?? now), done: next };
  return { done: next, message: heard.message, samples: withSample(samples, sample) };
}

/** Seconds until the stage ends at the pace of its last minute; `null` when nothing sensible can be said. */
export function secondsLeft({ samples }: StageProgress, now: number): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < LEAST_MS) return null;
  const perSecond = (last.done - first.done) / ((last.at - first.at) / 1000);
  const left = (1 - last.done) / perSecond - Math.max(0, now - last.at) / 1000;
  // Nothing gained, at the end, or past the time that was foreseen: then nobody knows.
  return left > 0 && left <= LONGEST_SECONDS ? left : null;
}

function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last === undefined) return [sample];
  if (sample.done - last.done >= JUMP.share && sample.at - last.at < JUMP.withinMs) return [sample];
  const before = samples.at(-2);
  const kept = before !== undefined && sample.at - before.at < 1000 ? samples.slice(0, -1) : samples;
  // One sample from before the window stays: where a stage speaks rarely it is all there is.
  const from = kept.findLastIndex(({ at }) => at <= sample.at - WINDOW_MS);
  return [...kept.slice(Math.max(0, from)), sample];
}
