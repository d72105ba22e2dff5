import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import type { CredentialSource, Login } from '../../../../actions/lib/registry/credentials.ts';
import { withPrivateDockerConfig } from '../../../../actions/lib/registry/private-docker-config.ts';

let own: string;
let temporary: string;
let masked: string[];

beforeEach(() => {
  own = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
  temporary = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
  masked = [];
});
afterEach(() => {
  for (const folder of [own, temporary]) rmSync(folder, { recursive: true });
});

const AUTH = Buffer.from('ann:s3cret').toString('base64');
const LOGINS: Readonly<Record<string, Login>> = {
  'docker.io': { username: 'ann', password: 's3cret', from: 'the test' },
  'azure.example': { identityToken: 'refresh', from: 'the test' },
};
const credentials: CredentialSource = { find: async (registry) => LOGINS[registry] ?? null };

function optionsFor(registries: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const environment = { DOCKER_CONFIG: own, RUNNER_TEMP: temporary, ...more };
  return { credentials, registries, environment, mask: (secret: string) => masked.push(secret) };
}

function readConfig(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
}

describe('a private Docker configuration', () => {
  it("holds our logins beside the user's own settings", async () => {
    const users = {
      auths: { 'https://index.docker.io/v1/': { auth: 'old' }, 'other.example': { auth: 'theirs' } },
      credHelpers: { 'azure.example': 'acr', 'gcr.io': 'gcloud' },
      credsStore: 'desktop',
      proxies: { default: { httpProxy: 'http://proxy.example' } },
      currentContext: 'rootless',
    };
    writeFileSync(join(own, 'config.json'), JSON.stringify(users));
    const config = await withPrivateDockerConfig(
      optionsFor(['docker.io', 'azure.example', 'none.example']),
      async ({ DOCKER_CONFIG }) => readConfig(DOCKER_CONFIG),
    );
    expect(config).toEqual({
      ...users,
      auths: {
        'other.example': { auth: 'theirs' },
        'https://index.docker.io/v1/': { auth: AUTH },
        'azure.example': { identitytoken: 'refresh' },
      },
      credHelpers: { 'gcr.io': 'gcloud', 'https://index.docker.io/v1/': '', 'azure.example': '' },
      cliPluginsExtraDirs: [join(own, 'cli-plugins')],
    });
    expect(masked).toEqual(['s3cret', AUTH, 'refresh']);
    expect(readConfig(own)).toEqual(users);
  });

  it('is for this user only, a file of its own, and leaves builders and contexts where they are', async () => {
    mkdirSync(join(own, 'contexts'));
    await withPrivateDockerConfig(optionsFor(['docker.io']), async ({ DOCKER_CONFIG, BUILDX_CONFIG }) => {
      expect(DOCKER_CONFIG.startsWith(temporary)).toBe(true);
      expect(statSync(DOCKER_CONFIG).mode & 0o777).toBe(0o700);
      const file = lstatSync(join(DOCKER_CONFIG, 'config.json'));
      expect([file.isFile(), file.mode & 0o777]).toEqual([true, 0o600]);
      expect(BUILDX_CONFIG).toBe(join(own, 'buildx'));
      expect(realpathSync(join(DOCKER_CONFIG, 'contexts'))).toBe(realpathSync(join(own, 'contexts')));
    });
    const elsewhere = optionsFor([], { BUILDX_CONFIG: '/builders' });
    await withPrivateDockerConfig(elsewhere, async (environment) => {
      expect(environment.BUILDX_CONFIG).toBe('/builders');
    });
    expect(existsSync(join(own, 'contexts'))).toBe(true);
  });

  it('is gone when the work is done or failed, and the contexts are not', async () => {
    mkdirSync(join(own, 'contexts'));
    writeFileSync(join(own, 'contexts/kept'), '');
    const folders: string[] = [];
    const work = async ({ DOCKER_CONFIG }: { DOCKER_CONFIG: string }) => {
      folders.push(DOCKER_CONFIG);
      throw new Error('the build failed');
    };
    await expect(withPrivateDockerConfig(optionsFor(['docker.io']), work)).rejects.toThrow(
      'the build failed',
    );
    expect(folders.map((folder) => existsSync(folder))).toEqual([false]);
    expect(existsSync(join(own, 'contexts/kept'))).toBe(true);
  });

  it('fails where a login that is needed cannot be had, not where it may do without', async () => {
    const trouble = new DarkroomError({ code: 'registry/login-helper', message: 'The helper is broken.' });
    const find = async (registry: string) =>
      registry === 'broken.example' ? Promise.reject(trouble) : (LOGINS[registry] ?? null);
    const options = { ...optionsFor(['docker.io']), credentials: { find }, others: ['broken.example'] };
    const config = await withPrivateDockerConfig(options, async (added) => readConfig(added.DOCKER_CONFIG));
    expect(config.auths).toEqual({ 'https://index.docker.io/v1/': { auth: AUTH } });
    const needed = { ...options, registries: ['broken.example'] };
    await expect(withPrivateDockerConfig(needed, async () => 'not reached')).rejects.toBe(trouble);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('is gone when the process is ended by %s', async (signal) => {
    const program = `
      const { withPrivateDockerConfig } = await import(${JSON.stringify(join(import.meta.dirname, '../../../../actions/lib/registry/private-docker-config.ts'))});
      const login = { username: 'ann', password: 's3cret', from: 'the test' };
      const options = { credentials: { find: async () => login }, registries: ['docker.io'], environment: process.env, mask() {} };
      await withPrivateDockerConfig(options, async ({ DOCKER_CONFIG }) => {
        process.stdout.write(DOCKER_CONFIG);
        await new Promise((done) => setTimeout(done, 60_000));
      });`;
    const running = execa(process.execPath, ['--input-type=module', '--eval', program], {
      env: { DOCKER_CONFIG: own, RUNNER_TEMP: temporary },
      reject: false,
    });
    const folder = await new Promise<string>((done) =>
      running.stdout.once('data', (data) => done(String(data))),
    );
    expect(existsSync(join(folder, 'config.json'))).toBe(true);
    running.kill(signal);
    expect((await running).signal).toBe(signal);
    expect(existsSync(folder)).toBe(false);
  });
});
