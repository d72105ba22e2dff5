/** Everything that can be known before a run is spent: the workflow, its file at the ref, the inputs it declares. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { listNames, nearestName } from '../errors/nearest-name.ts';
import type { Workflow } from '../forge/forge.ts';
import type { OpenedForge } from '../forge/open-forge.ts';
import { quote } from '../matrix/quote.ts';
import { type Callee, readCallee } from './callee.ts';
import { checkInputs } from './check-inputs.ts';
import type { DispatchRequest, RunInputs } from './dispatch-request.ts';

/** What is to be dispatched, held against the workflow. */
export interface PreparedDispatch {
  readonly workflow: Workflow;
  /** Branch or tag. */
  readonly ref: string;
  readonly runs: readonly RunInputs[];
  /** The input that shows in the title of a run. */
  readonly idInput: string | null;
}

/** Looks at the workflow. @param ref `null`: the default branch @throws DarkroomError with every problem */
export async function prepareDispatch(
  request: DispatchRequest,
  ref: string | null,
  { forge, patience }: OpenedForge,
  say: (line: string) => void,
): Promise<PreparedDispatch> {
  const politely = patience.politely;
  const workflow = await politely(() => forge.readWorkflow(request.workflow));
  if (workflow === null) {
    throw unknownWorkflow(request, await politely(() => forge.listWorkflows()));
  }
  if (workflow.state !== 'active') throw inactive(workflow);
  const at = shortRef(ref ?? (await politely(() => forge.readDefaultBranch())));
  const text = await politely(() => forge.readFile(workflow.path, at));
  const callee = text === null ? undefined : readCallee(text, workflow.path);
  if (callee === null) throw notDispatchable(workflow, at);
  if (callee === undefined) {
    say(
      `"${workflow.path}" cannot be read at ${quote(at)} ("contents: read" would allow it): the inputs are not checked before.`,
    );
    return { workflow, ref: at, runs: request.runs, idInput: null };
  }
  return { workflow, ref: at, ...checkRuns(request.runs, callee) };
}

function checkRuns(
  runs: readonly RunInputs[],
  { inputs: declared, idInput }: Callee,
): Pick<PreparedDispatch, 'runs' | 'idInput'> {
  const problems: Problem[] = [];
  // Somebody who gives the id himself wants it as it is.
  const isGiven = runs.some((inputs) => idInput !== null && idInput in inputs);
  const own = isGiven ? null : idInput;
  const checked = runs.map((inputs, index) => {
    const which = runs.length === 1 ? '' : ` of run ${index + 1}`;
    const result = checkInputs(
      inputs,
      declared.filter(({ name }) => name !== own),
      which,
    );
    problems.push(...result.problems);
    return result.inputs;
  });
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  return { runs: checked, idInput: own };
}

/** The API takes names of branches and tags; the long form is how a workflow knows its own. */
function shortRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}

function unknownWorkflow(
  { workflow, repository }: DispatchRequest,
  known: readonly Workflow[],
): DarkroomError {
  const names = known.map(({ path }) => path.replace(/^.*\//, ''));
  const near = nearestName(workflow, names);
  const there = names.length === 0 ? 'it has none that this token sees' : `it has ${listNames(names)}`;
  return new DarkroomError(
    {
      code: 'dispatch/unknown-workflow',
      message: `${repository} has no workflow ${quote(workflow)}; ${there}.`,
      hint:
        near === undefined
          ? 'A workflow can be dispatched once its file is on the default branch.'
          : `Did you mean ${quote(near)}?`,
    },
    { kind: 'use' },
  );
}

function inactive({ path, state }: Workflow): DarkroomError {
  const message = `The workflow "${path}" is ${quote(state)}; expected "active".`;
  const hint = 'Enable it on the page of the repository, under Actions.';
  return new DarkroomError({ code: 'dispatch/inactive-workflow', message, hint });
}

function notDispatchable({ path }: Workflow, ref: string): DarkroomError {
  const message = `The workflow "${path}" at ${quote(ref)} has no trigger "workflow_dispatch".`;
  const hint = 'Add it to "on:", at that ref and on the default branch.';
  return new DarkroomError({ code: 'dispatch/no-trigger', message, hint }, { kind: 'use' });
}
