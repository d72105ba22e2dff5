/** What a run of the fake forge looks like at a moment: jobs and steps after a plan, by the clock. */
import { exampleOf } from './forge-contract.ts';

/** How a run goes. */
export interface RunPlan {
  /** States before anything runs, each with how long it lasts in seconds; default: queued for 2 s. */
  readonly before?: readonly (readonly [status: string, seconds: number])[];
  /** One after the other. None: the run ends when it would begin. */
  readonly jobs?: readonly JobPlan[];
  /** Of the run; default what its jobs say. */
  readonly conclusion?: string;
  /** Seconds between a request to cancel and the end; default 5. */
  readonly cancelSeconds?: number;
  /** What the artifact holds: bytes of a zip. */
  readonly artifact?: Uint8Array;
}

/** How a job goes. */
export interface JobPlan {
  readonly name: string;
  readonly steps: readonly (readonly [name: string, seconds: number, conclusion?: string])[];
  readonly log?: string;
}

/** One run. Times in milliseconds. */
export interface FakeRun {
  readonly id: number;
  readonly workflowId: number;
  readonly branch: string;
  readonly title: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly actor: string;
  readonly createdAt: number;
  /** Not listed before. */
  readonly listedAt: number;
  readonly plan: RunPlan;
  cancelledAt: number | null;
  isDeleted: boolean;
}

/** Its state at a moment. */
export interface RunState {
  readonly status: string;
  readonly conclusion: string | null;
  readonly jobs: readonly object[];
}

const GET_RUN = 'get /repos/{owner}/{repo}/actions/runs/{run_id}';
const GET_JOBS = 'get /repos/{owner}/{repo}/actions/runs/{run_id}/jobs';

/** State of a run at a moment. */
export function runState(run: FakeRun, now: number): RunState {
  const { plan, createdAt, cancelledAt } = run;
  const cut =
    cancelledAt === null ? Number.POSITIVE_INFINITY : cancelledAt + (plan.cancelSeconds ?? 5) * 1000;
  const moment = { at: Math.min(now, cut), isCut: now >= cut };
  let begin = createdAt;
  for (const [status, seconds] of plan.before ?? [['queued', 2]]) {
    begin += seconds * 1000;
    if (moment.at >= begin) continue;
    return moment.isCut ? { ...CANCELLED, jobs: [] } : { status, conclusion: null, jobs: [] };
  }
  const jobs: JobState[] = [];
  for (const [index, job] of (plan.jobs ?? []).entries()) {
    if (begin > moment.at || (jobs.at(-1)?.conclusion ?? 'success') !== 'success') break;
    const state = jobState(run, index, job, begin, moment);
    jobs.push(state);
    begin = state.end;
  }
  const shown = jobs.map(({ json }) => json);
  if (moment.at < begin) return { ...(moment.isCut ? CANCELLED : RUNNING), jobs: shown };
  const conclusion = plan.conclusion ?? jobs.at(-1)?.conclusion ?? 'success';
  return { status: 'completed', conclusion, jobs: shown };
}

const CANCELLED = { status: 'completed', conclusion: 'cancelled' };
const RUNNING = { status: 'in_progress', conclusion: null };

interface Moment {
  readonly at: number;
  /** Nothing goes on after it. */
  readonly isCut: boolean;
}

interface JobState {
  readonly json: object;
  readonly conclusion: string | null;
  readonly end: number;
}

function jobState(run: FakeRun, index: number, job: JobPlan, begin: number, moment: Moment): JobState {
  let end = begin;
  let failure: string | null = null;
  const steps = job.steps.map(([name, seconds, conclusion = 'success'], at) => {
    const from = end;
    const fate = failure === null ? conclusion : 'skipped';
    if (failure === null) end += seconds * 1000;
    const step = stepJson({ name, number: at + 1 }, from, end, fate, moment);
    if (fate !== 'success' && fate !== 'skipped') failure = fate;
    return step;
  });
  const isOver = moment.at >= end || moment.isCut;
  const conclusion = isOver ? (moment.at >= end ? (failure ?? 'success') : 'cancelled') : null;
  const json = {
    ...exampleOf<{ jobs: object[] }>(GET_JOBS).jobs[0],
    ...{
      id: run.id * 100 + index,
      run_id: run.id,
      name: job.name,
      status: isOver ? 'completed' : 'in_progress',
    },
    ...{ conclusion, steps, created_at: iso(run.createdAt), started_at: iso(begin) },
    completed_at: isOver ? iso(Math.min(moment.at, end)) : null,
  };
  return { json, conclusion, end };
}

function stepJson(step: object, from: number, to: number, fate: string, { at, isCut }: Moment): object {
  if (at >= to)
    return { ...step, status: 'completed', conclusion: fate, started_at: iso(from), completed_at: iso(to) };
  const isBegun = at >= from;
  const status = isCut ? 'completed' : isBegun ? 'in_progress' : 'queued';
  const conclusion = isCut ? 'cancelled' : null;
  return {
    ...step,
    status,
    conclusion,
    started_at: isBegun ? iso(from) : null,
    completed_at: isCut ? iso(at) : null,
  };
}

/** The run as the API tells it. @param origin address of the forge's pages */
export function runJson(run: FakeRun, now: number, origin: string, repository: string): object {
  const { status, conclusion } = runState(run, now);
  const example = exampleOf<{ actor: object }>(GET_RUN);
  return {
    ...example,
    ...{
      id: run.id,
      workflow_id: run.workflowId,
      display_title: run.title,
      head_branch: run.branch,
      status,
      conclusion,
    },
    ...{ event: 'workflow_dispatch', created_at: iso(run.createdAt), updated_at: iso(run.createdAt) },
    ...{
      html_url: `${origin}/${repository}/actions/runs/${run.id}`,
      actor: { ...example.actor, login: run.actor },
    },
  };
}

/** As the API writes times: whole seconds. */
export function iso(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
