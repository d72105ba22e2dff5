/** Starts registries of a test's own, with settings that the shared one has not: logins, tokens, TLS. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { buildEngine } from '../../scripts/engine/build-engine.ts';
import { startTestEngine } from './engine.ts';

/** A running registry. */
export interface RegistryProgram {
  readonly port: number;
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Runs its own garbage collection, as its manual has it. */
  collectGarbage(): Promise<void>;
  /** Bytes of all content. */
  stored(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts a registry on a free port, with more settings if given: https://distribution.github.io/distribution/about/configuration/.
 * `files` are written first, into the folder that `settings` is told.
 */
export async function startRegistryProgram(options: {
  readonly files?: Readonly<Record<string, string>>;
  readonly settings: (folder: string) => {
    readonly auth?: object;
    readonly http?: { readonly tls: object };
  };
}): Promise<RegistryProgram> {
  const { folders } = await startTestEngine();
  const program = join(await buildEngine(folders.cache, ['registry'], () => undefined), 'registry');
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-registry-'));
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text);
  const port = await freePort();
  const more = options.settings(folder);
  const settings = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'content') }, delete: { enabled: true } },
    ...more,
    http: { addr: `127.0.0.1:${port}`, ...more.http },
  };
  await writeFile(join(folder, 'config.yml'), stringify(settings));
  const running = execa(program, ['serve', join(folder, 'config.yml')], {
    env: { OTEL_TRACES_EXPORTER: 'none' },
    reject: false,
    all: true,
  });
  await listens(port, running);
  return {
    port,
    host: `127.0.0.1:${port}`,
    async collectGarbage() {
      await execa(program, ['garbage-collect', join(folder, 'config.yml')], {
        env: { OTEL_TRACES_EXPORTER: 'none' },
      });
    },
    async stored() {
      const { stdout } = await execa('du', ['-sb', join(folder, 'content')]);
      return Number(stdout.split('\t')[0]);
    },
    async stop() {
      running.kill();
      await running;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port: number, running: PromiseLike<{ all?: unknown }>): Promise<void> {
  let ended: string | undefined;
  void running.then((result) => {
    ended = String(result.all);
  });
  for (let tries = 0; tries < 200 && ended === undefined; tries++) {
    // Any answer will do, also that it speaks TLS.
    const answers = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await sleep(50);
  }
  throw new Error(`the registry did not start: ${ended ?? 'no answer'}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
