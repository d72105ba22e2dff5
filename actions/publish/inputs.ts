import { badInput, type CommonInputs, readCommonInputs } from '../lib/action/common-inputs.ts';

/** The inputs of the action `publish`. */
export interface PublishInputs extends CommonInputs {
  /** The stored plan by digest. */
  readonly plan: string;
}

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…` */
export function readPublishInputs(read: (name: string) => string): PublishInputs {
  const plan = read('plan');
  if (plan === '') {
    throw badInput(
      'plan',
      'The input "plan" is empty; expected the output "plan" of the action "plan". It is empty where home is not written, as in a pull request: nothing can be published there.',
    );
  }
  return { ...readCommonInputs(read), plan };
}
