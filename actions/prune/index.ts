import { runAction } from '../lib/action/action-run.ts';
import { readPruneInputs } from './inputs.ts';
import { prune } from './prune.ts';

await runAction('prune', (run) => prune(readPruneInputs(run.input), run));
