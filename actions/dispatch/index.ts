import { runAction } from '../lib/action/action-run.ts';
import { cancelLeftRuns, dispatch } from './dispatch.ts';
import { readDispatchInputs } from './inputs.ts';

// The runner starts this file twice: for the step, and at the end of the job.
await runAction('dispatch', async (run) => {
  const inputs = readDispatchInputs(run.input, run.env);
  await (run.saved('began') === '' ? dispatch(inputs, run) : cancelLeftRuns(inputs, run));
});
