import { describe, expect, it } from '@jest/globals';
import { readRefreshInputs } from '../../../actions/refresh/inputs.ts';

function read(inputs: Readonly<Record<string, string>>) {
  const env = { GITHUB_REPOSITORY: 'acme/vision' };
  return readRefreshInputs((name) => inputs[name] ?? '', env);
}

describe('readRefreshInputs', () => {
  it('commits with the token of the workflow, and waits a day', () => {
    expect(read({ token: 'own' })).toMatchObject({
      ...{ way: 'commit', soakMs: 86_400_000, isDryRun: false, workflow: 'images.yml' },
      address: { repository: 'acme/vision', login: { kind: 'token', token: 'own' } },
    });
  });

  it.each([
    [{ 'pull-request-token': 'other' }, { kind: 'token', token: 'other' }],
    [
      { 'app-id': '5', 'private-key': 'pem' },
      { kind: 'app', id: '5', key: 'pem' },
    ],
  ])('makes a pull request with %j, and logs in to registries with its own token', (inputs, login) => {
    const { way, address, logins } = read({ token: 'own', ...inputs });
    expect({ way, login: address.login, logins }).toEqual({
      ...{ way: 'pull-request', login, logins: { token: 'own' } },
    });
  });

  it.each([
    [{ 'dry-run': 'yes' }, 'input/dry-run'],
    [{ soak: '1w' }, 'input/soak'],
    [{ 'app-id': '5' }, 'input/private-key'],
    [{ 'private-key': 'pem' }, 'input/app-id'],
    [{ 'app-id': '5', 'private-key': 'pem', 'pull-request-token': 'x' }, 'input/pull-request-token'],
    [{ token: '' }, 'input/token'],
  ])('refuses %j', (inputs, code) => {
    expect(() => read({ token: 'own', ...inputs })).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ code })] }),
    );
  });
});
