import { DarkroomError } from '../errors/darkroom-error.ts';
import type { TagEvent } from '../image/tag-template.ts';
import type { Plan } from '../plan/plan.ts';
import { readPlan } from '../plan/read-plan.ts';
import type { OpenedAction } from './in-workspace.ts';

/**
 * Reads the stored plan that a step was given. A plan says which registry is written; whether this run may write there is
 * for the run to say, as in a pull request somebody could name any plan.
 * @throws DarkroomError `plan/other-target`, `plan/other-event`, and what {@link readPlan} throws
 */
export async function readStoredPlan(
  { client, workspace: { target, event } }: Pick<OpenedAction, 'client' | 'workspace'>,
  ref: string,
): Promise<Plan> {
  const plan = await readPlan(client, ref);
  if (target.kind === 'home' && target.registry === plan.target) {
    if (plan.event.branch === event.branch && plan.event.tag === event.tag) return plan;
    throw new DarkroomError({
      code: 'plan/other-event',
      message: `The plan is for ${describeEvent(plan.event)}, this run is for ${describeEvent(event)}: it would move tags of the other.`,
      hint: 'Give the output "plan" of the action "plan" in the same run.',
    });
  }
  const here = target.kind === 'home' ? JSON.stringify(target.registry) : 'no registry but its own';
  throw new DarkroomError({
    code: 'plan/other-target',
    message: `The plan is for ${JSON.stringify(plan.target)}, this run may write to ${here}.`,
    hint: 'Use it in a run for the default branch or a tag, with the same matrix and "registry" as the plan.',
  });
}

function describeEvent({ branch, tag }: TagEvent): string {
  return branch === null ? `the tag ${JSON.stringify(tag)}` : `the branch ${JSON.stringify(branch)}`;
}
