import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { findMarked } from '../../actions/lib/docker/background-process.ts';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import type { RegistryAddress } from '../../actions/lib/docker/registry-process.ts';
import { engineStatus, ensureEngine, ensureRegistry, stopEngine } from '../../scripts/engine/engine.ts';
import { type Folders, findFolders } from '../../scripts/engine/folders.ts';
import { findRecipe } from '../../scripts/engine/made/find-recipe.ts';
import { readMade } from '../../scripts/engine/made/made-lock.ts';
import { type MadeUpstream, makeUpstream } from '../../scripts/engine/made/make-upstream.ts';

const MINUTES = 60_000;
const PLATFORM = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
const onLine = (): void => {};

describe('the engine', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
  const folders: Folders = { ...findFolders(), state: path.join(root, 'darkroom') };
  let engine: Engine;
  let registry: RegistryAddress;
  let python: MadeUpstream;

  const docker = (...args: string[]) => execa(engine.docker, args, { env: engine.env });

  beforeAll(async () => {
    engine = await ensureEngine(onLine, folders);
    registry = await ensureRegistry(onLine, folders);
  }, 15 * MINUTES);

  afterAll(async () => {
    await stopEngine(folders);
    rmSync(root, { recursive: true, force: true });
  }, MINUTES);

  it('answers, and is found again in no time', async () => {
    const started = performance.now();
    expect(await ensureRegistry(onLine, folders)).toBe(registry);
    expect(await ensureEngine(onLine, folders)).toEqual(engine);
    expect(performance.now() - started).toBeLessThan(2000);
    const { stdout } = await docker('version', '--format', '{{.Server.Os}}');
    expect(stdout).toBe('linux');
  });

  it(
    'makes a Python upstream and notes it',
    async () => {
      const recipe = findRecipe('python:3.11-slim-bookworm', PLATFORM);
      if (recipe === null) throw new Error('no recipe');
      python = await makeUpstream(recipe, { engine, registry, onLine, folders });
      expect(python.reference).toBe(`${registry}/darkroom/made/python:3.11-slim-bookworm`);
      const { images } = await readMade(folders.state);
      expect(images['docker.io/library/python:3.11-slim-bookworm']?.[PLATFORM]?.digest).toBe(python.digest);
      // What the build of Python stands on was noted too.
      expect(images['docker.io/library/debian:bookworm-slim']?.[PLATFORM]?.digest).toMatch(/^sha256:/);
    },
    5 * MINUTES,
  );

  it(
    'builds with the network, pushes by digest, and runs what was pushed',
    async () => {
      const context = path.join(root, 'context');
      const metadata = path.join(root, 'metadata.json');
      await execa('mkdir', [context]);
      writeFileSync(
        path.join(context, 'Dockerfile'),
        'FROM base\nRUN pip download --no-deps --dest /wheels six && apt-get update -qq\nCMD ["ls", "/wheels"]\n',
      );
      const [buildx = '', ...first] = engine.buildx;
      const repository = `${registry}/test/wheels`;
      await execa(
        buildx,
        [
          ...[...first, 'build', context, '--builder', engine.builder, '--metadata-file', metadata],
          ...['--build-context', `base=docker-image://${python.reference}@${python.digest}`, '--output'],
          `type=image,name=${repository},push-by-digest=true,name-canonical=true,push=true,compression=zstd`,
          ...[
            '--cache-to',
            `type=registry,ref=${repository}:cache,mode=max,image-manifest=true,compression=zstd`,
          ],
        ],
        { env: engine.env },
      );
      const { 'containerimage.digest': digest } = JSON.parse(readFileSync(metadata, 'utf8')) as {
        'containerimage.digest': string;
      };
      const { stdout } = await docker('run', '--rm', `${repository}@${digest}`);
      expect(stdout).toMatch(/^six-.*\.whl$/);
      const tags = await fetch(`http://${repository.replace('/', '/v2/')}/tags/list`);
      expect(await tags.json()).toEqual({ name: 'test/wheels', tags: ['cache'] });
    },
    5 * MINUTES,
  );

  it(
    'lets containers find each other by name and publishes their ports',
    async () => {
      await docker('network', 'create', 'pair');
      const serve = ['python', '-m', 'http.server', '8000', '--directory', '/opt'];
      const image = `${python.reference}@${python.digest}`;
      await docker(
        'run',
        '--detach',
        '--network',
        'pair',
        '--name',
        'server',
        '--publish',
        '127.0.0.1::8000',
        image,
        ...serve,
      );
      const ask =
        'import urllib.request, time\nfor _ in range(50):\n  try: print(urllib.request.urlopen("http://server:8000").status); break\n  except OSError: time.sleep(0.1)';
      const asked = await docker('run', '--rm', '--network', 'pair', image, 'python', '-c', ask);
      expect(asked.stdout).toBe('200');
      const { stdout: address } = await docker('port', 'server', '8000');
      expect((await fetch(`http://${address}`)).status).toBe(200);
      await docker('rm', '--force', 'server');
    },
    2 * MINUTES,
  );

  it('says what runs', async () => {
    const status = await engineStatus(folders);
    expect(status.registry).toBe(registry);
    expect(status.dataBytes).toBeGreaterThan(10_000_000);
    if (engine.kind === 'own') {
      expect(status.binaries.missing).toEqual([]);
      expect(status.daemon?.socket).toBe(path.join(folders.state, 'run', 'docker.sock'));
    }
  });

  it(
    'leaves nothing running, mounted or in the firewall, even after its daemon was killed with containers inside',
    async () => {
      const { daemon } = await engineStatus(folders);
      if (daemon !== undefined) {
        const { stdout: id } = await docker('run', '--detach', python.reference, 'sleep', '1000');
        const { stdout: pid } = await docker('inspect', id, '--format', '{{.State.Pid}}');
        process.kill(daemon.pid, 'SIGKILL');
        await stopEngine(folders);
        expect(commandOf(pid)).toBe('');
      }
      await stopEngine(folders);
      await stopEngine(folders);

      const programs = ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'registry'];
      expect(await findMarked(folders.state, programs)).toEqual([]);
      expect(await findMarked(`unix://${folders.state}`, programs)).toEqual([]);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folders.state);
      if (engine.kind === 'own') {
        const { bridge, prefix } = JSON.parse(readFileSync(path.join(folders.state, 'network.json'), 'utf8'));
        expect((await execa('iptables-save')).stdout).not.toContain(bridge);
        // The network of the test above was left to the daemon.
        expect((await execa('ip', ['address'])).stdout).not.toContain(` ${prefix}.`);
      }
      const status = await engineStatus(folders);
      expect(status).not.toHaveProperty('daemon');
      expect(status).not.toHaveProperty('registry');
    },
    2 * MINUTES,
  );

  it(
    'starts again with the same address and what it held',
    async () => {
      engine = await ensureEngine(onLine, folders);
      expect(await ensureRegistry(onLine, folders)).toBe(registry);
      const { stdout } = await docker(
        'run',
        '--rm',
        `${python.reference}@${python.digest}`,
        'python',
        '-c',
        'print(1)',
      );
      expect(stdout).toBe('1');
    },
    2 * MINUTES,
  );
});

/** Empty for a process that is gone, and for one that only waits for its parent to ask how it ended. */
function commandOf(pid: string): string {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
