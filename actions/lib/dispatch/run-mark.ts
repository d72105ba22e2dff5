/** What a run carries in its title, by which it is found again. */
import { createHash } from 'node:crypto';
import type { Run } from '../forge/forge.ts';
import type { RunInputs } from './dispatch-request.ts';

/** `<what asked for it>-<this very dispatch>`: the first part is the same in a later attempt of the same job. */
export interface RunMark {
  readonly cause: string;
  readonly own: string;
}

/** What asks for a run, as far as it is the same in every attempt. */
export interface DispatchCause {
  readonly repository: string;
  readonly runId: string;
  readonly job: string;
  /** The step, as the runner names it. */
  readonly step: string;
}

/** Marks a dispatch. @param own at least 8 hex characters that nobody else has */
export function markRun(
  cause: DispatchCause | null,
  what: { readonly target: string; readonly inputs: RunInputs; readonly index: number },
  own: string,
): RunMark {
  const text = JSON.stringify([cause, what.target, Object.entries(what.inputs).sort(), what.index]);
  return { cause: createHash('sha256').update(text).digest('hex').slice(0, 12), own };
}

/** The value of the input that carries it. */
export function markText({ cause, own }: RunMark): string {
  return `${cause}-${own}`;
}

/** Runs that carry exactly this mark. */
export function runsWithMark(runs: readonly Run[], mark: RunMark): readonly Run[] {
  return runs.filter(({ title }) => title.includes(markText(mark)));
}

/** Runs that an earlier attempt asked for, and that are not over. */
export function unfinishedRunsOf(runs: readonly Run[], { cause }: RunMark): readonly Run[] {
  return runs.filter(({ title, status }) => title.includes(`${cause}-`) && status !== 'completed');
}
