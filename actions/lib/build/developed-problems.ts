/** What is to be told of a run that did not come out whole. */
import type { Problem } from '../errors/darkroom-error.ts';
import { problemsOf } from '../errors/problems-of.ts';
import type { PlannedWork } from '../plan/make-plan.ts';
import type { Developed } from './build-nodes.ts';

/** What every failed node says; what was cancelled or skipped for another's sake is no failure. */
export function failures({ outcomes, interrupted }: Developed): readonly Problem[] {
  if (interrupted) {
    return [
      { code: 'build/cancelled', message: 'Stopped. Nothing was published; what was finished is kept.' },
    ];
  }
  return [...outcomes].flatMap(([id, outcome]) => {
    return outcome.status === 'failed' ? problemsOf(outcome.error, `"${id}": `) : [];
  });
}

/** What every blocked image lacks. */
export function blockedProblems({ plan }: Pick<PlannedWork, 'plan'>): readonly Problem[] {
  return plan.images
    .filter((image) => image.action === 'blocked')
    .map(({ name, reasons }) => ({
      code: 'plan/blocked',
      message: `${name} is blocked: ${reasons.join('; ')}`,
    }));
}
