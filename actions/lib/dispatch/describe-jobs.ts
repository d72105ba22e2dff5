import type { Job, Step } from '../forge/forge.ts';
import { formatSeconds } from '../report/image-progress.ts';

/** Lines on what happened between two looks at the jobs of a run, in the order of the jobs. */
export function describeJobs(before: readonly Job[], after: readonly Job[]): readonly string[] {
  const known = new Map(before.map((job) => [job.id, job]));
  return after.flatMap((job) => describeJob(known.get(job.id), job));
}

/** Time from start to end. */
export function tookText({ startedAt, completedAt }: Pick<Step, 'startedAt' | 'completedAt'>): string {
  if (startedAt === null || completedAt === null) return '';
  return formatSeconds(Math.max(0, Math.round((completedAt - startedAt) / 1000)));
}

function describeJob(before: Job | undefined, job: Job): readonly string[] {
  const ended = new Set(before?.steps.filter(isOver).map(({ number }) => number));
  const steps = job.steps.filter(
    (step) => isOver(step) && !ended.has(step.number) && step.conclusion !== 'skipped',
  );
  const isNews = before?.status !== job.status;
  return [
    ...(isNews && isWaiting(job) ? [`${job.name}: waits for an approval`] : []),
    ...(isRunning(job) && (before === undefined || !isRunning(before)) ? [`${job.name}: started`] : []),
    ...steps.map(
      (step) => `${job.name}: ${step.conclusion === 'success' ? '✓' : '✗'} ${step.name}${endText(step)}`,
    ),
    ...(isNews && isOver(job) ? [`${job.name}: ${job.conclusion}${inTime(job)}`] : []),
  ];
}

function endText(step: Step): string {
  const parts = [step.conclusion === 'success' ? '' : (step.conclusion ?? ''), tookText(step)];
  const shown = parts.filter((part) => part !== '').join(', ');
  return shown === '' ? '' : ` (${shown})`;
}

function inTime(job: Job): string {
  const took = tookText(job);
  return took === '' || job.conclusion === 'skipped' ? '' : ` in ${took}`;
}

function isOver({ status }: { readonly status: string }): boolean {
  return status === 'completed';
}

function isRunning({ status }: Job): boolean {
  return status === 'in_progress';
}

function isWaiting({ status }: Job): boolean {
  return status === 'waiting';
}
