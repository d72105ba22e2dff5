/** Shows dispatched runs as they go: a row each on a terminal, lines elsewhere. */
import type { DispatchListener, RunOutcome } from '../dispatch/dispatch-runs.ts';
import type { Job } from '../forge/forge.ts';
import type { ImageProgress } from './image-progress.ts';
import { createProgressReporter, type ProgressReporter } from './live-progress.ts';
import { outcomeWord } from './render-dispatch.ts';

/** A display of runs; closed at the end. */
export type DispatchDisplay = DispatchListener & Pick<ProgressReporter, 'close'>;

/** Shows every line above the rows; the rows say how far the jobs are. */
export function createDispatchDisplay(options: {
  readonly stream: NodeJS.WriteStream;
  /** Of the runs, in their order. */
  readonly names: readonly string[];
  /** Milliseconds. */
  readonly now?: () => number;
}): DispatchDisplay {
  const { stream, names, now = Date.now } = options;
  const images = names.map((name) => ({ name, waitsFor: [] }));
  const reporter = createProgressReporter({ stream, images, now, isLogged: false });
  const isLive = stream.isTTY;
  const starts = new Map<number, number>();
  const nameOf = (index: number): string => names[index] ?? '';
  const log = (index: number, line: string): void => reporter.log(`${nameOf(index)}: ${line}`);
  const show = (index: number, progress: ImageProgress): void => {
    // Elsewhere than on a terminal the lines say it all.
    if (isLive) reporter.update(nameOf(index), progress);
  };
  return {
    onStart(index, { url }) {
      starts.set(index, now());
      log(index, `started: ${url}`);
      show(index, working([]));
    },
    onLine: log,
    onJobs: (index, jobs) => show(index, working(jobs)),
    onLog(index, job, lines) {
      for (const line of lines) reporter.log(`  ${job.name} | ${line}`);
      log(index, `these were the last lines of ${job.name}`);
    },
    onEnd: (index, outcome) => show(index, ended(outcome, (now() - (starts.get(index) ?? now())) / 1000)),
    onLeft() {},
    close: () => reporter.close(),
  };
}

function working(jobs: readonly Job[]): ImageProgress {
  const steps = jobs.flatMap((job) => job.steps);
  const done = steps.filter(({ status }) => status === 'completed').length / Math.max(1, steps.length);
  const running = jobs.find(({ status }) => status === 'in_progress');
  const step = running?.steps.find(({ status }) => status === 'in_progress');
  const message = running === undefined ? 'waiting' : [running.name, step?.name ?? ''].join(' / ');
  return { state: 'working', done: Math.min(done, 0.99), message, secondsLeft: null };
}

function ended(outcome: RunOutcome, seconds: number): ImageProgress {
  const isGood = outcome.problems.length === 0;
  return { state: 'done', outcome: isGood ? 'finished' : 'failed', seconds, note: outcomeWord(outcome) };
}
