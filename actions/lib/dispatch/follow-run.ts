/** Follows one run until it is completed. */
import type { Job, Run } from '../forge/forge.ts';
import type { OpenedForge } from '../forge/open-forge.ts';
import { PassingFailure } from '../registry/passing-failure.ts';
import type { StartedRun } from './start-run.ts';
import { type Look, type RunListener, watchRun } from './watch-run.ts';

/** How the following of a run ended. */
export type Followed =
  | { readonly kind: 'completed'; readonly run: Run; readonly jobs: readonly Job[] }
  | { readonly kind: 'timeout' | 'gone'; readonly jobs: readonly Job[] }
  | { readonly kind: 'stopped' };

/** Told what is seen, and of every look that failed and will be tried again. */
export interface FollowListener extends RunListener {
  onTrouble(line: string): void;
}

/** What all runs that are followed together share. */
export interface FollowOptions {
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
  /** Milliseconds to the next look, after so many without news. */
  readonly pace: (quiet: number) => number;
}

/** Just created, a run may not be known everywhere. */
const APPEARS_WITHIN_MS = 120_000;
/** A forge that has been away for longer than this is given up. */
const AWAY_MS = 20 * 60_000;

/** @throws DarkroomError what the forge refuses for good, or for too long */
export async function followRun(
  { id }: StartedRun,
  { forge, clock }: OpenedForge,
  { timeoutMs, stop, pace }: FollowOptions,
  listener: FollowListener,
): Promise<Followed> {
  const began = clock.now();
  const elapsed = (): number => clock.now() - began;
  const watch = watchRun(forge, id, listener);
  const patiently = withPatience(() => clock.now(), listener);
  let quiet = 0;
  while (!stop.aborted) {
    const seen = await patiently(watch.look);
    if (seen.kind === 'completed') return { kind: 'completed', run: seen.run, jobs: watch.jobs() };
    if (seen.kind === 'missing' && elapsed() > APPEARS_WITHIN_MS) return { kind: 'gone', jobs: watch.jobs() };
    quiet = seen.kind === 'running' && seen.isNews ? 0 : quiet + 1;
    const leftMs = timeoutMs - elapsed();
    if (leftMs <= 0) return { kind: 'timeout', jobs: watch.jobs() };
    const leastMs = seen.kind === 'away' ? seen.leastMs : 0;
    await clock.sleep(Math.min(leftMs, Math.max(leastMs, pace(quiet))), stop);
  }
  return { kind: 'stopped' };
}

interface Away {
  readonly kind: 'away';
  /** The forge asks to be left alone for so long. */
  readonly leastMs: number;
}

/** A look that may work later does not end the following of a run that takes hours; one that will not does. */
function withPatience(now: () => number, { onTrouble }: FollowListener) {
  let awaySince: number | null = null;
  return async (look: () => Promise<Look>): Promise<Look | Away> => {
    try {
      const seen = await look();
      awaySince = null;
      return seen;
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      awaySince ??= now();
      if (!error.isThrottled && now() - awaySince > AWAY_MS) throw error;
      onTrouble(`${error.problems[0]?.message} Looking again later.`);
      return { kind: 'away', leastMs: error.retryAfterMs ?? 0 };
    }
  };
}
