/** When to look at a run again: often while something happens, seldom while nothing does, never more than the forge bears. */
import type { Quota } from '../forge/forge.ts';

/** What has been seen so far. */
export interface Waiting {
  /** How often in a row nothing had changed. */
  readonly quiet: number;
  /** Since the first request, in milliseconds. */
  readonly elapsedMs: number;
  /** Sent since then. */
  readonly requests: number;
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

/** Milliseconds until the next look. */
export function nextWait(waiting: Waiting): number {
  const grown = Math.min(LONGEST_MS, FIRST_MS * GROWTH ** waiting.quiet);
  return Math.ceil(Math.max(grown, ownBudgetWait(waiting), quotaWait(waiting)));
}

function ownBudgetWait({ elapsedMs, requests, followed, quota }: Waiting): number {
  // Many runs share what a third of the limit gives.
  const hourly = Math.min(HOURLY * followed, Math.max(HOURLY, (quota?.limit ?? 0) / 3));
  const earned = AHEAD + (hourly * elapsedMs) / HOUR_MS;
  const overdrawn = requests + followed - earned;
  return Math.max(0, (overdrawn * HOUR_MS) / hourly);
}

/** Others spend from the same quota: what is left has to last until it is filled again. */
function quotaWait({ quota, followed, now }: Waiting): number {
  if (quota === null || quota.resetsAt <= now) return 0;
  const left = quota.remaining - RESERVE;
  const untilReset = quota.resetsAt - now;
  return left <= 0 ? untilReset : (untilReset * followed) / left;
}
