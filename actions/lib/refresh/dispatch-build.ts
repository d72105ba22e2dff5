/** Starts the workflow that builds what a commit moved: a push with a workflow's own token starts none by itself. */

import { type PreparedDispatch, prepareDispatch } from '../dispatch/prepare-dispatch.ts';
import { type DispatchCause, markRun } from '../dispatch/run-mark.ts';
import { startRun } from '../dispatch/start-run.ts';
import type { OpenedForge } from '../forge/open-forge.ts';

/** A workflow that can be started on a branch. */
export interface PreparedBuild {
  readonly prepared: PreparedDispatch;
  readonly opened: OpenedForge;
}

/** Looks whether it can be started, before anything is committed. @throws DarkroomError `dispatch/…` */
export async function prepareBuild(
  workflow: string,
  { repository, branch }: { readonly repository: string; readonly branch: string },
  opened: OpenedForge,
  say: (line: string) => void,
): Promise<PreparedBuild> {
  const request = { workflow, repository, runs: [{}], timeoutMs: 0, maxParallel: 1 };
  return { opened, prepared: await prepareDispatch(request, branch, opened, say) };
}

/** Whether it was started since. */
export async function wasStarted({ prepared, opened }: PreparedBuild, since: number): Promise<boolean> {
  const { workflow, ref } = prepared;
  return (await opened.patience.politely(() => opened.forge.listRuns(workflow, ref, since))).length > 0;
}

/** Starts it, and gives the page of its run. @throws DarkroomError `dispatch/…` */
export async function startBuild(
  { prepared, opened }: PreparedBuild,
  commit: string,
  cause: DispatchCause,
): Promise<string> {
  const { workflow, ref, runs, idInput } = prepared;
  const [inputs = {}] = runs;
  const mark = markRun(
    cause,
    { target: JSON.stringify([workflow.path, ref]), inputs, index: 0 },
    commit.slice(0, 12),
  );
  const order = { workflow, ref, inputs, mark: idInput === null ? null : { ...mark, input: idInput } };
  return (await startRun(order, opened, new AbortController().signal)).url;
}
