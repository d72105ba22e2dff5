import type { Developed } from '../actions/lib/build/build-nodes.ts';
import { commitHistory } from '../actions/lib/git/commit-history.ts';
import { hitsOf } from '../actions/lib/publish/find-standing.ts';
import { type PublishRequest, type PublishResult, publishPlan } from '../actions/lib/publish/publish-plan.ts';
import type { Workspace } from '../actions/lib/workspace/open-workspace.ts';

/** Publishes what was just planned and built: what was seen at a key is not asked for again. */
export function publishDeveloped(
  { source, workflow }: Workspace,
  { work, client, outcomes }: Developed,
  { explicit }: Pick<PublishRequest, 'explicit'>,
): Promise<PublishResult> {
  const built = [...outcomes].flatMap(([id, outcome]) =>
    outcome.status === 'done' ? [[id, outcome.value.digest] as const] : [],
  );
  return publishPlan(client, {
    plan: work.plan,
    known: new Map([...hitsOf(work.plan), ...built]),
    // On a laptop nobody publishes behind one's back.
    history: workflow === null ? null : commitHistory(source, { token: process.env.GITHUB_TOKEN ?? null }),
    explicit,
  });
}
