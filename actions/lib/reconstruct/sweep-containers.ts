import { execa } from 'execa';
import type { Engine } from '../docker/engine.ts';
import { isGone } from '../process/process-owner.ts';
import { LABELS } from '../scene/stage-container.ts';
import { removeContainer } from './run-container.ts';

/**
 * Ends and removes the containers of scenes whose command was killed, with time for their checkpoints: they hold the lease
 * of their scene. Gives how many there were.
 */
export async function sweepContainers(engine: Engine): Promise<number> {
  const args = ['--all', '--no-trunc', '--filter', `label=${LABELS.scene}`];
  const { stdout } = await execa(
    engine.docker,
    ['ps', ...args, '--format', `{{.ID}} {{.Label "${LABELS.owner}"}}`],
    { env: engine.env, reject: false },
  );
  const left = stdout.split('\n').flatMap((line) => {
    const [id = '', owner = ''] = line.split(' ');
    return id !== '' && isGone(owner) ? [id] : [];
  });
  await Promise.all(left.map((id) => removeContainer(engine, id)));
  return left.length;
}
