import type { ActionRun } from '../lib/action/action-run.ts';
import { inWorkspace } from '../lib/action/in-workspace.ts';
import { blockedProblems } from '../lib/build/developed-problems.ts';
import { DarkroomError } from '../lib/errors/darkroom-error.ts';
import { commitHistory } from '../lib/git/commit-history.ts';
import type { Plan } from '../lib/plan/plan.ts';
import { readPlan } from '../lib/plan/read-plan.ts';
import { publishPlan } from '../lib/publish/publish-plan.ts';
import { publishMarkdown, publishSentence } from '../lib/report/render-publish.ts';
import type { Workspace } from '../lib/workspace/open-workspace.ts';
import type { PublishInputs } from './inputs.ts';

/** Moves the tags of a stored plan, all or none; a plan that was overtaken ends well, with a notice. */
export async function publish(inputs: PublishInputs, run: ActionRun): Promise<void> {
  await inWorkspace(run, inputs, async ({ workspace, client }) => {
    const plan = await readPlan(client, inputs.plan);
    checkTarget(plan, workspace);
    const result = await publishPlan(client, {
      plan,
      known: new Map(),
      history: commitHistory(workspace.source, { token: inputs.logins.token ?? null }),
      // Who starts the workflow by hand wants what was rolled back after all.
      explicit: run.env.GITHUB_EVENT_NAME === 'workflow_dispatch',
    });
    for (const notice of result.notices) run.notice(notice);
    run.say(publishSentence(plan.target, result));
    run.setOutput('published', JSON.stringify(publishedImages(plan.target, result.tags)));
    await run.summarise(publishMarkdown(plan.target, result));
    for (const problem of blockedProblems({ plan })) run.fail(problem);
  });
}

/** A plan says where its tags are; that has to be where this run may write. */
function checkTarget(plan: Plan, { target }: Workspace): void {
  if (target.kind === 'home' && target.registry === plan.target) return;
  const here = target.kind === 'home' ? JSON.stringify(target.registry) : 'no registry but its own';
  throw new DarkroomError({
    code: 'publish/other-target',
    message: `The plan is for ${JSON.stringify(plan.target)}, this run may write to ${here}.`,
    hint: 'Publish in a run for the default branch or a tag, with the same matrix and "registry" as the plan.',
  });
}

/** The tag of an image that is named first is the one it is best known by. */
function publishedImages(target: string, tags: readonly { image: string; tag: string; to: string }[]) {
  return Object.fromEntries(
    [...tags]
      .reverse()
      .map(({ image, tag, to }) => [image, { ref: `${target}/${image}:${tag}`, digest: to }] as const),
  );
}
