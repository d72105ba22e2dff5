/** Runs of one workflow, several at a time: started, followed, cancelled when we are; one that fails leaves the others alone. */
import pLimit from 'p-limit';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { problemsOf } from '../errors/problems-of.ts';
import type { Job, Run } from '../forge/forge.ts';
import type { OpenedForge } from '../forge/open-forge.ts';
import { describeJobs } from './describe-jobs.ts';
import type { RunInputs } from './dispatch-request.ts';
import { type FinishedRun, type FinishListener, finishRun } from './finish-run.ts';
import { followRun } from './follow-run.ts';
import { type LeftRuns, trackRuns } from './left-runs.ts';
import { keepPace } from './pace.ts';
import type { PreparedDispatch } from './prepare-dispatch.ts';
import { type DispatchCause, markRun, markText, unfinishedRunsOf } from './run-mark.ts';
import { type RunOrder, type StartedRun, startRun } from './start-run.ts';

/** How one run ended, as far as it is known: its conclusion is `null` where nobody waited for it to the end. */
export interface RunOutcome extends FinishedRun {
  readonly inputs: RunInputs;
  /** `null`: it was never started, or nobody knows. */
  readonly run: StartedRun | null;
}

/** Told what happens, by the number of the run, from 0. */
export interface DispatchListener {
  onStart(index: number, run: StartedRun): void;
  onLine(index: number, line: string): void;
  onJobs(index: number, jobs: readonly Job[]): void;
  onLog(index: number, job: Job, lines: readonly string[]): void;
  onEnd(index: number, outcome: RunOutcome): void;
  /** What has to be cancelled should we go. */
  onLeft(left: LeftRuns): void;
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
  const { stop, waits, cause } = options;
  // Runs that nothing marks are told apart by starting one after the other.
  const starting = pLimit(idInput === null ? 1 : options.maxParallel);
  const running = pLimit(options.maxParallel);
  const earlier = options.isRepeated ? await earlierRuns(prepared, opened, listener) : [];
  const tracker = trackRuns(opened, stop, (left) => listener.onLeft(left));
  const pace = keepPace(opened.forge, tracker.count);

  function orderOf(inputs: RunInputs, index: number): RunOrder {
    const what = { target: JSON.stringify([workflow.path, ref]), inputs, index };
    const mark = idInput === null ? null : { input: idInput, ...markRun(cause, what, options.makeId()) };
    return { workflow, ref, inputs, mark };
  }

  async function start(order: RunOrder, index: number): Promise<StartedRun> {
    const left = order.mark === null ? [] : unfinishedRunsOf(earlier, order.mark);
    if (left.length > 1) throw severalLeft(left);
    const [before] = left;
    const run = before ?? (await startNew(order));
    if (waits) tracker.begins(run.id);
    listener.onStart(index, run);
    if (before !== undefined) listener.onLine(index, FOLLOWED_ON);
    return run;
  }

  async function startNew(order: RunOrder): Promise<StartedRun> {
    const mark = waits && order.mark !== null ? markText(order.mark) : null;
    tracker.asks(mark);
    try {
      const run = await startRun(order, opened, stop);
      tracker.answered(mark);
      return run;
    } catch (error) {
      // One that was lost may still show when we are gone.
      if (problemsOf(error)[0]?.code !== 'dispatch/answer-lost') tracker.answered(mark);
      throw error;
    }
  }

  async function follow(run: StartedRun, index: number): Promise<FinishedRun> {
    const none = { conclusion: null, outputs: {}, jobs: [] };
    const onLine = (line: string): void => listener.onLine(index, line);
    const followed = await followRun(
      run,
      opened,
      { ...options, pace },
      {
        onStatus: (status) => onLine(`The run is ${status.replaceAll('_', ' ')}.`),
        onTrouble: onLine,
        onJobs(before, after) {
          for (const line of describeJobs(before, after)) onLine(line);
          listener.onJobs(index, after);
        },
      },
    );
    if (followed.kind === 'stopped') return { ...none, problems: [stopped(run)] };
    tracker.ends(run.id);
    if (followed.kind === 'completed') {
      const onLog: FinishListener['onLog'] = (job, lines) => listener.onLog(index, job, lines);
      return finishRun(followed.run, followed.jobs, workflow.path, opened, { onLine, onLog });
    }
    const problem = followed.kind === 'gone' ? runGone(run) : tookTooLong(run, options.timeoutMs);
    return { ...none, jobs: followed.jobs, problems: [problem] };
  }

  async function carryOut(inputs: RunInputs, index: number): Promise<RunOutcome> {
    const nothing = { inputs, run: null, conclusion: null, outputs: {}, jobs: [], problems: [] };
    if (stop.aborted) return { ...nothing, problems: [notStarted()] };
    const order = orderOf(inputs, index);
    let run: StartedRun | null = null;
    try {
      run = await starting(() => start(order, index));
      return waits ? { ...nothing, run, ...(await follow(run, index)) } : { ...nothing, run };
    } catch (error) {
      if (run === null) return { ...nothing, problems: problemsOf(error) };
      tracker.ends(run.id);
      return { ...nothing, run, problems: lostSight(run, problemsOf(error)) };
    }
  }

  try {
    const all = runs.map((inputs, index) =>
      running(async () => {
        const outcome = await carryOut(inputs, index);
        listener.onEnd(index, outcome);
        return outcome;
      }),
    );
    return await Promise.all(all);
  } finally {
    await tracker.close();
  }
}

const FOLLOWED_ON = 'An earlier attempt of this job started it; it is followed on.';

async function earlierRuns(
  { workflow, idInput }: PreparedDispatch,
  { forge, patience }: OpenedForge,
  listener: DispatchListener,
): Promise<readonly Run[]> {
  if (idInput !== null) {
    return patience.politely(() => forge.listRuns(workflow, null, forge.time() - LOOK_BACK_MS));
  }
  const why = 'without the input "darkroom-id" it cannot be known again';
  listener.onLine(0, `An earlier attempt may have left a run: ${why}.`);
  return [];
}

/** Nobody could follow it any longer; that is no reason to end it. */
function lostSight({ url }: StartedRun, problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, message: `${problem.message} The run goes on: ${url}` }));
}

function severalLeft(runs: readonly StartedRun[]): DarkroomError {
  const message = `Earlier attempts of this job left ${runs.length} runs that are not over: ${runs.map(({ url }) => url).join(', ')}.`;
  return new DarkroomError({
    code: 'dispatch/ambiguous',
    message,
    hint: 'Cancel all but one, or all of them.',
  });
}

function runGone({ url }: StartedRun): Problem {
  const message = `The run ${url} is no longer there: somebody deleted it, or the token may not see it.`;
  return { code: 'dispatch/run-gone', message };
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
