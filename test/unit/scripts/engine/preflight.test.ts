import { describe, expect, it } from '@jest/globals';
import { formatProblem } from '../../../../actions/lib/errors/darkroom-error.ts';
import {
  type Machine,
  missingPackages,
  type Needs,
  preflightProblems,
} from '../../../../scripts/engine/preflight.ts';

const EVERYTHING: Needs = { go: true, runc: true, engine: true, debian: true };
const NOTHING: Needs = { go: false, runc: false, engine: false, debian: false };
const READY: Machine = {
  root: true,
  apt: true,
  go: 'go1.26.1',
  programs: new Set(['gcc', 'pkg-config', 'iptables', 'ip', 'tini-static', 'mmdebstrap', 'apt-get']),
  seccompHeaders: true,
  overlayfs: true,
  cgroups: true,
  free: 50e9,
  stateFolder: '/home/user/.local/state/darkroom',
};
const BARE: Machine = {
  root: false,
  apt: true,
  programs: new Set(['apt-get']),
  seccompHeaders: false,
  overlayfs: false,
  cgroups: false,
  free: 1e9,
  stateFolder: `/home/${'long-name/'.repeat(8)}state`,
  dockerRefusal: 'no "docker" command is on PATH',
};

describe('the preflight', () => {
  it('finds nothing wrong with a machine that has everything', () => {
    expect(preflightProblems(READY, EVERYTHING)).toEqual([]);
  });

  it('says all that is missing at once, and what to do about each', () => {
    expect(preflightProblems(BARE, EVERYTHING).map(formatProblem)).toEqual([
      'No usable Docker was found (no "docker" command is on PATH), and starting an engine needs root.\n' +
        '  Either make Docker with Buildx usable for this user (https://docs.docker.com/engine/install/), or run this command as root.',
      'Building the engine needs Go 1.21 or newer; no "go" is on PATH.\n' +
        '  Install it from https://go.dev/dl/ and put it on PATH, or make Docker with Buildx usable for this user.',
      'These packages are missing (names of Debian and Ubuntu): gcc, libc6-dev, pkg-config, libseccomp-dev, iptables, iproute2, tini, mmdebstrap, debian-archive-keyring.\n' +
        '  Install them: sudo apt-get install --no-install-recommends gcc libc6-dev pkg-config libseccomp-dev iptables iproute2 tini mmdebstrap debian-archive-keyring',
      'The kernel offers no "overlay" file system, which images need.\n  Load it: modprobe overlay',
      '"/sys/fs/cgroup" is not mounted, and containers need control groups.',
      `"${BARE.stateFolder}" has 1 GB free; an engine needs at least 5 GB.\n` +
        '  Free some space, or set XDG_STATE_HOME to a folder on a larger disk.',
      `"${BARE.stateFolder}" is longer than the 65 bytes that leave room for socket addresses.\n` +
        '  Set XDG_STATE_HOME to a shorter path.',
    ]);
  });

  it('asks nothing of a machine that has nothing to do', () => {
    expect(preflightProblems(BARE, NOTHING)).toEqual([]);
    expect(missingPackages(BARE, NOTHING)).toEqual([]);
  });

  it.each<[string, keyof Needs, readonly string[]]>([
    ['compiling runc', 'runc', ['gcc', 'libc6-dev', 'pkg-config', 'libseccomp-dev']],
    ['starting an engine', 'engine', ['iptables', 'iproute2', 'tini']],
    ['making Debian', 'debian', ['mmdebstrap', 'debian-archive-keyring']],
    ['building a registry', 'go', []],
  ])('installs for %s only what that needs', (_, need, packages) => {
    expect(missingPackages(BARE, { ...NOTHING, [need]: true })).toEqual(packages);
  });

  it('names no command of apt where there is none', () => {
    const [problem] = preflightProblems({ ...BARE, apt: false }, { ...NOTHING, debian: true });
    expect(problem?.hint).toBe('Install them, or their like, with the package manager of this system.');
  });

  it.each([
    ['go1.19.8', false],
    ['go1.20.14', false],
    ['go1.21.0', true],
    ['go1.21rc2', true],
    ['go1.26.1', true],
    ['go2.0', true],
    ['devel', false],
  ])('judges whether %s fetches the toolchain the pins ask for', (go, recent) => {
    const problems = preflightProblems({ ...READY, go }, { ...NOTHING, go: true });
    expect(problems.map(({ code }) => code)).toEqual(recent ? [] : ['engine/no-go']);
  });
});
