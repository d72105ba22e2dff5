/** What is to be told of a run that did not come out whole. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
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
    if (outcome.status !== 'failed') return [];
    const { error } = outcome;
    return error instanceof DarkroomError ? error.problems : [toProblem(id, error)];
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

/** A full disk may show anywhere; everything else that has no words of its own is a bug. */
function toProblem(id: string, error: unknown): Problem {
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOSPC') {
    const hint = 'Free space there, or set TMPDIR to a larger disk.';
    return { code: 'build/disk-full', message: `"${id}": the disk is full: ${error.message}`, hint };
  }
  return { code: 'build/bug', message: `"${id}": ${error instanceof Error ? error.stack : String(error)}` };
}
