import prettyBytes from 'pretty-bytes';
import type { DockerVerdict } from '../../actions/lib/docker/find-docker.ts';
import type { GlobalOptions } from '../../actions/lib/workspace/open-workspace.ts';
import { engineStatus, ensureEngine, ensureRegistry, stopEngine } from '../engine/engine.ts';
import { say } from '../say.ts';

/** `darkroom engine start|stop|status`: what builds and keeps images on this machine. */
export async function engine(options: GlobalOptions, verb: string): Promise<void> {
  if (verb === 'start') {
    await ensureRegistry(say);
    await ensureEngine(say);
  } else if (verb === 'stop') {
    await stopEngine();
  }
  const status = await engineStatus();
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ version: 1, ...status })}\n`);
    return;
  }
  const { daemon, docker, registry, folders, dataBytes, binaries } = status;
  process.stdout.write(
    [
      `engine    ${daemon === undefined ? describeDocker(docker) : `running, process ${daemon.pid}, ${daemon.socket}`}`,
      `registry  ${registry === undefined ? 'not running' : `http://${registry}`}`,
      `data      ${folders.state} (${prettyBytes(dataBytes)})`,
      `programs  ${binaries.folder}${binaries.missing.length === 0 ? '' : ` (not built yet: ${binaries.missing.join(', ')})`}`,
      '',
    ].join('\n'),
  );
}

/** What builds where no engine of ours runs. */
function describeDocker(docker: DockerVerdict | undefined): string {
  if (docker === undefined || docker.use === 'nothing') return 'not running';
  return `your Docker at ${docker.host}${docker.use === 'docker' ? '' : ', with a builder of its own'}`;
}
