/** Tries again what may pass, never faster than a registry bears: requests to a host that asks for patience slow down together. */
import { setTimeout as delay } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { PassingFailure } from './passing-failure.ts';

/** Requests to one host at a time, and once it has asked for fewer. */
const AT_ONCE = 64;
const AT_ONCE_CAREFUL = 4;
/** Waits are drawn from 0 to this, doubled with every try: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ */
const FIRST_WAIT_MS = 1000;
/** A host that throttles without saying for how long means more than a hiccup. */
const FIRST_THROTTLED_WAIT_MS = 4000;
/** What one operation may take with all its tries and waits; a longer wait is not begun. */
const BUDGET_MS = 180_000;

/** Runs requests with patience. */
export interface Patience {
  /** Runs one request to a host, when it is its turn. */
  inTurn<Result>(host: string, request: () => Promise<Result>): Promise<Result>;
  /** Runs work that may be done more than once, until it succeeds or there is no sense in going on. */
  politely<Result>(work: () => Promise<Result>): Promise<Result>;
}

interface Lane {
  readonly limit: LimitFunction;
  /** Settles when requests may go on. */
  pause: Promise<unknown>;
  pausing: number;
}

/** Makes the patience of one session. */
export function createPatience(options: {
  readonly sleep?: ((ms: number) => Promise<unknown>) | undefined;
  /** Told once for every wait, in one line. */
  readonly onRetry?: ((line: string) => void) | undefined;
}): Patience {
  const sleep = options.sleep ?? delay;
  const onRetry = options.onRetry ?? (() => undefined);
  const lanes = new Map<string, Lane>();

  function laneOf(host: string): Lane {
    const known = lanes.get(host);
    if (known !== undefined) return known;
    const lane: Lane = { limit: pLimit(AT_ONCE), pause: Promise.resolve(), pausing: 0 };
    lanes.set(host, lane);
    return lane;
  }

  function inTurn<Result>(host: string, request: () => Promise<Result>): Promise<Result> {
    const lane = laneOf(host);
    return lane.limit(async () => {
      let pause: unknown;
      while (pause !== lane.pause) {
        pause = lane.pause;
        await pause;
      }
      return request();
    });
  }

  async function politely<Result>(work: () => Promise<Result>): Promise<Result> {
    let spentMs = 0;
    for (let tried = 1; ; tried++) {
      const began = performance.now();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof PassingFailure)) throw error;
        spentMs += performance.now() - began;
        const waitMs = chooseWait(error, tried);
        if (tried >= error.tries || spentMs + waitMs > BUDGET_MS) throw gaveUp(error, tried);
        spentMs += waitMs;
        await waitFor(error, waitMs);
      }
    }
  }

  async function waitFor(failure: PassingFailure, waitMs: number): Promise<void> {
    const seconds = (waitMs / 1000).toFixed(1);
    const lane = laneOf(failure.host);
    if (!failure.isThrottled || lane.pausing === 0) {
      const isFirst = failure.isThrottled && lane.limit.concurrency !== AT_ONCE_CAREFUL;
      const together = isFirst ? `, from now on at most ${AT_ONCE_CAREFUL} requests at once` : '';
      onRetry(`${failure.problems[0]?.message} Trying again in ${seconds} s${together}.`);
    }
    if (!failure.isThrottled) {
      await sleep(waitMs);
      return;
    }
    lane.limit.concurrency = AT_ONCE_CAREFUL;
    lane.pausing++;
    const pause = sleep(waitMs).finally(() => lane.pausing--);
    lane.pause = Promise.all([lane.pause, pause]);
    await lane.pause;
  }

  return { inTurn, politely };
}

function chooseWait({ isThrottled, retryAfterMs }: PassingFailure, tried: number): number {
  // A little later than told, and not all at the same moment.
  if (retryAfterMs !== undefined) return retryAfterMs + Math.random() * FIRST_WAIT_MS;
  const first = isThrottled ? FIRST_THROTTLED_WAIT_MS : FIRST_WAIT_MS;
  return Math.random() * first * 2 ** (tried - 1);
}

function gaveUp(failure: PassingFailure, tried: number): DarkroomError {
  if (tried === 1) return failure;
  const problems = failure.problems.map((problem) => ({
    ...problem,
    message: `${problem.message} Tried ${tried} times.`,
  }));
  return new DarkroomError(problems, { cause: failure });
}
