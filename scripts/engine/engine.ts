/** Owns the engine as the rest of Darkroom sees it: Docker with Buildx, and a registry on loopback. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureSocketBuilder } from '../../actions/lib/buildkit/socket-builder.ts';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { withLock } from '../../actions/lib/process/with-lock.ts';
import { findRunning } from './background-process.ts';
import { buildEngine, ENGINE_TOOLS, findBinaries, type ToolName } from './build-engine.ts';
import { daemonPaths, findDaemon, startDaemon, stopDaemon } from './docker-engine.ts';
import { type DockerVerdict, findDocker } from './find-docker.ts';
import { type Folders, findFolders } from './folders.ts';
import { preflight } from './preflight.ts';
import {
  findRegistry,
  type RegistryAddress,
  type RegistryRunner,
  startRegistry,
  stopRegistry,
} from './registry-process.ts';

/** What builds and runs images. */
export interface Engine {
  /** Started by us; the user's Docker; a builder of ours in the user's Docker. */
  readonly kind: 'own' | 'docker' | 'docker-container';
  /** Path of the `docker` command. */
  readonly docker: string;
  /** Program and first arguments of Buildx. */
  readonly buildx: readonly string[];
  /** For `--builder`. */
  readonly builder: string;
  /** Environment for `docker` and `buildx`, to be added to the process's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** What runs and what it takes. */
export interface EngineStatus {
  readonly folders: Folders;
  readonly daemon?: { readonly pid: number; readonly socket: string };
  readonly registry?: RegistryAddress;
  /** What the user's own Docker is good for; it is not looked at while a daemon of ours runs. */
  readonly docker?: DockerVerdict;
  /** Bytes on disk below the state folder. */
  readonly dataBytes: number;
  readonly binaries: { readonly folder: string; readonly missing: readonly ToolName[] };
}

type OnLine = (line: string) => void;

const BUILDER = 'darkroom';

/**
 * Returns an engine that answers: the one started earlier, else the user's Docker if it can build for us, else one of
 * our own, built and started now.
 *
 * @throws DarkroomError `engine/…` with everything that is missing
 */
export async function ensureEngine(onLine: OnLine, folders: Folders = findFolders()): Promise<Engine> {
  const { state, cache } = folders;
  if ((await findDaemon(state)) !== undefined) {
    const { folder, missing } = await findBinaries(cache, ['docker', 'docker-buildx']);
    if (missing.length === 0) return ownEngine(state, folder);
  }
  const verdict = await findDocker();
  if (verdict.use !== 'nothing') return usersEngine(verdict, state);

  const { missing } = await findBinaries(cache, ENGINE_TOOLS);
  const needs = { go: missing.length > 0, runc: missing.includes('runc'), engine: true, debian: false };
  await preflight(needs, { state, dockerRefusal: verdict.refusal, onLine });
  const binaries = await buildEngine(cache, ENGINE_TOOLS, onLine);
  await withLock(join(state, 'run'), async () => {
    if ((await findDaemon(state)) !== undefined) return;
    onLine('engine: starting Docker Engine');
    await startDaemon(state, binaries);
  });
  return ownEngine(state, binaries);
}

/** Returns the address of the registry on loopback, started now if it does not run. */
export async function ensureRegistry(
  onLine: OnLine,
  folders: Folders = findFolders(),
): Promise<RegistryAddress> {
  return startRegistry(folders.state, () => chooseRegistryRunner(onLine, folders));
}

/** Says what runs; starts nothing. */
export async function engineStatus(folders: Folders = findFolders()): Promise<EngineStatus> {
  const paths = daemonPaths(folders.state);
  const pid = findRunning({ pidFile: paths.pidFile, mark: paths.host });
  const registry = await findRegistry(folders.state);
  const size = await execa('du', ['-sxB1', folders.state], { reject: false });
  return {
    folders,
    ...(pid === undefined ? { docker: await findDocker() } : { daemon: { pid, socket: paths.socket } }),
    ...(registry === undefined ? {} : { registry }),
    dataBytes: Number.parseInt(size.stdout, 10) || 0,
    binaries: await findBinaries(folders.cache, ENGINE_TOOLS),
  };
}

/** Ends everything Darkroom started on this machine; images and the registry's content stay. Twice does no harm. */
export async function stopEngine(folders: Folders = findFolders()): Promise<void> {
  const { state } = folders;
  await withLock(join(state, 'run'), async () => {
    await stopRegistry(state);
    await stopBuilder(state);
    await stopDaemon(state);
  });
}

async function chooseRegistryRunner(onLine: OnLine, { cache, state }: Folders): Promise<RegistryRunner> {
  const { folder, missing } = await findBinaries(cache, ['registry']);
  if (missing.length === 0) return { kind: 'program', path: join(folder, 'registry') };
  const needs = { go: true, runc: false, engine: false, debian: false };
  try {
    await preflight(needs, { state, onLine });
  } catch (noGo) {
    const verdict = await findDocker();
    if (verdict.use === 'nothing') throw noGo;
    return { kind: 'container', docker: 'docker', host: verdict.host };
  }
  return { kind: 'program', path: join(await buildEngine(cache, ['registry'], onLine), 'registry') };
}

/** The private configuration folder keeps the user's credentials and settings out, and ours out of theirs. */
async function ownEngine(state: string, binaries: string): Promise<Engine> {
  const config = join(state, 'config');
  const buildx = join(binaries, 'docker-buildx');
  await linkPlugin(buildx, config);
  const { host } = daemonPaths(state);
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: config, BUILDX_CONFIG: join(config, 'buildx') };
  const builder = await ensureSocketBuilder([buildx], env, host);
  return { kind: 'own', docker: join(binaries, 'docker'), buildx: [buildx], builder, env };
}

/** A rename replaces what stands there at once: several commands may do this at the same time. */
async function linkPlugin(buildx: string, config: string): Promise<void> {
  const link = join(config, `docker-buildx.${randomUUID()}`);
  await mkdir(join(config, 'cli-plugins'), { recursive: true });
  await symlink(buildx, link);
  await rename(link, join(config, 'cli-plugins', 'docker-buildx'));
}

/** `DOCKER_HOST` stands for the context, so that a caller may bring a Docker configuration of its own. */
async function usersEngine(
  verdict: Exclude<DockerVerdict, { use: 'nothing' }>,
  state: string,
): Promise<Engine> {
  const engine = { docker: 'docker', buildx: [verdict.buildx] };
  const env = { DOCKER_HOST: verdict.host, BUILDX_CONFIG: join(state, 'buildx') };
  if (verdict.use === 'docker') {
    const builder = await ensureSocketBuilder([verdict.buildx], env, verdict.host);
    return { kind: 'docker', ...engine, builder, env };
  }
  await createBuilder(verdict.buildx, env);
  return { kind: 'docker-container', ...engine, builder: BUILDER, env };
}

/** The builder is only written down here; Buildx starts its container with the first build. */
async function createBuilder(buildx: string, env: Readonly<Record<string, string>>): Promise<void> {
  const known = await execa(buildx, ['inspect', BUILDER], { reject: false, env });
  if (!known.failed) return;
  const driver = ['--driver', 'docker-container', '--driver-opt', 'network=host'];
  const created = await execa(buildx, ['create', '--name', BUILDER, ...driver], { reject: false, env });
  if (!created.failed) return;
  throw new DarkroomError({
    code: 'engine/no-builder',
    message: `Buildx could not create the builder "${BUILDER}": ${created.stderr.trim()}`,
  });
}

async function stopBuilder(state: string): Promise<void> {
  const configuration = join(state, 'buildx');
  if (!existsSync(join(configuration, 'instances', BUILDER))) return;
  const verdict = await findDocker();
  if (verdict.use === 'nothing') return;
  const env = { DOCKER_HOST: verdict.host, BUILDX_CONFIG: configuration };
  await execa(verdict.buildx, ['stop', BUILDER], { reject: false, env });
}
