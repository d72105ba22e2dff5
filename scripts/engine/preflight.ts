/** Owns what a machine must have before an engine can be made on it, and bringing what a package manager can bring. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { execa } from 'execa';
import prettyBytes from 'pretty-bytes';
import { DarkroomError, type Problem } from '../../actions/lib/errors/darkroom-error.ts';

/** What is about to be done. */
export interface Needs {
  /** Some program must be compiled. */
  readonly go: boolean;
  /** `runc` must be compiled, which needs a C compiler and headers. */
  readonly runc: boolean;
  /** A Docker Engine of our own must be started. */
  readonly engine: boolean;
  /** A root file system must be made from Debian packages. */
  readonly debian: boolean;
}

/** What was found on the machine. */
export interface Machine {
  readonly root: boolean;
  readonly apt: boolean;
  /** As Go prints it, such as `go1.26.1`. */
  readonly go?: string;
  /** Those of `PROGRAMS` that are on PATH. */
  readonly programs: ReadonlySet<string>;
  readonly seccompHeaders: boolean;
  readonly overlayfs: boolean;
  readonly cgroups: boolean;
  /** Bytes free where images are kept. */
  readonly free: number;
  readonly stateFolder: string;
  /** Why the user's own Docker cannot be used. */
  readonly dockerRefusal?: string;
}

/** What `docker run --init` puts into a container; it must need no library of the container's. */
export const INIT_PROGRAM = 'tini-static';
const PROGRAMS = ['gcc', 'pkg-config', 'iptables', 'ip', INIT_PROGRAM, 'mmdebstrap', 'apt-get'];
const FREE_BYTES = 5_000_000_000;
/** `<state>/run/exec/containerd/containerd.sock.ttrpc` must fit into a socket address: unix(7), 108 bytes. */
const LONGEST_STATE_FOLDER = 107 - '/run/exec/containerd/containerd.sock.ttrpc'.length;

/** Packages of Debian and Ubuntu that would bring what is missing. */
export function missingPackages(machine: Machine, needs: Needs): readonly string[] {
  const lacks = (program: string): boolean => !machine.programs.has(program);
  const packages: string[] = [];
  if (needs.runc && lacks('gcc')) packages.push('gcc', 'libc6-dev');
  if (needs.runc && lacks('pkg-config')) packages.push('pkg-config');
  if (needs.runc && !machine.seccompHeaders) packages.push('libseccomp-dev');
  if (needs.engine && lacks('iptables')) packages.push('iptables');
  if (needs.engine && lacks('ip')) packages.push('iproute2');
  if (needs.engine && lacks(INIT_PROGRAM)) packages.push('tini');
  if (needs.debian && lacks('mmdebstrap')) packages.push('mmdebstrap', 'debian-archive-keyring');
  return packages;
}

/** Everything that stands in the way, at once. */
export function preflightProblems(machine: Machine, needs: Needs): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (reason: string, message: string, hint?: string): void => {
    problems.push({ code: `engine/${reason}`, message, ...(hint === undefined ? {} : { hint }) });
  };
  if (needs.engine && !machine.root) {
    add(
      'not-root',
      `No usable Docker was found (${machine.dockerRefusal ?? 'not looked for'}), and starting an engine needs root.`,
      'Either make Docker with Buildx usable for this user (https://docs.docker.com/engine/install/), or run this command as root.',
    );
  }
  if (needs.go && !isRecentGo(machine.go)) {
    const found = machine.go === undefined ? 'no "go" is on PATH' : `PATH has "${machine.go}"`;
    add(
      'no-go',
      `Building the engine needs Go 1.21 or newer; ${found}.`,
      'Install it from https://go.dev/dl/ and put it on PATH, or make Docker with Buildx usable for this user.',
    );
  }
  const packages = missingPackages(machine, needs);
  if (packages.length > 0) {
    add(
      'missing-packages',
      `These packages are missing (names of Debian and Ubuntu): ${packages.join(', ')}.`,
      machine.apt && !machine.root
        ? `Install them: sudo apt-get install --no-install-recommends ${packages.join(' ')}`
        : 'Install them, or their like, with the package manager of this system.',
    );
  }
  if (!needs.engine) return problems;
  if (!machine.overlayfs)
    add(
      'no-overlayfs',
      'The kernel offers no "overlay" file system, which images need.',
      'Load it: modprobe overlay',
    );
  if (!machine.cgroups)
    add('no-cgroups', '"/sys/fs/cgroup" is not mounted, and containers need control groups.');
  if (machine.free < FREE_BYTES) {
    add(
      'disk-full',
      `"${machine.stateFolder}" has ${prettyBytes(machine.free)} free; an engine needs at least ${prettyBytes(FREE_BYTES)}.`,
      'Free some space, or set XDG_STATE_HOME to a folder on a larger disk.',
    );
  }
  if (Buffer.byteLength(machine.stateFolder) > LONGEST_STATE_FOLDER) {
    add(
      'path-too-long',
      `"${machine.stateFolder}" is longer than the ${LONGEST_STATE_FOLDER} bytes that leave room for socket addresses.`,
      'Set XDG_STATE_HOME to a shorter path.',
    );
  }
  return problems;
}

/**
 * Makes sure the machine has what is needed; as root on Debian and Ubuntu it installs missing packages itself.
 *
 * @throws DarkroomError with every problem that is left
 */
export async function preflight(
  needs: Needs,
  options: {
    readonly state: string;
    readonly dockerRefusal?: string;
    readonly onLine: (line: string) => void;
  },
): Promise<void> {
  if (!Object.values(needs).includes(true)) return;
  let machine = await inspectMachine(options.state, options.dockerRefusal);
  const packages = missingPackages(machine, needs);
  const rest = preflightProblems(machine, needs).filter(
    (problem) => problem.code !== 'engine/missing-packages',
  );
  // Nothing is installed on a machine that will not do anyway.
  if (packages.length > 0 && machine.root && machine.apt && rest.length === 0) {
    options.onLine(`engine: installing ${packages.join(', ')} with apt-get`);
    await installPackages(packages);
    machine = await inspectMachine(options.state, options.dockerRefusal);
  }
  const problems = preflightProblems(machine, needs);
  if (problems.length > 0) throw new DarkroomError(problems);
}

async function inspectMachine(state: string, dockerRefusal: string | undefined): Promise<Machine> {
  await mkdir(state, { recursive: true });
  const space = await statfs(state);
  const go = await execa('go', ['env', 'GOVERSION'], {
    reject: false,
    cwd: '/',
    env: { GOTOOLCHAIN: 'local' },
  });
  const programs = new Set(PROGRAMS.filter(isOnPath));
  const seccomp = await execa('pkg-config', ['--exists', 'libseccomp'], { reject: false });
  return {
    root: process.getuid?.() === 0,
    apt: programs.has('apt-get'),
    ...(go.failed ? {} : { go: go.stdout.trim() }),
    programs,
    seccompHeaders: !seccomp.failed,
    overlayfs: await hasOverlay(),
    cgroups: / - cgroup2? /.test(await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')),
    free: space.bavail * space.bsize,
    stateFolder: state,
    ...(dockerRefusal === undefined ? {} : { dockerRefusal }),
  };
}

async function installPackages(packages: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // A broken list of somebody else's must not stop this: what counts is whether the packages can be installed.
  await execa('apt-get', ['update', '-qq'], { reject: false, env });
  const result = await execa('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    reject: false,
    all: true,
    env,
  });
  if (!result.failed) return;
  const tail = (result.all ?? result.shortMessage).trimEnd().split('\n').slice(-6).join('\n  ');
  throw new DarkroomError({
    code: 'engine/apt-failed',
    message: `apt-get could not install ${packages.join(', ')}:\n  ${tail}`,
  });
}

async function hasOverlay(): Promise<boolean> {
  const offered = (): boolean => /\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'));
  if (offered()) return true;
  await execa('modprobe', ['overlay'], { reject: false });
  return offered();
}

/** The administrator's folders count too: iptables and ip live there, and a plain user's PATH may lack them. */
function isOnPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(`${folder}/${program}`));
}

/** 1.21 is the first that fetches the toolchain a module asks for: https://go.dev/doc/toolchain */
function isRecentGo(version: string | undefined): boolean {
  const numbers = /^go(\d+)\.(\d+)/.exec(version ?? '');
  if (numbers === null) return false;
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  return major > 1 || minor >= 21;
}
