import { runAction } from '../lib/action/action-run.ts';
import { build } from './build.ts';
import { readBuildInputs } from './inputs.ts';

await runAction('build', (run) => build(readBuildInputs(run.input), run));
