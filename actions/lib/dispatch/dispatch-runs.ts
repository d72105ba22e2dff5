/** Runs of one workflow, several at a time: started, followed, cancelled when we are; one that fails leaves the others alone. */
import pLimit from 'p-limit';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { problemsOf } from '../errors/problems-of.ts';
import type { Job } from '../forge/forge.ts';
import type { OpenedForge } from '../forge/open-forge.ts';
import { describeJobs } from './describe-jobs.ts';
import type { RunInputs } from './dispatch-request.ts';
import { followRun, runGone } from './follow-run.ts';
import { failedJobs, judgeRun } from './judge-run.ts';
import { failingLines } from './log-tail.ts';
import type { PreparedDispatch } from './prepare-dispatch.ts';
import { type DispatchCause, markRun, unfinishedRunsOf } from './run-mark.ts';
import { OUTPUTS_ARTIFACT, type RunOutputs, readRunOutputs } from './run-outputs.ts';
import { type RunOrder, type StartedRun, startRun } from './start-run.ts';

/** How one run ended, as far as it is known. */
export interface RunOutcome {
  readonly inputs: RunInputs;
  /** `null`: it was never started, or nobody knows. */
  readonly run: StartedRun | null;
  /** What the forge says; `null` where nobody waited for it to the end. */
  readonly conclusion: string | null;
  readonly outputs: RunOutputs;
  readonly jobs: readonly Job[];
  /** None only where all is as it should be. */
  readonly problems: readonly Problem[];
}

/** Told what happens, by the number of the run, from 0. */
export interface DispatchListener {
  onStart(index: number, run: StartedRun): void;
  onLine(index: number, line: string): void;
  onJobs(index: number, jobs: readonly Job[]): void;
  /** The end of the log of a job that failed. */
  onLog(index: number, job: Job, lines: readonly string[]): void;
  onEnd(index: number, outcome: RunOutcome): void;
  /** Runs that have to be cancelled should we go. */
  onOpen(runs: readonly number[]): void;
}

/** How it is done. */
export interface DispatchOptions {
  readonly waits: boolean;
  readonly timeoutMs: number;
  readonly maxParallel: number;
  /** Abort it to have every run cancelled. */
  readonly stop: AbortSignal;
  /** What asks; `null` where nobody will ask again, as in a terminal. */
  readonly cause: DispatchCause | null;
  /** Whether an earlier attempt may have left a run. */
  readonly isRepeated: boolean;
  readonly makeId: () => string;
}

/** Jobs whose logs are shown: the first failure says most. */
const MOST_LOGS = 3;
/** A run may be found again as long as it can live. */
const LOOK_BACK_MS = 35 * 24 * 3_600_000;

/** Dispatches and follows all of it. */
export async function dispatchRuns(
  prepared: PreparedDispatch,
  options: DispatchOptions,
  opened: OpenedForge,
  listener: DispatchListener,
): Promise<readonly RunOutcome[]> {
  const { workflow, ref, runs, idInput } = prepared;
  const { stop, waits } = options;
  const { forge, patience } = opened;
  const own = new Set<number>();
  const open = new Set<number>();
  // Runs that nothing marks are told apart by starting one after the other.
  const starting = pLimit(idInput === null ? 1 : options.maxParallel);
  const following = pLimit(options.maxParallel);
  const orders = runs.map((inputs, index) => orderOf(inputs, index));
  const earlier = options.isRepeated ? await unfinishedRuns() : [];
  const cancelled: Promise<void>[] = [];

  function orderOf(inputs: RunInputs, index: number): RunOrder {
    const what = { target: JSON.stringify([workflow.path, ref]), inputs, index };
    const mark =
      idInput === null ? null : { input: idInput, ...markRun(options.cause, what, options.makeId()) };
    return { workflow, ref, inputs, mark };
  }

  async function unfinishedRuns() {
    if (idInput === null) {
      listener.onLine(
        0,
        'An earlier attempt may have left a run: without the input "darkroom-id" it cannot be known again.',
      );
      return [];
    }
    return patience.politely(() => forge.listRuns(workflow, ref, forge.time() - LOOK_BACK_MS));
  }

  function cancel(id: number): void {
    cancelled.push(patience.politely(() => forge.cancel(id)));
  }

  function mark(id: number, isOpen: boolean): void {
    if (isOpen) open.add(id);
    else open.delete(id);
    listener.onOpen([...open]);
    if (isOpen && stop.aborted) cancel(id);
  }

  async function start(order: RunOrder, index: number): Promise<StartedRun> {
    const left = order.mark === null ? [] : unfinishedRunsOf(earlier, order.mark);
    if (left.length > 1) throw severalLeft(left);
    const [before] = left;
    const run = before ?? (await startRun(order, opened, own, stop));
    own.add(run.id);
    if (waits) mark(run.id, true);
    listener.onStart(index, run);
    if (before !== undefined)
      listener.onLine(index, 'An earlier attempt of this job started it; it is followed on.');
    return run;
  }

  async function follow(
    run: StartedRun,
    order: RunOrder,
    index: number,
  ): Promise<Omit<RunOutcome, 'inputs' | 'run'>> {
    const none = { conclusion: null, outputs: {}, jobs: [] };
    const followed = await followRun(
      run,
      opened,
      { ...options, followed: () => Math.max(1, open.size) },
      {
        onStatus: (status) => listener.onLine(index, `The run is ${status.replaceAll('_', ' ')}.`),
        onTrouble: (line) => listener.onLine(index, line),
        onJobs(before, after) {
          for (const line of describeJobs(before, after)) listener.onLine(index, line);
          listener.onJobs(index, after);
        },
      },
    );
    if (followed.kind === 'stopped') return { ...none, problems: [stopped(run)] };
    mark(run.id, false);
    if (followed.kind === 'gone') throw runGone(run);
    if (followed.kind === 'timeout') {
      return { ...none, jobs: followed.jobs, problems: [tookTooLong(run, options.timeoutMs)] };
    }
    const { jobs } = followed;
    await showLogs(jobs, index);
    const outputs = await readOutputs(run);
    const wrong = 'code' in outputs ? [outputs as Problem] : [];
    return {
      ...{ conclusion: followed.run.conclusion, jobs },
      outputs: wrong.length > 0 ? {} : (outputs as RunOutputs),
      problems: [...judgeRun(followed.run, jobs, order.workflow.path), ...wrong],
    };
  }

  async function showLogs(jobs: readonly Job[], index: number): Promise<void> {
    for (const job of failedJobs(jobs).slice(0, MOST_LOGS)) {
      try {
        const tail = await patience.politely(() => forge.readLogTail(job.id));
        if (tail !== null) listener.onLog(index, job, failingLines(tail));
      } catch (error) {
        // The page of the run has it.
        listener.onLine(index, `The log of ${job.name} is not shown: ${problemsOf(error)[0]?.message}`);
      }
    }
  }

  async function readOutputs(run: StartedRun): Promise<RunOutputs | Problem> {
    const zip = await patience.politely(() => forge.readArtifact(run.id, OUTPUTS_ARTIFACT));
    return zip === null ? {} : readRunOutputs(zip);
  }

  async function carryOut(order: RunOrder, index: number): Promise<RunOutcome> {
    const { inputs } = order;
    const nothing = { inputs, run: null, conclusion: null, outputs: {}, jobs: [], problems: [] };
    if (stop.aborted) return { ...nothing, problems: [notStarted()] };
    let run: StartedRun | null = null;
    try {
      run = await starting(() => start(order, index));
      return waits ? { ...nothing, run, ...(await follow(run, order, index)) } : { ...nothing, run };
    } catch (error) {
      return { ...nothing, run, problems: problemsOf(error) };
    }
  }

  const onStop = (): void => open.forEach(cancel);
  stop.addEventListener('abort', onStop);
  try {
    return await Promise.all(
      orders.map((order, index) =>
        following(async () => {
          const outcome = await carryOut(order, index);
          listener.onEnd(index, outcome);
          return outcome;
        }),
      ),
    );
  } finally {
    stop.removeEventListener('abort', onStop);
    await Promise.allSettled(cancelled);
  }
}

function severalLeft(runs: readonly StartedRun[]): DarkroomError {
  const message = `Earlier attempts of this job left ${runs.length} runs that are not over: ${runs.map(({ url }) => url).join(', ')}.`;
  return new DarkroomError({
    code: 'dispatch/ambiguous',
    message,
    hint: 'Cancel all but one, or all of them.',
  });
}

function stopped({ url }: StartedRun): Problem {
  return { code: 'dispatch/stopped', message: `Stopped; the run was asked to end too. ${url}` };
}

function notStarted(): Problem {
  return { code: 'dispatch/stopped', message: 'Stopped before it was started.' };
}

function tookTooLong({ url }: StartedRun, timeoutMs: number): Problem {
  return {
    code: 'dispatch/timeout',
    message: `The run was not over after ${timeoutMs / 60_000} minutes. It was left running: ${url}`,
    hint: 'Raise "timeout-minutes", of this step and of its job.',
  };
}
