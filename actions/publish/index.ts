import { runAction } from '../lib/action/action-run.ts';
import { readPublishInputs } from './inputs.ts';
import { publish } from './publish.ts';

await runAction('publish', (run) => publish(readPublishInputs(run.input), run));
