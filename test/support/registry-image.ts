import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import { makeTinyRoot } from './tiny-root.ts';

const CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /var/lib/registry } }
http: { addr: ':5000' }
`;

/**
 * Gives an engine a `registry:3`, which it would else pull from Docker Hub: the same distribution registry, from the
 * program of the tests.
 */
export async function makeRegistryImage(engine: Engine): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'darkroom-registry-image-'));
  try {
    await makeTinyRoot(dir);
    await mkdir(path.join(dir, 'bin'), { recursive: true });
    // The registry lies beside the engine's other programs.
    await cp(
      await realpath(path.join(path.dirname(engine.docker), 'registry')),
      path.join(dir, 'bin/registry'),
    );
    await writeFile(path.join(dir, 'config.yml'), CONFIG);
    await writeFile(
      path.join(dir, 'Dockerfile'),
      'FROM scratch\nCOPY . /\nVOLUME /var/lib/registry\nENTRYPOINT ["/bin/registry"]\nCMD ["serve", "/config.yml"]\n',
    );
    await execa(engine.docker, ['build', '--quiet', '--tag', 'docker.io/library/registry:3', dir], {
      env: engine.env,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
