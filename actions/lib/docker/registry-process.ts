/** Owns the registry on loopback: one per state folder, started when first asked for. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { withLock } from '../process/with-lock.ts';
import { answersHttp } from './answers-http.ts';
import { endBackgroundProcess, findRunning, lastLines, startInBackground } from './background-process.ts';

/** Where the registry listens; plain HTTP, reachable from this machine only. */
export type RegistryAddress = `127.0.0.1:${number}`;

/** What can run a registry here: the program of our own, or the user's Docker. */
export type RegistryRunner =
  | { readonly kind: 'program'; readonly path: string }
  | {
      readonly kind: 'container';
      readonly docker: string;
      readonly host: string;
      /** Whether what is pushed outlives the container. */
      readonly keeps: boolean;
    };

/** What is remembered between commands, so that references to images here stay good. */
interface Remembered {
  readonly port: number;
  readonly container?: { readonly docker: string; readonly host: string };
}

const FIRST_PORT = 5077;
const PORTS_TRIED = 50;
const STARTS_TRIED = 10;
/** Tells the registry of a state folder from another that took its port. */
const STATE_HEADER = 'X-Darkroom-State';
/** https://hub.docker.com/_/registry */
const CONTAINER_IMAGE = 'docker.io/library/registry:3';

/** Returns the address of the registry of this state folder if it runs and answers. */
export async function findRegistry(state: string): Promise<RegistryAddress | undefined> {
  const remembered = await readRemembered(state);
  if (remembered === undefined) return undefined;
  if (remembered.container === undefined && findRunning(registryProcess(state)) === undefined)
    return undefined;
  return (await answers(remembered.port)) ? `127.0.0.1:${remembered.port}` : undefined;
}

/**
 * Returns the address of the registry, started now if it does not run. `chooseRunner` is asked only then.
 *
 * @throws DarkroomError `engine/registry-failed` with the last lines of its log
 */
export async function startRegistry(
  state: string,
  chooseRunner: () => Promise<RegistryRunner>,
): Promise<RegistryAddress> {
  const running = await findRegistry(state);
  if (running !== undefined) return running;
  const runner = await chooseRunner();
  return withLock<RegistryAddress>(join(state, 'run'), async () => {
    const startedMeanwhile = await findRegistry(state);
    if (startedMeanwhile !== undefined) return startedMeanwhile;
    await stopRegistry(state);
    const port = await startOnFreePort(state, runner, (await readRemembered(state))?.port);
    const remembered: Remembered = runner.kind === 'program' ? { port } : { port, container: runner };
    await writeFile(rememberedFile(state), JSON.stringify(remembered));
    return `127.0.0.1:${port}`;
  });
}

/** Ends the registry if it runs; what it holds stays. */
export async function stopRegistry(state: string): Promise<void> {
  await endBackgroundProcess(registryProcess(state), 5000);
  const container = (await readRemembered(state))?.container;
  if (container !== undefined) await removeContainer(state, container);
}

/** Whoever starts one for another state at this moment finds the same port free: one gets it, the other goes on. */
async function startOnFreePort(
  state: string,
  runner: RegistryRunner,
  remembered: number | undefined,
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = await findFreePort(tries === 1 ? remembered : undefined);
    try {
      if (runner.kind === 'program') await startProgram(state, runner.path, port);
      else await startContainer(state, runner, port);
      await waitForAnswer(state, runner, port);
      return port;
    } catch (error) {
      if (tries === STARTS_TRIED || (await isFree(port))) throw error;
    }
  }
}

async function startProgram(state: string, path: string, port: number): Promise<void> {
  const config = configFile(state);
  // https://distribution.github.io/distribution/about/configuration/
  const settings = {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(state, 'registry') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, headers: { [STATE_HEADER]: [stateHash(state)] } },
  };
  await writeFile(config, stringify(settings));
  await startInBackground({
    ...registryProcess(state),
    command: path,
    args: ['serve', config],
    // Without this it keeps looking for a trace collector on this machine.
    env: { OTEL_TRACES_EXPORTER: 'none' },
  });
}

async function startContainer(
  state: string,
  { docker, host, keeps }: Extract<RegistryRunner, { kind: 'container' }>,
  port: number,
): Promise<void> {
  await removeContainer(state, { docker, host });
  const result = await execa(
    docker,
    [
      ...['run', '--detach', '--name', containerName(state), '--publish', `127.0.0.1:${port}:5000`],
      ...(keeps ? ['--volume', `${join(state, 'registry')}:/var/lib/registry`] : []),
      ...[
        '--env',
        'REGISTRY_STORAGE_DELETE_ENABLED=true',
        '--env',
        'OTEL_TRACES_EXPORTER=none',
        CONTAINER_IMAGE,
      ],
    ],
    { reject: false, all: true, env: { DOCKER_HOST: host } },
  );
  if (result.failed) {
    throw registryFailed(
      result.all ?? result.shortMessage,
      `It runs the image "${CONTAINER_IMAGE}" in Docker, which pulls it unless it is there: "docker pull ${CONTAINER_IMAGE}" tells more.`,
    );
  }
}

async function removeContainer(state: string, container: { docker: string; host: string }): Promise<void> {
  await execa(container.docker, ['rm', '--force', '--volumes', containerName(state)], {
    reject: false,
    env: { DOCKER_HOST: container.host },
  });
}

/** A program that could not have the port ends a moment later: until then a stranger answers, told by its headers. */
async function waitForAnswer(state: string, { kind }: RegistryRunner, port: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  const mayAnswer = () => kind === 'container' || findRunning(registryProcess(state)) !== undefined;
  while (Date.now() < deadline && mayAnswer()) {
    // Docker itself refuses a container a port that is taken.
    if (await answers(port, kind === 'program' ? stateHash(state) : undefined)) return;
    await sleep(25);
  }
  throw registryFailed(await lastLines(registryProcess(state).logFile, 8));
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support */
function answers(port: number, as?: string): Promise<boolean> {
  return answersHttp(
    { host: '127.0.0.1', port, path: '/v2/' },
    (headers) => as === undefined || headers[STATE_HEADER.toLowerCase()] === as,
  );
}

async function findFreePort(remembered: number | undefined): Promise<number> {
  const candidates = Array.from({ length: PORTS_TRIED }, (_, index) => FIRST_PORT + index);
  for (const port of remembered === undefined ? candidates : [remembered, ...candidates]) {
    if (await isFree(port)) return port;
  }
  throw registryFailed(`no port between ${FIRST_PORT} and ${FIRST_PORT + PORTS_TRIED - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function readRemembered(state: string): Promise<Remembered | undefined> {
  try {
    return JSON.parse(await readFile(rememberedFile(state), 'utf8')) as Remembered;
  } catch {
    return undefined;
  }
}

function registryProcess(state: string): { pidFile: string; mark: string; logFile: string } {
  const run = join(state, 'run');
  return { pidFile: join(run, 'registry.pid'), mark: configFile(state), logFile: join(run, 'registry.log') };
}

function configFile(state: string): string {
  return join(state, 'run', 'registry.yml');
}

function rememberedFile(state: string): string {
  return join(state, 'registry.json');
}

function containerName(state: string): string {
  return `darkroom-registry-${stateHash(state)}`;
}

function stateHash(state: string): string {
  return createHash('sha256').update(state).digest('hex').slice(0, 8);
}

function registryFailed(detail: string, hint?: string): DarkroomError {
  return new DarkroomError({
    code: 'engine/registry-failed',
    message: `The registry on loopback did not start: ${detail}`,
    ...(hint === undefined ? {} : { hint }),
  });
}
