import { randomBytes } from 'node:crypto';
import type { ActionRun } from '../lib/action/action-run.ts';
import { type DispatchListener, dispatchRuns, type RunOutcome } from '../lib/dispatch/dispatch-runs.ts';
import { cancelLeft, type LeftRuns } from '../lib/dispatch/left-runs.ts';
import { prepareDispatch } from '../lib/dispatch/prepare-dispatch.ts';
import type { DispatchCause } from '../lib/dispatch/run-mark.ts';
import { type OpenedForge, openForge } from '../lib/forge/open-forge.ts';
import { stopOnSignals } from '../lib/process/stop-on-signals.ts';
import { dispatchMarkdown, dispatchText, runsJson } from '../lib/report/render-dispatch.ts';
import { type DispatchInputs, readDispatchInputs } from './inputs.ts';

/** A log is read in a browser. */
const WIDTH = 200;

/** Starts runs of a workflow, follows them, and hands back what came of them. */
export async function dispatch(inputs: DispatchInputs, run: ActionRun): Promise<void> {
  const { request, waits } = inputs;
  const opened = open(inputs, run);
  const signals = stopOnSignals();
  try {
    const prepared = await prepareDispatch(request, inputs.ref, opened, (line) => run.say(line));
    const outcomes = await dispatchRuns(
      prepared,
      {
        ...{ waits, timeoutMs: request.timeoutMs, maxParallel: request.maxParallel, stop: signals.stop },
        ...{ cause: causeOf(run.env), isRepeated: Number(run.env.GITHUB_RUN_ATTEMPT ?? '1') > 1 },
        makeId: () => randomBytes(6).toString('hex'),
      },
      opened,
      listenIn(run, request.runs.length),
    );
    await report(run, prepared.workflow.path, outcomes);
    if (signals.exitCode() !== null) process.exitCode = signals.exitCode() ?? 1;
  } finally {
    signals.release();
  }
}

/** Cancels what was not over when the step ended: it may have been killed before it could. */
export async function cancelLeftRuns(run: ActionRun): Promise<void> {
  const left = JSON.parse(run.saved('left') || '{"runs":[],"marks":[]}') as LeftRuns;
  if (left.runs.length + left.marks.length === 0) return;
  const inputs = readDispatchInputs(run.input, run.env);
  await cancelLeft(left, inputs.request.workflow, open(inputs, run), (line) => run.say(line));
}

function open({ address }: DispatchInputs, run: ActionRun): OpenedForge {
  return openForge(address, { mask: (secret) => run.mask(secret), say: (line) => run.say(line) });
}

/** The same in every attempt of a job. */
function causeOf(env: ActionRun['env']): DispatchCause {
  const { GITHUB_REPOSITORY = '', GITHUB_RUN_ID = '', GITHUB_JOB = '', GITHUB_ACTION = '' } = env;
  return { repository: GITHUB_REPOSITORY, runId: GITHUB_RUN_ID, job: GITHUB_JOB, step: GITHUB_ACTION };
}

/** Lines as they come, with the number of the run where there are several. */
function listenIn(run: ActionRun, count: number): DispatchListener {
  const name = (index: number): string => (count === 1 ? '' : `#${index + 1} `);
  return {
    onStart: (index, { url }) => run.say(`${name(index)}Started: ${url}`),
    onLine: (index, line) => run.say(`${name(index)}${line}`),
    onJobs() {},
    onLog: (index, job, lines) => run.group(`${name(index)}Last lines of ${job.name}`, lines),
    onEnd() {},
    onLeft: (left) => run.save('left', JSON.stringify(left)),
  };
}

async function report(run: ActionRun, workflow: string, outcomes: readonly RunOutcome[]): Promise<void> {
  const [first] = outcomes;
  const only = outcomes.length === 1 ? first : undefined;
  const conclusions = outcomes.map(({ conclusion }) => conclusion ?? '');
  run.setOutput('run-id', String(only?.run?.id ?? ''));
  run.setOutput('run-url', only?.run?.url ?? '');
  run.setOutput('conclusion', conclusions.find((one) => one !== 'success') ?? 'success');
  run.setOutput('outputs', JSON.stringify(only?.outputs ?? {}));
  run.setOutput('runs', JSON.stringify(runsJson(outcomes)));
  run.say(dispatchText(outcomes, WIDTH).trimEnd());
  // Last, where they are looked for.
  for (const problem of outcomes.flatMap(({ problems }) => problems)) run.fail(problem);
  await run.summarise(dispatchMarkdown(workflow, outcomes));
}
