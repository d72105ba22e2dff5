import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { dockerCredentials } from '../../../../actions/lib/registry/docker-credentials.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');
const AUTH = base64('ann:s3cret:with:colons');
const ANN = { username: 'ann', password: 's3cret:with:colons' };

function find(config: unknown, registry: string) {
  writeFileSync(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  const environment = { DOCKER_CONFIG: folder, PATH: `${folder}:/usr/bin:/bin` };
  return dockerCredentials(environment).find(registry);
}

/** A credential helper in shell; what it is given is in `$server`. */
function helper(name: string, script: string): void {
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\nserver=$(cat)\n${script}\n`);
  chmodSync(file, 0o755);
}

describe('the file', () => {
  test.each<[string, unknown, string, unknown]>([
    ['by host', { auths: { 'r.example:5000': { auth: AUTH } } }, 'r.example:5000', ANN],
    ['not by another port', { auths: { 'r.example:5000': { auth: AUTH } } }, 'r.example', null],
    ['by an old address', { auths: { 'https://r.example/v1/': { auth: AUTH } } }, 'r.example', ANN],
    ['of Docker Hub', { auths: { 'https://index.docker.io/v1/': { auth: AUTH } } }, 'docker.io', ANN],
    ['of Docker Hub by its name', { auths: { 'docker.io': { auth: AUTH } } }, 'docker.io', ANN],
    ['with name and password apart', { auths: { 'r.example': ANN } }, 'r.example', ANN],
    [
      'with an identity token',
      { auths: { 'r.example': { auth: AUTH, identitytoken: 'refresh' } } },
      'r.example',
      { identityToken: 'refresh' },
    ],
    ['without a password', { auths: { 'r.example': { auth: base64('ann:') } } }, 'r.example', null],
    ['with nonsense', { auths: { 'r.example': 'x' } }, 'r.example', null],
    ['that names others', { auths: { 'o.example': { auth: AUTH } } }, 'r.example', null],
    ['with a name that every object has', { auths: {} }, 'constructor', null],
    ['that is empty', {}, 'r.example', null],
  ])('is read %s', async (_, config, registry, expected) => {
    const found = await find(config, registry);
    expect(found).toEqual(
      expected === null ? null : { ...(expected as object), from: join(folder, 'config.json') },
    );
  });

  it('that is not there holds nothing', async () => {
    await expect(
      dockerCredentials({ DOCKER_CONFIG: join(folder, 'none') }).find('r.example'),
    ).resolves.toBeNull();
  });

  it('lies in the home folder by default', async () => {
    mkdirSync(join(folder, '.docker'));
    writeFileSync(
      join(folder, '.docker/config.json'),
      JSON.stringify({ auths: { 'r.example': { auth: AUTH } } }),
    );
    await expect(dockerCredentials({ HOME: folder }).find('r.example')).resolves.toMatchObject(ANN);
  });

  it.each(['{"auths": {"r.example": {"auth": "c2VjcmV0', '[]', 'null'])(
    'that is broken is named, not quoted: %s',
    async (text) => {
      await expect(find(text, 'r.example')).rejects.toThrow(
        `${join(folder, 'config.json')}: Docker's configuration is not a JSON object.`,
      );
      await expect(find(text, 'r.example')).rejects.not.toThrow('c2VjcmV0');
    },
  );
});

describe('a helper', () => {
  const answer = (username: string, secret: string) =>
    `echo '${JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret })}'`;

  it('of the registry comes before the store for all, and that before the file', async () => {
    helper('own', answer('own', 'from-own'));
    helper('all', answer('all', 'from-all'));
    const config = {
      auths: { 'r.example': { auth: AUTH }, 'f.example': { auth: AUTH } },
      credHelpers: { 'r.example': 'own', 'f.example': '' },
      credsStore: 'all',
    };
    await expect(find(config, 'r.example')).resolves.toEqual({
      username: 'own',
      password: 'from-own',
      from: 'docker-credential-own',
    });
    await expect(find(config, 'o.example')).resolves.toMatchObject({ username: 'all' });
    await expect(find(config, 'f.example')).resolves.toMatchObject(ANN);
  });

  it('is asked for Docker Hub by its address', async () => {
    helper('hub', `[ "$1 $server" = "get https://index.docker.io/v1/" ] && ${answer('ann', 'hub')}`);
    await expect(find({ credsStore: 'hub' }, 'docker.io')).resolves.toMatchObject({ password: 'hub' });
  });

  it('gives an identity token under a name of its own', async () => {
    helper('own', answer('<token>', 'refresh'));
    await expect(find({ credsStore: 'own' }, 'r.example')).resolves.toEqual({
      identityToken: 'refresh',
      from: 'docker-credential-own',
    });
  });

  it('that knows no login has none', async () => {
    helper('own', 'echo "credentials not found in native keychain"; exit 1');
    await expect(find({ credsStore: 'own' }, 'r.example')).resolves.toBeNull();
  });

  test.each([
    ['is locked', 'echo "the keychain is \u001b[31mlocked" >&2; exit 1', 'the keychain is [31mlocked'],
    ['speaks no JSON', 'echo s3cret', 'its answer holds no name and secret'],
    ['answers something else', 'echo \'{"Username": 1}\'', 'its answer holds no name and secret'],
  ])('that %s is an error that names it', async (_, script, why) => {
    helper('own', script);
    const failure = find({ credsStore: 'own' }, 'r.example');
    await expect(failure).rejects.toThrow(
      `Cannot get the login for "r.example" from "docker-credential-own", which Docker's configuration names: ${why}.`,
    );
    await expect(failure).rejects.not.toThrow('s3cret');
  });

  test.each(['missing', '../evil', 'a/b', 'x;y'])('%s is no program', async (name) => {
    await expect(find({ credHelpers: { 'r.example': name } }, 'r.example')).rejects.toThrow(
      'Cannot get the login for "r.example"',
    );
    await expect(find({ credHelpers: { 'r.example': name } }, 'o.example')).resolves.toBeNull();
  });
});
