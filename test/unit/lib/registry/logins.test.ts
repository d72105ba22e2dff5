import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import { inOrder, loginFor } from '../../../../actions/lib/registry/credentials.ts';
import { machineLogins, workflowLogins } from '../../../../actions/lib/registry/logins.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
  const auth = Buffer.from('ann:stored').toString('base64');
  const auths = { 'ghcr.io': { auth }, 'r.example': { auth } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a workflow', () => {
  const inputs = { token: 'ghs_token', actor: 'octocat', username: 'bob', password: 'given' };
  test.each([
    ['ghcr.io', 'r.example', 'ghs_token'],
    ['ghcr.io', 'ghcr.io', 'given'],
    ['r.example', 'r.example', 'given'],
    ['r.example', 'ghcr.io', 'stored'],
    ['o.example', 'r.example', undefined],
  ])('logs in to %s, where %s is home, with %s', async (registry, home, password) => {
    const environment = { DOCKER_CONFIG: folder };
    const logins = workflowLogins({ ...inputs, home, environment, mask: () => undefined });
    const found = await logins.find(registry);
    expect(found === null ? undefined : 'password' in found && found.password).toBe(password);
    expect(logins.isWorkflow).toBe(true);
  });

  it.each([
    ['https://github.com', 'ghs_token'],
    ['https://git.acme.example', 'stored'],
  ])("hands the token of %s to GitHub's registry only where it is GitHub's", async (server, password) => {
    const environment = { DOCKER_CONFIG: folder, GITHUB_SERVER_URL: server };
    const logins = workflowLogins({ ...inputs, home: 'r.example', environment, mask: () => undefined });
    await expect(logins.find('ghcr.io')).resolves.toMatchObject({ password });
  });

  it('without inputs has what docker login stored', async () => {
    const environment = { DOCKER_CONFIG: folder };
    const empty = { token: '', username: '', password: '', awsRole: '' };
    const logins = workflowLogins({ ...empty, home: 'ghcr.io', environment, mask: () => undefined });
    await expect(logins.find('ghcr.io')).resolves.toMatchObject({ username: 'ann', password: 'stored' });
  });
});

test('a machine has what docker login stored', async () => {
  const logins = machineLogins({ environment: { DOCKER_CONFIG: folder } });
  await expect(logins.find('ghcr.io')).resolves.toMatchObject({ password: 'stored' });
  await expect(logins.find('o.example')).resolves.toBeNull();
  await expect(logins.ensureRepository({ registry: 'ghcr.io', repository: 'a/b' })).resolves.toBeUndefined();
  expect(logins.isWorkflow).toBe(false);
});

describe('sources in order', () => {
  const broken = {
    find: async () => {
      throw new DarkroomError({ code: 'registry/login-helper', message: 'The helper is broken.' });
    },
  };
  const ann = { username: 'ann', password: 'first', from: 'the test' };
  const place = { isWorkflow: false };

  it('pass over one that fails, unless no other has a login', async () => {
    const second = loginFor('r.example', ann);
    await expect(inOrder([broken, second], place).find('r.example')).resolves.toBe(ann);
    await expect(inOrder([broken, second], place).find('o.example')).rejects.toThrow('The helper is broken.');
    await expect(inOrder([second], place).find('o.example')).resolves.toBeNull();
  });

  it('do not hide a bug', async () => {
    const bug = { find: async () => Promise.reject(new TypeError('a bug')) };
    await expect(inOrder([bug, loginFor('r.example', ann)], place).find('r.example')).rejects.toThrow(
      'a bug',
    );
  });
});
