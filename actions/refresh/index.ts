import { runAction } from '../lib/action/action-run.ts';
import { readRefreshInputs } from './inputs.ts';
import { refresh } from './refresh.ts';

await runAction('refresh', (run) => refresh(readRefreshInputs(run.input, run.env), run));
