/** When to look at a run again: often while something happens, seldom while nothing does, never more than the forge bears. */
import type { Forge, Quota } from '../forge/forge.ts';

/** Requests that may be sent, as they come in with time and go out with every request. */
export interface Pace {
  /** How many may be sent now; less than none after more were. */
  readonly credit: number;
  readonly at: number;
  /** Sent by then. */
  readonly requests: number;
}

/** What counts besides. */
export interface Load {
  /** Runs that are followed at the same time, with the same token. */
  readonly followed: number;
  readonly quota: Quota | null;
  /** The forge's time. */
  readonly now: number;
}

const FIRST_MS = 3000;
const LONGEST_MS = 30_000;
const GROWTH = 1.5;
const HOUR_MS = 3_600_000;
/** Requests an hour for one run; the token of a workflow has 1000 for its whole repository. */
const HOURLY = 215;
/** Requests that may be spent ahead of time, so that a short run is followed closely. */
const AHEAD = 25;
/** Kept for the end: conclusion, logs, outputs, a cancel. */
const RESERVE = 20;

/** The pace at the beginning. */
export function firstPace(at: number, requests: number): Pace {
  return { credit: AHEAD, at, requests };
}

/** The pace after some time and some requests. */
export function advancePace(pace: Pace, requests: number, load: Load): Pace {
  const earned = pace.credit + Math.max(0, load.now - pace.at) * rateOf(load);
  return { credit: Math.min(AHEAD, earned) - (requests - pace.requests), at: load.now, requests };
}

/** Milliseconds until the next look. @param quiet how often in a row nothing had changed */
export function nextWait(quiet: number, { credit }: Pace, load: Load): number {
  const grown = Math.min(LONGEST_MS, FIRST_MS * GROWTH ** quiet);
  const owed = Math.max(0, (load.followed - credit) / rateOf(load));
  return Math.ceil(Math.max(grown, owed, quotaWait(load)));
}

/** Keeps the pace of all runs that are followed together; gives the wait after so many looks without news. */
export function keepPace(forge: Forge, followed: () => number): (quiet: number) => number {
  let pace = firstPace(forge.time(), forge.requests());
  return (quiet) => {
    const load = { followed: followed(), quota: forge.quota(), now: forge.time() };
    pace = advancePace(pace, forge.requests(), load);
    return nextWait(quiet, pace, load);
  };
}

/** Requests a millisecond: many runs share what a third of the limit gives. */
function rateOf({ followed, quota }: Load): number {
  return Math.min(HOURLY * followed, Math.max(HOURLY, (quota?.limit ?? 0) / 3)) / HOUR_MS;
}

/** Others spend from the same quota: what is left has to last until it is filled again. */
function quotaWait({ quota, followed, now }: Load): number {
  if (quota === null || quota.resetsAt <= now) return 0;
  const left = quota.remaining - RESERVE;
  const untilReset = quota.resetsAt - now;
  return left <= 0 ? untilReset : (untilReset * followed) / left;
}
