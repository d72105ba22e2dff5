/** Asks for one run and knows which one it is: never two, even where an answer was lost. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import type { Dispatched, Run, Workflow } from '../forge/forge.ts';
import type { OpenedForge } from '../forge/open-forge.ts';
import type { RunInputs } from './dispatch-request.ts';
import { markText, type RunMark, runsWithMark } from './run-mark.ts';

/** One run that is wanted. */
export interface RunOrder {
  readonly workflow: Workflow;
  readonly ref: string;
  readonly inputs: RunInputs;
  /** With the input that carries it; `null` where the workflow shows none in the titles of its runs. */
  readonly mark: (RunMark & { readonly input: string }) | null;
}

/** A run as far as it is known by then. */
export type StartedRun = Pick<Run, 'id' | 'url'>;

/** A forge lists a new run within seconds; on a bad day within a minute. */
const APPEARS_WITHIN_MS = 120_000;
const FIRST_LOOK_MS = 2000;
const LONGEST_LOOK_MS = 15_000;
/** Runs of others that were created at the same time show a little later. */
const SETTLE_MS = 5000;
const MOST_SENDS = 3;
/** Machines of one forge do not agree on the second. */
const DRIFT_MS = 2000;

/**
 * Dispatches a run. What is refused is an error at once; where nobody knows, it is looked for before it is asked for again.
 *
 * @throws DarkroomError `dispatch/answer-lost`, `dispatch/not-found`, `dispatch/ambiguous`, `forge/…`
 */
export async function startRun(order: RunOrder, opened: OpenedForge, stop: AbortSignal): Promise<StartedRun> {
  const { forge, patience } = opened;
  const { workflow, ref, mark } = order;
  const inputs = mark === null ? order.inputs : { ...order.inputs, [mark.input]: markText(mark) };
  const since = forge.time() - DRIFT_MS;
  for (let sent = 1; ; sent++) {
    const answer = await patience.politely(() => forge.dispatch(workflow, ref, inputs));
    if (answer.kind === 'started') return answer;
    const found =
      mark !== null
        ? await findMarked(order, mark, opened, since, stop)
        : answer.kind === 'accepted'
          ? await findUnmarked(order, opened, since, stop)
          : null;
    if (found !== null) return found;
    if (answer.kind === 'accepted') throw notFound(order);
    if (mark === null || sent >= MOST_SENDS || stop.aborted) throw answerLost(order, answer);
  }
}

/** A run with a mark of its own cannot be mistaken. */
async function findMarked(
  { workflow }: RunOrder,
  mark: RunMark,
  { forge, patience, clock }: OpenedForge,
  since: number,
  stop: AbortSignal,
): Promise<Run | null> {
  for await (const _ of looks(clock, stop)) {
    const runs = await patience.politely(() => forge.listRuns(workflow, null, since));
    const found = runsWithMark(runs, mark)[0];
    if (found !== undefined) return found;
  }
  return null;
}

/** One without is only known where there is no other. */
async function findUnmarked(
  order: RunOrder,
  { forge, patience, clock }: OpenedForge,
  since: number,
  stop: AbortSignal,
): Promise<Run | null> {
  const login = await patience.politely(() => forge.readLogin());
  const list = async (): Promise<readonly Run[]> => {
    const runs = await patience.politely(() => forge.listRuns(order.workflow, order.ref, since));
    return runs.filter(({ actor }) => login === null || actor === login);
  };
  for await (const _ of looks(clock, stop)) {
    if ((await list()).length === 0) continue;
    await clock.sleep(SETTLE_MS, stop);
    const runs = await list();
    if (runs.length > 1) throw ambiguous(order, runs);
    return runs[0] ?? null;
  }
  return null;
}

/** Moments at which it makes sense to look; who is to stop looks once more at once. */
async function* looks(clock: OpenedForge['clock'], stop: AbortSignal): AsyncGenerator<void> {
  const until = clock.now() + APPEARS_WITHIN_MS;
  let waitMs = FIRST_LOOK_MS;
  do {
    await clock.sleep(waitMs, stop);
    waitMs = Math.min(LONGEST_LOOK_MS, waitMs * 2);
    yield;
  } while (clock.now() < until && !stop.aborted);
}

function answerLost(
  { workflow, mark }: RunOrder,
  { reason }: Extract<Dispatched, { kind: 'lost' }>,
): DarkroomError {
  const then = mark === null ? 'It was not asked for twice.' : 'It was looked for, and did not show.';
  return new DarkroomError({
    code: 'dispatch/answer-lost',
    message: `Nobody knows whether "${workflow.path}" was started: ${reason} ${then}`,
    hint: mark === null ? `${LOOK} ${DECLARE}` : LOOK,
  });
}

function notFound({ workflow }: RunOrder): DarkroomError {
  const message = `The run of "${workflow.path}" was accepted, but it did not show within ${APPEARS_WITHIN_MS / 1000} s.`;
  return new DarkroomError({ code: 'dispatch/not-found', message, hint: LOOK });
}

function ambiguous({ workflow }: RunOrder, runs: readonly Run[]): DarkroomError {
  const problem: Problem = {
    code: 'dispatch/ambiguous',
    message: `The run of "${workflow.path}" was accepted, but ${runs.length} runs were created at that moment, and nothing tells which is ours: ${runs.map(({ url }) => url).join(', ')}.`,
    hint: DECLARE,
  };
  return new DarkroomError(problem);
}

const LOOK = 'Look at the list of its runs before you start it again.';
const DECLARE =
  'Let the workflow declare the input "darkroom-id" and show it in its "run-name". Then a run is found whatever happens.';
