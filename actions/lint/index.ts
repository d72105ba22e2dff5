import { runAction } from '../lib/action/action-run.ts';
import { readLintInputs } from './inputs.ts';
import { lint } from './lint.ts';

await runAction('lint', (run) => lint(readLintInputs(run.input), run));
