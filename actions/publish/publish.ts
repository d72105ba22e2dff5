import type { ActionRun } from '../lib/action/action-run.ts';
import { inWorkspace } from '../lib/action/in-workspace.ts';
import { readStoredPlan } from '../lib/action/stored-plan.ts';
import { blockedProblems } from '../lib/build/developed-problems.ts';
import { commitHistory } from '../lib/git/commit-history.ts';
import { publishPlan } from '../lib/publish/publish-plan.ts';
import { publishedImages, publishMarkdown, publishSentence } from '../lib/report/render-publish.ts';
import type { PublishInputs } from './inputs.ts';

/** Moves the tags of a stored plan, all or none; a plan that was overtaken ends well, with a notice. */
export async function publish(inputs: PublishInputs, run: ActionRun): Promise<void> {
  await inWorkspace(run, inputs, async ({ workspace, client }) => {
    const plan = await readStoredPlan({ client, workspace }, inputs.plan);
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
