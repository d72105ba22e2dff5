import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DockerInfo, findDocker, judgeDocker } from '../../../../actions/lib/docker/find-docker.ts';

const HOST = 'unix:///var/run/docker.sock';
const GOOD = {
  ServerVersion: '29.1.0',
  DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
  ClientInfo: {
    Plugins: [{ Name: 'buildx', Path: '/usr/libexec/docker/cli-plugins/docker-buildx', Version: 'v0.30.1' }],
  },
} as const satisfies DockerInfo;
const buildx = GOOD.ClientInfo.Plugins[0].Path;

function withBuildx(version: string): DockerInfo {
  return { ...GOOD, ClientInfo: { Plugins: [{ Name: 'buildx', Path: buildx, Version: version }] } };
}

describe('judging the Docker a user has', () => {
  it('takes its own BuildKit where images lie in containerd', () => {
    expect(judgeDocker(GOOD, HOST)).toEqual({ use: 'docker', host: HOST, buildx });
  });

  it('takes one built from the Go module, which says the version of the module', () => {
    expect(judgeDocker({ ...GOOD, ServerVersion: '2.0.0-beta.24' }, HOST)).toMatchObject({ use: 'docker' });
  });

  it.each<[string, DockerInfo]>([
    ['images lie in the old store', { ...GOOD, DriverStatus: [['Backing Filesystem', 'extfs']] }],
    ['nothing is said about the store', { ...GOOD, DriverStatus: null }],
    ['the daemon is older than its BuildKit protocol on the socket', { ...GOOD, ServerVersion: '28.5.2' }],
  ])('puts a builder of its own beside it when %s', (_, info) => {
    expect(judgeDocker(info, HOST)).toEqual({ use: 'docker-container', host: HOST, buildx });
  });

  it.each<[string, DockerInfo | undefined, string, string]>([
    ['it says nothing that can be read', undefined, HOST, '"docker info" says nothing that can be read'],
    [
      'the daemon is on another machine',
      GOOD,
      'ssh://builder',
      'Docker points at "ssh://builder", which is not this machine',
    ],
    ['the daemon is reached by TCP', GOOD, 'tcp://10.0.0.7:2375', '"tcp://10.0.0.7:2375"'],
    ['the daemon is off', { ...GOOD, ServerVersion: '' }, HOST, `nothing listens on "${HOST}"`],
    [
      'the socket is closed to the user',
      { ...GOOD, ServerErrors: ['permission denied'] },
      HOST,
      'does not answer: permission denied',
    ],
    ['Buildx is not there', { ...GOOD, ClientInfo: { Plugins: null } }, HOST, 'Docker has no Buildx'],
    [
      'Buildx is too old',
      withBuildx('v0.12.1'),
      HOST,
      'Buildx 0.13.0 or newer is needed, and Docker has "v0.12.1"',
    ],
    ['Buildx says no version', withBuildx('unknown'), HOST, 'Docker has "unknown"'],
  ])('says why it cannot be used when %s', (_, info, host, reason) => {
    expect(judgeDocker(info, host)).toEqual({ use: 'nothing', refusal: expect.stringContaining(reason) });
  });

  it('takes the oldest Buildx that will do, with a distribution’s suffix', () => {
    expect(judgeDocker(withBuildx('0.13.0+ds1-1'), HOST)).toMatchObject({ use: 'docker' });
  });
});

describe('asking Docker', () => {
  const { PATH } = process.env;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'darkroom-docker-'));
    process.env.PATH = folder;
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    await rm(folder, { recursive: true, force: true });
  });

  it('says that there is no command', async () => {
    expect(await findDocker()).toEqual({ use: 'nothing', refusal: 'no "docker" command is on PATH' });
  });

  it('says that it hangs, not that it is missing', async () => {
    await writeFile(path.join(folder, 'docker'), '#!/bin/sh\nexec /bin/sleep 60\n', { mode: 0o755 });
    expect(await findDocker(500)).toEqual({
      ...{ use: 'nothing', refusal: '"docker info" has said nothing for 0.5 seconds' },
    });
  });
});
