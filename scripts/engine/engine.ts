/** Owns the engine as the rest of Darkroom sees it: Docker with Buildx, and a registry on loopback. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureSocketBuilder } from '../../actions/lib/buildkit/socket-builder.ts';
import { findRunning } from '../../actions/lib/docker/background-process.ts';
import { CONTAINER_BUILDER, type Engine, usersEngine } from '../../actions/lib/docker/engine.ts';
import { type DockerVerdict, findDocker } from '../../actions/lib/docker/find-docker.ts';
import {
  findRegistry,
  type RegistryAddress,
  type RegistryRunner,
  startRegistry,
  stopRegistry,
} from '../../actions/lib/docker/registry-process.ts';
import { withLock } from '../../actions/lib/process/with-lock.ts';
import { buildEngine, ENGINE_TOOLS, findBinaries, type ToolName } from './build-engine.ts';
import { daemonPaths, findDaemon, startDaemon, stopDaemon } from './docker-engine.ts';
import { type Folders, findFolders } from './folders.ts';
import { preflight } from './preflight.ts';

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
    return { kind: 'container', docker: 'docker', host: verdict.host, keeps: true };
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

async function stopBuilder(state: string): Promise<void> {
  const configuration = join(state, 'buildx');
  if (!existsSync(join(configuration, 'instances', CONTAINER_BUILDER))) return;
  const verdict = await findDocker();
  if (verdict.use === 'nothing') return;
  const env = { DOCKER_HOST: verdict.host, BUILDX_CONFIG: configuration };
  await execa(verdict.buildx, ['stop', CONTAINER_BUILDER], { reject: false, env });
}
