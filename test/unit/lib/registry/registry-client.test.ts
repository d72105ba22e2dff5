import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import type { ManifestReference, RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../../../actions/lib/registry/registry-client.ts';
import { digestOf, type FakeRegistry, startFakeRegistry } from '../../../support/fake-registry.ts';

const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_IMAGE,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(Buffer.from('{}')),
      size: 2,
    },
    layers: [],
  }),
);
const DIGEST = digestOf(MANIFEST);
const OTHER_DIGEST = digestOf(Buffer.from('other'));

let registry: FakeRegistry;
/** A second one, for a test that needs it. */
let other: FakeRegistry | undefined;
let client: RegistryClient;
let ref: ManifestReference;

async function start(options: Parameters<typeof startFakeRegistry>[0] = {}): Promise<void> {
  registry = await startFakeRegistry(options);
  client = createRegistryClient({ timeoutMs: 500, sleep: async () => undefined });
  ref = { registry: registry.host, repository: 'acme/tools', tag: 'one' };
  registry.setManifest('acme/tools', 'one', MANIFEST, OCI_IMAGE);
}

async function failureOf(promise: Promise<unknown>): Promise<DarkroomError> {
  const error = await promise.then(
    (value) => new Error(`expected a failure, got ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof DarkroomError) return error;
  throw error;
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return (await failureOf(promise)).problems[0]?.code;
}

beforeEach(() => start());
afterEach(async () => {
  await registry.close();
  await other?.close();
  other = undefined;
});

describe('headManifest', () => {
  it('gives digest, media type and size of what is there', async () => {
    await expect(client.headManifest(ref)).resolves.toEqual({
      digest: DIGEST,
      mediaType: OCI_IMAGE,
      size: MANIFEST.length,
    });
  });

  it('gives null for a tag or a repository the registry does not know', async () => {
    await expect(client.headManifest({ ...ref, tag: 'two' })).resolves.toBeNull();
    await expect(client.headManifest({ ...ref, repository: 'acme/none' })).resolves.toBeNull();
  });

  test.each([
    [204, 'registry/unexpected-status'],
    [400, 'registry/unexpected-status'],
    [401, 'registry/denied'],
    [403, 'registry/denied'],
    [405, 'registry/unsupported'],
    [410, 'registry/unexpected-status'],
    [418, 'registry/unexpected-status'],
    [429, 'registry/throttled'],
    [500, 'registry/unavailable'],
    [502, 'registry/unavailable'],
    [503, 'registry/unavailable'],
  ])('is neither hit nor miss when the registry answers %i', async (status, code) => {
    registry.strike({ path: /manifests/, answer: { status } });
    const failure = await failureOf(client.headManifest(ref));
    expect(failure.problems[0]?.code).toBe(code);
    expect(failure.message).toContain(
      `Cannot read manifest "${registry.host}/acme/tools:one": ${registry.host} answered ${status}.`,
    );
  });

  test.each([
    ['reset', 'registry/unreachable'],
    ['hang', 'registry/timeout'],
  ] as const)('is neither hit nor miss when the connection ends in a %s', async (answer, code) => {
    registry.strike({ path: /manifests/, answer });
    await expect(codeOf(client.headManifest(ref))).resolves.toBe(code);
  });

  it('is neither hit nor miss when nothing listens', async () => {
    const gone = await startFakeRegistry();
    await gone.close();
    const failure = await failureOf(client.headManifest({ ...ref, registry: gone.host }));
    expect(failure.message).toContain('ECONNREFUSED');
  });

  it('does not take a login page for a hit', async () => {
    const headers = { 'content-type': 'text/html', 'docker-content-digest': DIGEST };
    registry.strike({ path: /manifests/, answer: { status: 200, headers, body: '<html>' } });
    await expect(codeOf(client.headManifest(ref))).resolves.toBe('registry/bad-answer');
  });

  it('hashes the manifest itself when the registry states no digest', async () => {
    const headers = { 'content-type': `${OCI_IMAGE}; charset=utf-8` };
    registry.strike({ path: /manifests/, answer: { status: 200, headers, body: MANIFEST.toString() } });
    await expect(client.headManifest(ref)).resolves.toEqual({
      digest: DIGEST,
      mediaType: OCI_IMAGE,
      size: MANIFEST.length,
    });
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it('refuses a digest that is not the one asked for, or none at all', async () => {
    for (const stated of [OTHER_DIGEST, 'sha256:abc', 'md5:1']) {
      const headers = { 'content-type': OCI_IMAGE, 'docker-content-digest': stated };
      registry.strike({ path: /manifests/, times: 1, answer: { status: 200, headers } });
      await expect(codeOf(client.headManifest({ ...ref, digest: DIGEST }))).resolves.toMatch(
        /mismatch|bad-answer/,
      );
    }
  });
});

describe('redirects', () => {
  test.each([
    'http://registry.example/v2/acme/tools/manifests/one',
    'ftp://127.0.0.1/x',
    'https://user:secret@cdn.example/x',
    '',
    '//',
  ])('a reader is not sent to "%s"', async (location) => {
    registry.strike({ path: /manifests/, answer: { status: 307, headers: { location } } });
    const failure = await failureOf(client.headManifest(ref));
    expect(failure.problems[0]?.code).toBe('registry/redirected');
    expect(failure.message).not.toContain('secret');
  });

  it('does not follow one to this machine from a registry elsewhere', async () => {
    const asked: string[] = [];
    const elsewhere = createRegistryClient({
      fetch: async (input) => {
        asked.push(String(input));
        return new Response(null, { status: 302, headers: { location: 'https://127.0.0.1/latest' } });
      },
    });
    const failure = codeOf(elsewhere.headManifest({ ...ref, registry: 'registry.example' }));
    await expect(failure).resolves.toBe('registry/redirected');
    expect(asked).toEqual(['https://registry.example/v2/acme/tools/manifests/one']);
  });

  it('fetches no token for a host that was only redirected to', async () => {
    other = await startFakeRegistry({ bearer: true });
    const location = `http://${other.host}/v2/acme/tools/manifests/one`;
    registry.strike({ path: /manifests/, answer: { status: 307, headers: { location } } });
    await expect(codeOf(client.headManifest(ref))).resolves.toBe('registry/denied');
    expect(other.requests).toHaveLength(1);
  });

  it('follows one to another host, without the token', async () => {
    await registry.close();
    await start({ bearer: true });
    other = await startFakeRegistry();
    other.setManifest('acme/tools', 'one', MANIFEST, OCI_IMAGE);
    await client.headManifest(ref);
    const location = `http://${other.host}/v2/acme/tools/manifests/one`;
    registry.strike({ path: /manifests/, answer: { status: 307, headers: { location } } });
    await expect(client.headManifest(ref)).resolves.toMatchObject({ digest: DIGEST });
    expect(registry.requests.at(-1)?.headers.authorization).toMatch(/^Bearer token/);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('gives up on a circle', async () => {
    registry.strike({
      path: /manifests/,
      answer: { status: 307, headers: { location: '/v2/acme/tools/manifests/one' } },
    });
    await expect(codeOf(client.headManifest(ref))).resolves.toBe('registry/redirected');
    expect(registry.requests).toHaveLength(6);
  });
});

describe('bearer tokens', () => {
  beforeEach(async () => {
    await registry.close();
    await start({ bearer: true });
  });

  const tokenRequests = () => registry.requests.filter(({ path }) => path.startsWith('/token'));

  it('are fetched once per repository and action and sent along from then on', async () => {
    await client.headManifest(ref);
    await client.getManifest(ref);
    expect(registry.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'HEAD /v2/acme/tools/manifests/one',
      'GET /token?service=fake&scope=repository%3Aacme%2Ftools%3Apull',
      'HEAD /v2/acme/tools/manifests/one',
      'GET /v2/acme/tools/manifests/one',
    ]);
    await client.headManifest({ ...ref, repository: 'acme/other' });
    await client.putBlob(ref, Buffer.from('x'));
    expect(tokenRequests()).toHaveLength(3);
  });

  it('are shared by requests made at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => client.headManifest(ref)));
    expect(tokenRequests()).toHaveLength(1);
  });

  it('are fetched before a request once it is known that the registry asks for them', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `acme/tools-${index}`);
    await Promise.all(names.map((repository) => client.headManifest({ ...ref, repository })));
    // For each its token and its question, and one refusal to find out.
    expect(registry.requests).toHaveLength(41);
  });

  it('are fetched anew when the registry no longer takes them', async () => {
    await client.headManifest(ref);
    registry.revokeTokens();
    await expect(client.headManifest(ref)).resolves.toMatchObject({ digest: DIGEST });
    expect(tokenRequests()).toHaveLength(2);
  });

  it('are no longer sent shortly before they expire', async () => {
    await registry.close();
    await start({ bearer: true, tokenLifetime: 4 });
    await client.headManifest(ref);
    await client.headManifest(ref);
    expect(
      registry.requests
        .filter(({ path }) => !path.startsWith('/token'))
        .map(({ headers }) => headers.authorization),
    ).toEqual([undefined, expect.stringMatching(/^Bearer/), expect.stringMatching(/^Bearer/)]);
    expect(tokenRequests()).toHaveLength(2);
  });

  it('make a repository that is not there a miss', async () => {
    await expect(client.headManifest({ ...ref, repository: 'acme/none' })).resolves.toBeNull();
  });

  it('leave access denied when a fresh one is refused too', async () => {
    const headers = { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` };
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'no\u001b[31m entry\r\nhere' }] });
    registry.strike({ path: /manifests/, answer: { status: 401, headers, body } });
    const failure = await failureOf(client.getManifest(ref));
    expect(failure.problems[0]?.code).toBe('registry/denied');
    expect(failure.message).toContain('answered 401: DENIED no [31m entry here.');
    expect(tokenRequests()).toHaveLength(1);
  });

  it('report what the token server said', async () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'access denied' }] });
    registry.strike({ path: /^\/token/, times: 1, answer: { status: 403, body } });
    const failure = await failureOf(client.headManifest(ref));
    expect(failure.message).toContain(
      `Cannot get a token for "${registry.host}/acme/tools" (pull): ${registry.host} answered 403: DENIED access denied.`,
    );
    await expect(client.headManifest(ref)).resolves.toMatchObject({ digest: DIGEST });
  });

  test.each(['not json', '{}', '{"token":"a\\r\\nx-evil: 1"}', '{"token":7}', 'null'])(
    'refuse the answer %s',
    async (body) => {
      registry.strike({ path: /^\/token/, answer: { status: 200, body } });
      await expect(codeOf(client.headManifest(ref))).resolves.toBe('registry/bad-answer');
    },
  );

  test.each(['http://tokens.example/', 'file:///etc/passwd', 'nonsense'])(
    'are not fetched from %s',
    async (realm) => {
      const headers = { 'www-authenticate': `Bearer realm="${realm}",service="s"` };
      registry.strike({ path: /manifests/, answer: { status: 401, headers } });
      const failure = await failureOf(client.headManifest(ref));
      expect(failure.message).toContain(`sends readers to "${realm}"`);
    },
  );

  it('are not made up where a registry wants a password', async () => {
    registry.strike({
      path: /manifests/,
      answer: { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
    });
    await expect(codeOf(client.headManifest(ref))).resolves.toBe('registry/denied');
    expect(registry.requests).toHaveLength(1);
  });
});

describe('logins', () => {
  const ANN = { username: 'ann', password: 's3cret-of-ann', from: 'the test' };
  const BASIC = `Basic ${Buffer.from('ann:s3cret-of-ann').toString('base64')}`;
  const ASKS_PASSWORD = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
  let asked: string[];

  beforeEach(() => {
    asked = [];
    const find = async (host: string) => {
      asked.push(host);
      return ANN;
    };
    client = createRegistryClient({ credentials: { find }, sleep: async () => undefined });
  });
  const authorizations = (from: FakeRegistry) => from.requests.map(({ headers }) => headers.authorization);

  it('are not looked for, and not sent, where nobody asks', async () => {
    await client.headManifest(ref);
    expect([asked, authorizations(registry)]).toEqual([[], [undefined]]);
  });

  it('are looked for once and sent from the first question on', async () => {
    registry.strike({ path: /manifests/, times: 1, answer: ASKS_PASSWORD });
    await client.headManifest(ref);
    await client.headManifest({ ...ref, repository: 'acme/other' });
    expect([asked, authorizations(registry)]).toEqual([[registry.host], [undefined, BASIC, BASIC]]);
  });

  it('do not follow a redirect to another host', async () => {
    other = await startFakeRegistry();
    const digest = other.setBlob('acme/tools', Buffer.from('bytes'));
    registry.strike({ path: /blobs/, times: 1, answer: ASKS_PASSWORD });
    const location = `http://${other.host}/v2/acme/tools/blobs/${digest}`;
    registry.strike({ path: /blobs/, answer: { status: 307, headers: { location } } });
    await expect(client.getBlob(ref, digest, { maxBytes: 10 })).resolves.toEqual(Buffer.from('bytes'));
    expect([authorizations(registry), authorizations(other)]).toEqual([[undefined, BASIC], [undefined]]);
  });

  it('are not given to a host that was redirected to, whatever it asks for', async () => {
    other = await startFakeRegistry();
    other.strike({ path: /manifests/, answer: ASKS_PASSWORD });
    const location = `http://${other.host}/v2/acme/tools/manifests/one`;
    registry.strike({ path: /manifests/, answer: { status: 307, headers: { location } } });
    await expect(codeOf(client.headManifest(ref))).resolves.toBe('registry/denied');
    expect([asked, authorizations(other)]).toEqual([[], [undefined]]);
  });

  it('are not given to a token server over plain HTTP elsewhere', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="http://tokens.example/",service="s"' };
    registry.strike({ path: /manifests/, answer: { status: 401, headers } });
    await expect(codeOf(client.headManifest(ref))).resolves.toBe('registry/bad-answer');
  });

  it('are tried after a bare 403, as the root of the registry says', async () => {
    await registry.close();
    await start({ bearer: true });
    client = createRegistryClient({ credentials: { find: async () => ANN } });
    const headers = { 'www-authenticate': `Bearer realm="http://${registry.host}/token",service="fake"` };
    registry.strike({ path: /^\/v2\/$/, answer: { status: 401, headers } });
    registry.strike({ path: /manifests/, times: 1, answer: { status: 403 } });
    await expect(client.headManifest({ ...ref, repository: 'acme/none' })).resolves.toBeNull();
    expect(registry.requests.map(({ method, path }) => `${method} ${path.split('?', 1)[0]}`)).toEqual([
      'HEAD /v2/acme/none/manifests/one',
      'GET /v2/',
      'GET /token',
      'HEAD /v2/acme/none/manifests/one',
    ]);
    expect(authorizations(registry)[2]).toBe(BASIC);
  });

  it('never stand in an error or a line about trying again, whatever a registry repeats', async () => {
    const lines: string[] = [];
    const masked: string[] = [];
    client = createRegistryClient({
      credentials: { find: async () => ANN },
      sleep: async () => undefined,
      onRetry: (line) => lines.push(line),
      mask: (secret) => masked.push(secret),
    });
    registry.strike({ path: /manifests/, times: 1, answer: ASKS_PASSWORD });
    registry.strike({ path: /manifests/, answer: { status: 503, body: `you sent ${BASIC}: s3cret-of-ann` } });
    const failure = await failureOf(client.getManifest(ref));
    expect(failure.message).toContain('answered 503: you sent Basic ***: ***.');
    expect(lines).toHaveLength(3);
    const all = [...lines, failure.message, String(failure.cause), JSON.stringify(failure.problems)].join();
    for (const secret of [ANN.password, BASIC.slice(6)]) expect(all).not.toContain(secret);
    expect(masked).toEqual([ANN.password, BASIC.slice(6)]);
  });

  it('that cannot be had are told only where access is refused without', async () => {
    const trouble = new DarkroomError({ code: 'registry/login-helper', message: 'The helper is broken.' });
    const find = async () => Promise.reject(trouble);
    client = createRegistryClient({ credentials: { find } });
    await registry.close();
    await start({ bearer: true });
    await expect(client.headManifest(ref)).resolves.toMatchObject({ digest: DIGEST });
    registry.strike({ path: /manifests/, answer: ASKS_PASSWORD });
    client = createRegistryClient({ credentials: { find } });
    const failure = await failureOf(client.headManifest(ref));
    expect(failure.problems.map(({ code }) => code)).toEqual(['registry/login-helper', 'registry/denied']);
  });
});

test('a repository is made sure of before something is stored in it, and not before it is read', async () => {
  const ensured: unknown[] = [];
  client = createRegistryClient({
    ensureRepository: async (repository) => {
      expect(registry.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
      ensured.push(repository);
    },
  });
  await client.getManifest(ref);
  expect(ensured).toEqual([]);
  await client.putManifest(ref, MANIFEST, OCI_IMAGE);
  expect(ensured).toEqual([{ registry: registry.host, repository: 'acme/tools' }]);
});

describe('getManifest', () => {
  it('gives bytes, digest and the parsed document', async () => {
    const manifest = await client.getManifest({ ...ref, digest: DIGEST });
    expect(manifest).toMatchObject({
      digest: DIGEST,
      mediaType: OCI_IMAGE,
      document: { kind: 'image', layers: [] },
    });
    expect(manifest?.bytes).toEqual(MANIFEST);
    expect(registry.requests[0]?.path).toBe(`/v2/acme/tools/manifests/${DIGEST}`);
  });

  it('refuses bytes that do not hash to the digest asked for or stated', async () => {
    const body = `${MANIFEST} `;
    registry.strike({
      path: /manifests/,
      answer: { status: 200, headers: { 'content-type': OCI_IMAGE }, body },
    });
    await expect(codeOf(client.getManifest({ ...ref, digest: DIGEST }))).resolves.toBe(
      'registry/digest-mismatch',
    );
    await expect(client.getManifest(ref)).resolves.toMatchObject({ digest: digestOf(Buffer.from(body)) });
  });

  it('refuses a body that broke off', async () => {
    registry.strike({ method: 'GET', path: /manifests/, answer: 'truncate' });
    await expect(codeOf(client.getManifest(ref))).resolves.toBe('registry/unreachable');
  });

  it('refuses more than 4 MiB', async () => {
    registry.setManifest('acme/tools', 'big', Buffer.alloc(4 * 1024 * 1024 + 1, ' '), OCI_IMAGE);
    await expect(codeOf(client.getManifest({ ...ref, tag: 'big' }))).resolves.toBe('registry/too-large');
  });

  const config = { mediaType: 'application/json', digest: DIGEST, size: 2 };
  test.each<[string, unknown]>([
    ['no object', []],
    ['schema 1', { schemaVersion: 1, config, layers: [] }],
    [
      'another media type inside',
      { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', config, layers: [] },
    ],
    ['an index too', { schemaVersion: 2, config, layers: [], manifests: [] }],
    ['no layers', { schemaVersion: 2, config }],
    ['a broken digest', { schemaVersion: 2, config: { ...config, digest: 'sha256:../..' }, layers: [] }],
    ['a negative size', { schemaVersion: 2, config: { ...config, size: -1 }, layers: [] }],
  ])('refuses a document that is %s', async (_, document) => {
    registry.setManifest('acme/tools', 'bad', Buffer.from(JSON.stringify(document)), OCI_IMAGE);
    await expect(codeOf(client.getManifest({ ...ref, tag: 'bad' }))).resolves.toBe('registry/bad-answer');
  });
});

describe('blobs', () => {
  const BLOB = Buffer.from('some bytes');

  it('come back as they were stored', async () => {
    const digest = await client.putBlob(ref, BLOB);
    expect(digest).toBe(digestOf(BLOB));
    await expect(client.getBlob(ref, digest, { maxBytes: 100 })).resolves.toEqual(BLOB);
  });

  it('are not sent when they are there', async () => {
    registry.setBlob('acme/tools', BLOB);
    await client.putBlob(ref, BLOB);
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('are taken over from another repository without being sent', async () => {
    const from = { ...ref, repository: 'acme/base' };
    registry.setBlob('acme/base', BLOB);
    await expect(client.mountBlob(ref, from, digestOf(BLOB))).resolves.toBe(true);
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST']);
    expect(registry.requests[0]?.path).toContain('from=acme%2Fbase');
  });

  it('leave no upload open where a registry takes none over', async () => {
    await expect(client.mountBlob(ref, { ...ref, repository: 'acme/base' }, digestOf(BLOB))).resolves.toBe(
      false,
    );
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
  });

  it('are refused when another size lies under their digest', async () => {
    registry.strike({
      method: 'HEAD',
      path: /blobs/,
      answer: { status: 200, headers: { 'content-length': '3' } },
    });
    await expect(codeOf(client.putBlob(ref, BLOB))).resolves.toBe('registry/bad-answer');
  });

  test.each(['https://uploads.example/1', 'http://127.0.0.1:1/1', 'http://user@HOST/1', '//'])(
    'are not sent to %s',
    async (written) => {
      const location = written.replace('HOST', registry.host);
      registry.strike({ method: 'POST', path: /uploads/, answer: { status: 202, headers: { location } } });
      await expect(codeOf(client.putBlob(ref, BLOB))).resolves.toBe('registry/redirected');
      expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST']);
    },
  );

  it('are not sent after a redirect', async () => {
    registry.strike({
      method: 'PUT',
      path: /uploads/,
      answer: { status: 307, headers: { location: '/elsewhere' } },
    });
    await expect(codeOf(client.putBlob(ref, BLOB))).resolves.toBe('registry/redirected');
    expect(registry.requests.at(-1)?.path).toMatch(/uploads\/1/);
  });

  it('that are missing, too large, broken off or different are refused', async () => {
    const digest = registry.setBlob('acme/tools', BLOB);
    const read = (wanted: string, maxBytes = 100) => codeOf(client.getBlob(ref, wanted, { maxBytes }));
    await expect(read(OTHER_DIGEST)).resolves.toBe('registry/not-found');
    await expect(read(digest, 5)).resolves.toBe('registry/too-large');
    registry.strike({ path: /blobs/, times: 4, answer: 'truncate' });
    await expect(read(digest)).resolves.toBe('registry/unreachable');
    registry.strike({ path: /blobs/, answer: { status: 200, body: 'evil bytes' } });
    await expect(read(digest)).resolves.toBe('registry/digest-mismatch');
  });
});

describe('putManifest, copyManifestTag and deleteManifest', () => {
  it('store by tag and by digest, tag again byte for byte, and delete', async () => {
    const repository = { registry: registry.host, repository: 'acme/new' };
    await expect(client.putManifest(repository, MANIFEST, OCI_IMAGE)).resolves.toBe(DIGEST);
    expect(registry.tags('acme/new')).toEqual([]);
    await expect(client.copyManifestTag({ ...repository, digest: DIGEST }, 'main')).resolves.toBe(DIGEST);
    expect(registry.tags('acme/new')).toEqual(['main']);
    await expect(client.deleteManifest(repository, DIGEST)).resolves.toBe(true);
    await expect(client.deleteManifest(repository, DIGEST)).resolves.toBe(false);
    await expect(codeOf(client.copyManifestTag({ ...repository, digest: DIGEST }, 'main'))).resolves.toBe(
      'registry/not-found',
    );
  });

  it('ask before each try of a deletion whether it may still be', async () => {
    const answers = [true, false];
    registry.strike({ method: 'DELETE', path: /manifests/, answer: { status: 429 } });
    const mayGo = async () => answers.shift() ?? true;
    await expect(client.deleteManifest(ref, DIGEST, mayGo)).resolves.toBe(false);
    expect(answers).toEqual([]);
    expect(registry.tags('acme/tools')).toEqual(['one']);
  });

  it('fail when the registry stored something else', async () => {
    const headers = { 'docker-content-digest': OTHER_DIGEST };
    registry.strike({ method: 'PUT', path: /manifests/, answer: { status: 201, headers } });
    await expect(codeOf(client.putManifest(ref, MANIFEST, OCI_IMAGE))).resolves.toBe(
      'registry/digest-mismatch',
    );
  });

  it('refuse to send what is no manifest, or not the one named', async () => {
    await expect(codeOf(client.putManifest(ref, Buffer.from('{}'), OCI_IMAGE))).resolves.toBe(
      'registry/bad-manifest',
    );
    await expect(codeOf(client.putManifest(ref, MANIFEST, 'text/plain'))).resolves.toBe(
      'registry/bad-manifest',
    );
    await expect(
      codeOf(client.putManifest({ ...ref, digest: OTHER_DIGEST }, MANIFEST, OCI_IMAGE)),
    ).resolves.toBe('registry/digest-mismatch');
    expect(registry.requests).toEqual([]);
  });
});

describe('listTags', () => {
  it('reads every page', async () => {
    await registry.close();
    await start({ pageSize: 2 });
    const tags = ['a', 'b', 'c', 'd', 'one'];
    for (const tag of tags) registry.setManifest('acme/tools', tag, MANIFEST, OCI_IMAGE);
    await expect(client.listTags(ref)).resolves.toEqual(tags);
    expect(registry.requests).toHaveLength(3);
  });

  it('is empty for a repository that is not there', async () => {
    await expect(client.listTags({ ...ref, repository: 'acme/none' })).resolves.toEqual([]);
  });

  test.each([
    ['a circle', '</v2/acme/tools/tags/list?n=1000>; rel="next"', 'registry/bad-answer'],
    ['another host', '<http://127.0.0.1:1/v2/acme/tools/tags/list>; rel="next"', 'registry/redirected'],
    ['another path', '</v2/acme/other/tags/list>; rel="next"', 'registry/redirected'],
  ])('does not follow pages into %s', async (_, link, code) => {
    registry.strike({ path: /tags/, answer: { status: 200, headers: { link }, body: '{"tags":["a"]}' } });
    await expect(codeOf(client.listTags(ref))).resolves.toBe(code);
  });

  test.each(['<html>', '{}', '{"tags":[1]}'])('refuses the answer %s', async (body) => {
    registry.strike({ path: /tags/, answer: { status: 200, body } });
    await expect(codeOf(client.listTags(ref))).resolves.toBe('registry/bad-answer');
  });
});

describe('references', () => {
  test.each<Partial<ManifestReference>>([
    { repository: 'acme/../admin' },
    { repository: 'acme/tools?x=1' },
    { repository: 'Acme' },
    { repository: 'a'.repeat(256) },
    { tag: 'one\r\nx-evil: 1' },
    { tag: 'one/two' },
    { tag: '' },
    { tag: 'a'.repeat(129) },
    { digest: 'sha256:abc' },
    { digest: `sha512:${'a'.repeat(128)}` },
    { registry: 'user@127.0.0.1' },
    { registry: '127.0.0.1/v2' },
    { registry: 'host:99999' },
    { registry: 'a\nb' },
  ])('%j never reach a URL', async (part) => {
    await expect(codeOf(client.headManifest({ ...ref, ...part }))).resolves.toBe('registry/bad-reference');
    expect(registry.requests).toEqual([]);
  });

  test.each([
    ['docker.io', 'https://registry-1.docker.io/v2/acme/tools/manifests/one'],
    ['ghcr.io', 'https://ghcr.io/v2/acme/tools/manifests/one'],
    ['localhost:5000', 'http://localhost:5000/v2/acme/tools/manifests/one'],
    ['[::1]:5000', 'http://[::1]:5000/v2/acme/tools/manifests/one'],
    ['127.example.org', 'https://127.example.org/v2/acme/tools/manifests/one'],
  ])('of %s are asked for at %s', async (host, expected) => {
    const asked: string[] = [];
    const recording = createRegistryClient({
      fetch: async (input) => {
        asked.push(String(input));
        return new Response(null, { status: 404 });
      },
    });
    await expect(recording.headManifest({ ...ref, registry: host })).resolves.toBeNull();
    expect(asked).toEqual([expected]);
  });
});

describe('probe', () => {
  it('takes any status for an answer', async () => {
    await expect(client.probe(registry.host)).resolves.toEqual({ answers: true, time: expect.any(Number) });
    registry.strike({ path: /v2/, answer: { status: 401 } });
    await expect(client.probe(registry.host)).resolves.toEqual({ answers: true, time: expect.any(Number) });
  });

  it('says why nothing answers', async () => {
    const gone = await startFakeRegistry();
    await gone.close();
    const refused = await client.probe(gone.host);
    expect(refused).toMatchObject({ answers: false, reason: expect.stringContaining('ECONNREFUSED') });
    registry.strike({ path: /v2/, answer: 'hang' });
    await expect(client.probe(registry.host)).resolves.toEqual({
      answers: false,
      reason: 'no answer within 2 s',
    });
  });
});
