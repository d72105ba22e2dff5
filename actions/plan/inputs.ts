import { type CommonInputs, readCommonInputs } from '../lib/action/common-inputs.ts';

/** The inputs of the action `plan`. */
export type PlanInputs = CommonInputs;

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…` */
export function readPlanInputs(read: (name: string) => string): PlanInputs {
  return readCommonInputs(read);
}
