/** What is taken from a completed run: its verdict, its outputs, and the logs of what failed. */
import type { Problem } from '../errors/darkroom-error.ts';
import { problemsOf } from '../errors/problems-of.ts';
import type { Job, Run } from '../forge/forge.ts';
import type { OpenedForge } from '../forge/open-forge.ts';
import { failedJobs, judgeRun } from './judge-run.ts';
import { failingLines } from './log-tail.ts';
import { OUTPUTS_ARTIFACT, type ReadOutputs, type RunOutputs, readRunOutputs } from './run-outputs.ts';

/** The end of a run. */
export interface FinishedRun {
  readonly conclusion: string | null;
  readonly jobs: readonly Job[];
  readonly outputs: RunOutputs;
  readonly problems: readonly Problem[];
}

/** Told of logs. */
export interface FinishListener {
  onLine(line: string): void;
  /** The end of the log of a job that failed. */
  onLog(job: Job, lines: readonly string[]): void;
}

/** Jobs whose logs are shown: the first failure says most. */
const MOST_LOGS = 3;

/** Never fails: how the run ended is known by then, and must not get lost. */
export async function finishRun(
  run: Run,
  jobs: readonly Job[],
  workflow: string,
  opened: OpenedForge,
  listener: FinishListener,
): Promise<FinishedRun> {
  for (const job of failedJobs(jobs).slice(0, MOST_LOGS)) await showLog(job, opened, listener);
  const { outputs, problems } = await readOutputs(run, opened);
  return {
    ...{ conclusion: run.conclusion, jobs, outputs },
    problems: [...judgeRun(run, jobs, workflow), ...problems],
  };
}

async function showLog(job: Job, { forge, patience }: OpenedForge, listener: FinishListener): Promise<void> {
  try {
    const tail = await patience.politely(() => forge.readLogTail(job.id));
    if (tail !== null) listener.onLog(job, failingLines(tail));
  } catch (error) {
    // The page of the run has it.
    listener.onLine(`The log of ${job.name} is not shown: ${problemsOf(error)[0]?.message}`);
  }
}

async function readOutputs({ id }: Run, { forge, patience }: OpenedForge): Promise<ReadOutputs> {
  try {
    const zip = await patience.politely(() => forge.readArtifact(id, OUTPUTS_ARTIFACT));
    return zip === null ? { outputs: {}, problems: [] } : readRunOutputs(zip);
  } catch (error) {
    return { outputs: {}, problems: problemsOf(error) };
  }
}
