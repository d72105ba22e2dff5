import { runAction } from '../lib/action/action-run.ts';
import { cancelLeftRuns, dispatch } from './dispatch.ts';
import { readDispatchInputs } from './inputs.ts';

// The runner starts this file twice: for the step, and at the end of the job. Nothing else tells which it is.
await runAction('dispatch', async (run) => {
  if (run.saved('began') !== '') return cancelLeftRuns(run);
  run.save('began', 'true');
  await dispatch(readDispatchInputs(run.input, run.env), run);
});
