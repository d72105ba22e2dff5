import type { Problem } from '../errors/darkroom-error.ts';
import type { Job, Run } from '../forge/forge.ts';
import { quote } from '../matrix/quote.ts';

/** What a conclusion that is no success most likely means. */
const HINTS: Readonly<Record<string, string>> = {
  cancelled: 'Somebody cancelled it, or a newer run of the same concurrency group took its place.',
  startup_failure:
    'Nothing was started: its file is not valid, or calls what it may not. The page of the run says more.',
  action_required: 'It waits for an approval that nobody gave.',
  stale: 'GitHub gave it up: it had not moved for two weeks.',
  skipped: 'Every job was skipped by its condition.',
  timed_out: 'A job ran longer than its "timeout-minutes".',
};

/** What is wrong with a completed run: nothing, only where its conclusion is `success`. */
export function judgeRun(
  { url, conclusion }: Run,
  jobs: readonly Job[],
  workflow: string,
): readonly Problem[] {
  if (conclusion === 'success') return [];
  const failed = failedJobs(jobs).map((job) => `${quote(job.name)} (${failedStep(job)})`);
  const which =
    failed.length === 0 ? '' : `: ${failed.slice(0, 5).join(', ')}${failed.length > 5 ? ', …' : ''}`;
  const hint = HINTS[conclusion ?? ''];
  return [
    {
      code: 'dispatch/run-failed',
      message: `The run of "${workflow}" ended with ${quote(conclusion ?? 'no conclusion')}${which}. ${url}`,
      ...(hint === undefined ? {} : { hint }),
    },
  ];
}

/** Jobs that are no success, and that did something. */
export function failedJobs(jobs: readonly Job[]): readonly Job[] {
  return jobs.filter(({ conclusion }) => !['success', 'skipped', 'neutral', null].includes(conclusion));
}

function failedStep({ conclusion, steps }: Job): string {
  const step = steps.find((one) => one.conclusion === 'failure');
  return step === undefined ? String(conclusion) : `${conclusion} in ${quote(step.name)}`;
}
