import { describe, expect, it } from '@jest/globals';
import { readDispatchInputs } from '../../../actions/dispatch/inputs.ts';

const GIVEN = { workflow: 'form.yml', 'timeout-minutes': '350', 'max-parallel': '4', token: 'secret' };
const ENV = { GITHUB_REPOSITORY: 'acme/vision', GITHUB_REF: 'refs/heads/topic' };

function read(given: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const inputs: Readonly<Record<string, string>> = { ...GIVEN, ...given };
  return readDispatchInputs((name) => inputs[name] ?? '', { ...ENV, ...env });
}

describe('the inputs of dispatch', () => {
  it.each([
    [{}, {}, 'refs/heads/topic'],
    [{}, { GITHUB_REF: 'refs/tags/v1' }, 'refs/tags/v1'],
    [{}, { GITHUB_REF: 'refs/pull/5/merge' }, null],
    [{ repository: 'acme/other' }, {}, null],
    [{ repository: 'acme/other', ref: 'v2' }, {}, 'v2'],
  ])(
    '%j in %j mean the ref %j',
    (given: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>, ref) => {
      expect(read(given, env).ref).toBe(ref);
    },
  );

  it('are for the server the workflow runs on', () => {
    expect(read({}).address.api).toBe('https://api.github.com');
    const env = { GITHUB_API_URL: 'https://ghe.example.com/api/v3' };
    expect(read({}, env).address).toMatchObject({ api: env.GITHUB_API_URL, repository: 'acme/vision' });
  });

  it('prefer an App to the token that is always there', () => {
    expect(read({ 'app-id': '5', 'private-key': 'pem' }).address.login).toEqual({
      kind: 'app',
      id: '5',
      key: 'pem',
    });
  });

  it.each([
    [{ 'app-id': '5' }, 'give both, or neither'],
    [{ 'private-key': 'pem' }, 'give both, or neither'],
    [{ token: '' }, 'There is no token'],
    [{ wait: 'no' }, 'expected "true" or "false"'],
  ])('refuse %j', (given: Readonly<Record<string, string>>, text) => {
    expect(() => read(given)).toThrow(text);
  });
});
