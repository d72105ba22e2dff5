import { describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import { createForgeExchange, type ForgeRequest } from '../../../../actions/lib/forge/forge-exchange.ts';
import { ForgeFailure } from '../../../../actions/lib/forge/forge-failure.ts';
import { openForge } from '../../../../actions/lib/forge/open-forge.ts';

type Answers = (url: string, init: RequestInit) => Response | Promise<Response>;

const REQUEST: ForgeRequest = { method: 'GET', url: new URL('https://forge.example/api/x'), doing: 'read x' };
const exchange = (answers: Answers, request: Partial<ForgeRequest> = {}, timeoutMs = 1000) =>
  createForgeExchange({
    fetch: (async (url: URL, init: RequestInit) => answers(String(url), init)) as typeof fetch,
    timeoutMs,
  })({ ...REQUEST, ...request }, 'Bearer secret');

async function failure(work: Promise<unknown>): Promise<DarkroomError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DarkroomError)) throw error ?? new Error('it did not fail');
  return error;
}

function broke(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(`connect ${code}`), { code }) });
}

describe('one request to a forge', () => {
  it('follows a redirect to another host without what authorises', async () => {
    const seen: [string, string | null][] = [];
    const answer = await exchange((url, { headers }) => {
      seen.push([url, new Headers(headers).get('authorization')]);
      return seen.length > 1
        ? new Response('log')
        : new Response(null, { status: 302, headers: { location: 'https://blobs.example/log?sig=1' } });
    });
    expect(answer.body.toString()).toBe('log');
    expect(seen).toEqual([
      ['https://forge.example/api/x', 'Bearer secret'],
      ['https://blobs.example/log?sig=1', null],
    ]);
  });

  it.each([
    ['to plain HTTP', 'http://blobs.example/log'],
    ['to a file', 'file:///etc/passwd'],
    ['nowhere', ''],
    ['in a circle', 'https://forge.example/api/x'],
  ])('follows no redirect %s', async (_, location) => {
    const error = await failure(exchange(() => new Response(null, { status: 302, headers: { location } })));
    expect(error.problems[0]?.code).toBe('forge/bad-answer');
  });

  it('follows no redirect of what changes something', async () => {
    const headers = { location: 'https://forge.example/api/y' };
    const answers: Answers = (url) =>
      url.endsWith('/x') ? new Response(null, { status: 307, headers }) : new Response('done');
    expect((await failure(exchange(answers, { method: 'POST' }))).problems[0]?.code).toBe('forge/bad-answer');
  });

  it('reads no more than it may, or the end alone', async () => {
    const long = () => new Response(new Blob(Array.from({ length: 1000 }, (_, line) => `line ${line}\n`)));
    expect((await failure(exchange(long, { maxBytes: 100 }))).problems[0]?.message).toContain(
      'larger than the 100 bytes',
    );
    const { body } = await exchange(long, { maxBytes: 100, keepsEnd: true });
    expect(body).toHaveLength(100);
    expect(body.toString().endsWith('line 998\nline 999\n')).toBe(true);
  });

  it.each([
    ['ECONNREFUSED', false],
    ['ENOTFOUND', false],
    ['UND_ERR_CONNECT_TIMEOUT', false],
    ['CERT_HAS_EXPIRED', false],
    ['ECONNRESET', true],
    ['UND_ERR_SOCKET', true],
    ['ETIMEDOUT', true],
  ])('that fails with %s may have happened: %s', async (code, expected) => {
    const error = await failure(exchange(() => Promise.reject(broke(code))));
    expect(error).toBeInstanceOf(ForgeFailure);
    expect((error as ForgeFailure).mayHaveHappened).toBe(expected);
    expect(error.message).toContain(code);
  });

  it('that takes too long may have happened', async () => {
    const never: Answers = (_, { signal }) =>
      new Promise((_, fail) => signal?.addEventListener('abort', () => fail(signal.reason)));
    const error = await failure(exchange(never, {}, 20));
    expect(error.problems[0]?.code).toBe('forge/timeout');
    expect((error as ForgeFailure).mayHaveHappened).toBe(true);
  });
});

describe('the address of a forge', () => {
  const open = (api: string) =>
    openForge(
      { api, repository: 'acme/vision', login: { kind: 'token', token: 'secret' } },
      { mask() {}, say() {} },
    );

  it.each([
    'https://api.github.com',
    'https://ghe.example.com/api/v3/',
    'http://127.0.0.1:3000',
    'http://localhost/api/v3',
  ])('may be %s', (api) => {
    expect(() => open(api)).not.toThrow();
  });

  it.each([
    'http://ghe.example.com/api/v3',
    'ghe.example.com',
    '',
    'ftp://x',
    'http://127.0.0.1.example.com',
  ])('may not be %j, where a token would be seen by others', (api) => {
    expect(() => open(api)).toThrow('expected one that starts with "https://"');
  });
});
