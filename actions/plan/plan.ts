import type { ActionRun } from '../lib/action/action-run.ts';
import { inWorkspace, type OpenedAction } from '../lib/action/in-workspace.ts';
import { DarkroomError } from '../lib/errors/darkroom-error.ts';
import { commentOnPullRequest } from '../lib/github/plan-comment.ts';
import { repositoryOf } from '../lib/image/repository-of.ts';
import { cutJobs, type JobCut } from '../lib/plan/cut-jobs.ts';
import { WAVES } from '../lib/plan/job-limits.ts';
import type { PlannedWork } from '../lib/plan/make-plan.ts';
import { findRefusals } from '../lib/plan/refuse-restricted.ts';
import { planOfRun, storePlan } from '../lib/plan/store-plan.ts';
import { planMarkdown, planSentence, planTable } from '../lib/report/render-plan.ts';
import { planWorkspace } from '../lib/workspace/plan-workspace.ts';
import type { PlanInputs } from './inputs.ts';

/** Columns; the page of a run shows about as many. */
const LOG_WIDTH = 160;

/** Plans the commit that was checked out: outputs the stored plan and its jobs, and tells people what will happen. */
export async function plan(inputs: PlanInputs, run: ActionRun): Promise<void> {
  await inWorkspace(run, inputs, async ({ workspace, client }) => {
    if (workspace.home === null && workspace.workflow?.mayPublish === true) throw noHome(workspace, run);
    const work = await planWorkspace(workspace, {
      ...{ client, localRegistry: null, images: null, made: null },
      say: (line) => run.say(line),
    });
    run.say(`${planTable(work.plan, LOG_WIDTH)}\n\n${planSentence(work.plan)}`);
    warnOfNoPublish(workspace, run);
    for (const problem of work.warnings) run.warning(problem);
    for (const image of work.plan.images.filter(({ action }) => action === 'blocked')) {
      run.warning({ code: 'plan/blocked', message: `${image.name} is blocked: ${image.reasons.join('; ')}` });
    }
    // A pull request is told now what the default branch would be refused.
    const { home, target } = work.plan;
    const refusals = home === null || home === target ? [] : findRefusals(work.plan, home);
    for (const problem of refusals) run.warning(problem);
    const jobs = jobsOf(workspace, work, inputs.runner);
    const stored = workspace.target.kind === 'home' ? await keepPlan(client, work, run) : '';
    run.setOutput('plan', stored);
    run.setOutput('mode', jobs.mode);
    for (const [index, wave] of jobs.waves.entries())
      run.setOutput(`wave-${index + 1}`, JSON.stringify(wave));
    await run.summarise(planMarkdown(work.plan));
    await commentOnPullRequest(run, inputs.logins.token, work.plan);
  });
}

/** A push that is built and published nowhere would look as if all were well. */
function noHome({ matrix }: OpenedAction['workspace'], run: ActionRun): DarkroomError {
  const own = `ghcr.io/${(run.env.GITHUB_REPOSITORY ?? 'owner/name').toLowerCase()}`;
  return new DarkroomError(
    {
      code: 'plan/no-home',
      place: { file: matrix.file },
      message:
        'The matrix names no "registry", so that nothing can be published from the default branch or a tag.',
      hint: `Write "registry: ${own}" into it, or give the input "registry".`,
    },
    { kind: 'use' },
  );
}

/** Whoever expects a publish has to know why there is none; nobody does in a pull request. */
function warnOfNoPublish(
  { workflow, target, home, source }: OpenedAction['workspace'],
  run: ActionRun,
): void {
  const isPullRequest = (run.env.GITHUB_EVENT_NAME ?? '').startsWith('pull_request');
  if (home === null || target.kind === 'home' || workflow === null || isPullRequest) return;
  if (!workflow.mayPublish) {
    const branch =
      workflow.defaultBranch === null ? 'the default branch' : JSON.stringify(workflow.defaultBranch);
    run.notice(
      `Nothing will be published: this run is for ${JSON.stringify(workflow.branch)}, and only ${branch} and tags are.`,
    );
    return;
  }
  run.warning({
    code: 'plan/other-commit',
    message: `${JSON.stringify(home)} is not written: ${source.identity.commit ?? 'no commit'} is checked out, which is not the commit this run is for.`,
    hint: 'Check out the commit of the run, which "actions/checkout" does by itself, if this is to be published.',
  });
}

/** What home is not written for is built on one runner, on one builder, beside a registry that ends with it. */
function jobsOf({ target }: OpenedAction['workspace'], work: PlannedWork, runner: string): JobCut {
  if (target.kind === 'home') return cutJobs(work, [runner]);
  const mode = work.plan.images.some(({ action }) => action === 'build') ? 'one-job' : 'none';
  return { mode, waves: Array.from({ length: WAVES }, () => []) };
}

async function keepPlan(
  client: OpenedAction['client'],
  { plan }: PlannedWork,
  { env }: ActionRun,
): Promise<string> {
  const { ref } = await storePlan(client, repositoryOf(plan.target), planOfRun(plan, env));
  return ref;
}
