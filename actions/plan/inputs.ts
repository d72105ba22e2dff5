import { badInput, type CommonInputs, readCommonInputs } from '../lib/action/common-inputs.ts';

/** The inputs of the action `plan`. */
export interface PlanInputs extends CommonInputs {
  /** Label of the runner this job is on, and of those that build what asks for no other. */
  readonly runner: string;
}

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…` */
export function readPlanInputs(read: (name: string) => string): PlanInputs {
  const runner = read('runner');
  if (runner === '') throw badInput('runner', 'The input "runner" is empty; expected the label of a runner.');
  return { ...readCommonInputs(read), runner };
}
