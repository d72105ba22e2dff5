/** Owns the Docker Engine of our own: a daemon with its own data, socket, bridge and containerd beside any other. */
import { createReadStream } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { answersHttp } from '../../actions/lib/docker/answers-http.ts';
import {
  endProcesses,
  findMarked,
  findRunning,
  lastLines,
  startInBackground,
} from '../../actions/lib/docker/background-process.ts';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { closeNetwork, type EngineNetwork, openNetwork } from './engine-network.ts';
import { INIT_PROGRAM } from './preflight.ts';

/** Where a state folder's daemon keeps what it needs. */
export interface DaemonPaths {
  readonly data: string;
  readonly run: string;
  readonly socket: string;
  /** The same as `DOCKER_HOST` takes it. */
  readonly host: string;
  readonly configFile: string;
  readonly pidFile: string;
  readonly logFile: string;
}

/** Said where containerd takes too long to open its databases on a busy machine: no setting waits longer. */
const SLOW_START = 'timeout waiting for containerd to start';
/** They are hundreds of megabytes after a while, and containerd has ten seconds to look through them. */
const DATABASES = ['metadata.v1.bolt/meta.db', 'snapshotter.v1.overlayfs/metadata.db'];
/** Programs of the engine that outlive a daemon that was killed. */
const HELPERS = ['containerd', 'containerd-shim-runc-v2', 'runc'];

/** Where the daemon of a state folder lives. */
export function daemonPaths(state: string): DaemonPaths {
  const run = join(state, 'run');
  return {
    data: join(state, 'docker'),
    run: join(run, 'exec'),
    socket: join(run, 'docker.sock'),
    host: `unix://${join(run, 'docker.sock')}`,
    configFile: join(run, 'docker.json'),
    pidFile: join(run, 'docker.pid'),
    logFile: join(run, 'docker.log'),
  };
}

/** Returns the daemon's process if it runs and answers. */
export async function findDaemon(state: string): Promise<number | undefined> {
  const paths = daemonPaths(state);
  const pid = findRunning({ pidFile: paths.pidFile, mark: paths.host });
  return pid !== undefined && (await answers(paths.socket)) ? pid : undefined;
}

/**
 * Starts the daemon from the programs in `binaries` and returns when it answers. The caller holds the state's lock.
 *
 * @throws DarkroomError `engine/daemon-failed` with the last lines of its log
 */
export async function startDaemon(state: string, binaries: string): Promise<void> {
  if ((await findDaemon(state)) !== undefined) return;
  try {
    await startOnce(state, binaries);
  } catch (error) {
    if (!(error instanceof DarkroomError && error.message.includes(SLOW_START))) throw error;
    await startOnce(state, binaries);
  }
}

async function startOnce(state: string, binaries: string): Promise<void> {
  await stopDaemon(state);
  const paths = daemonPaths(state);
  const network = await openNetwork(state);
  await warmDatabases(paths);
  // A file of its own, or the daemon would read the settings of the user's: /etc/docker/daemon.json
  await writeFile(paths.configFile, JSON.stringify(daemonSettings(paths, network, binaries)));
  const pid = await startInBackground({
    command: join(binaries, 'dockerd'),
    args: ['--host', paths.host, '--config-file', paths.configFile],
    // The daemon and its containerd look for runc and the shim on PATH.
    env: { PATH: `${binaries}:${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
    mark: paths.host,
    pidFile: paths.pidFile,
    logFile: paths.logFile,
  });
  await waitForAnswer(paths, pid);
}

/** Reads the databases once, so that they come out of memory and not off a cold disk. */
async function warmDatabases({ data }: DaemonPaths): Promise<void> {
  for (const name of DATABASES) {
    const bytes = createReadStream(join(data, 'containerd/daemon', `io.containerd.${name}`));
    // There is none before the first start.
    await finished(bytes.resume()).catch(() => undefined);
  }
}

/** Ends the daemon with everything it started and takes down its mounts and network. Its data stays. */
export async function stopDaemon(state: string): Promise<void> {
  const paths = daemonPaths(state);
  const pid = findRunning({ pidFile: paths.pidFile, mark: paths.host });
  // It gives its containers 15 s to end: https://docs.docker.com/reference/cli/dockerd/
  if (pid !== undefined) await endProcesses([pid], 25_000);
  await endProcesses(await findMarked(paths.host, ['dockerd']), 5000);
  const containers = await findContainers(paths.run);
  await endProcesses(await findMarked(paths.run, HELPERS), 3000);
  await endProcesses(containers, 0);
  await unmountBelow(paths);
  await closeNetwork(state);
  for (const path of [paths.pidFile, paths.configFile, paths.socket, paths.run]) {
    await rm(path, { recursive: true, force: true });
  }
}

/** https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file */
function daemonSettings(paths: DaemonPaths, network: EngineNetwork, binaries: string) {
  const { bridge, prefix, mtu } = network;
  return {
    'data-root': paths.data,
    'exec-root': paths.run,
    pidfile: join(paths.run, 'docker.pid'),
    group: String(process.getgid?.() ?? 0),
    bridge,
    mtu,
    iptables: false,
    ip6tables: false,
    'init-path': INIT_PROGRAM,
    'userland-proxy-path': join(binaries, 'docker-proxy'),
    'default-address-pools': [{ base: `${prefix}.0.0/16`, size: 24 }],
    'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': String(mtu) } },
    'log-level': 'warn',
  };
}

/** Returns the first process of every container; without it the others of its name space end too. */
async function findContainers(run: string): Promise<readonly number[]> {
  const tasks = join(run, 'containerd', 'daemon', 'io.containerd.runtime.v2.task', 'moby');
  const ids = await readdir(tasks).catch(() => []);
  const pids = await Promise.all(
    ids.map(async (id) => {
      const pid = Number.parseInt(await readFile(join(tasks, id, 'init.pid'), 'utf8').catch(() => ''), 10);
      const group = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
      return group.includes(id) ? pid : undefined;
    }),
  );
  return pids.filter((pid) => pid !== undefined);
}

async function waitForAnswer(paths: DaemonPaths, pid: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && findRunning({ pidFile: paths.pidFile, mark: paths.host }) === pid) {
    if (await answers(paths.socket)) return;
    await sleep(100);
  }
  throw new DarkroomError({
    code: 'engine/daemon-failed',
    message: `The Docker daemon did not start. Its log "${paths.logFile}" ends with:\n${await lastLines(paths.logFile, 12)}`,
  });
}

/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/System/operation/SystemPing */
function answers(socket: string): Promise<boolean> {
  return answersHttp({ socketPath: socket, path: '/_ping' });
}

/** A daemon that had to be killed leaves its layers and name spaces mounted; the deepest goes first. */
async function unmountBelow({ data, run }: DaemonPaths): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '))
    .filter((point) => [data, run].some((folder) => point === folder || point.startsWith(`${folder}/`)));
  for (const point of mounts.sort().reverse()) await execa('umount', ['--lazy', point], { reject: false });
}
