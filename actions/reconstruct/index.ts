import { runAction } from '../lib/action/action-run.ts';
import { readReconstructInputs } from './inputs.ts';
import { reconstruct } from './reconstruct.ts';

await runAction('reconstruct', (run) => reconstruct(readReconstructInputs(run.input), run));
