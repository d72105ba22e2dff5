import { runAction } from '../lib/action/action-run.ts';
import { readPlanInputs } from './inputs.ts';
import { plan } from './plan.ts';

await runAction('plan', (run) => plan(readPlanInputs(run.input), run));
