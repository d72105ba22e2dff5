/** Logins against real registries: passwords, tokens, TLS, and what Buildx makes of them. */
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { sha256 } from '../../actions/lib/registry/content-digest.ts';
import { type CredentialSource, type Login, loginFor } from '../../actions/lib/registry/credentials.ts';
import { dockerCredentials } from '../../actions/lib/registry/docker-credentials.ts';
import { withPrivateDockerConfig } from '../../actions/lib/registry/private-docker-config.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { startTestEngine } from '../support/engine.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RegistryProgram, startRegistryProgram } from '../support/registry-program.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

const PASSWORD = 'correct horse';
const NEXT_PASSWORD = 'battery staple';
// bcrypt, of the two.
const HASH = '$2a$04$oLDsqXdVC0jhFJ/Vg9kjxuE78B9ordjOlzI9MYo8po0qwCtX8g8H.';
const NEXT_HASH = '$2a$04$bor3pIpaX7iq.WQ/8xyroOCQfQ.UBM/kcS77XJmyzKNHy50ra4rw6';
const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';

const login = (password: string): Login => ({ username: 'ann', password, from: 'the test' });
const blob = Buffer.from('{}');

let folder: string;
let registry: RegistryProgram;
let proxy: FaultProxy;
let masked: string[];

const repository = () => ({ registry: proxy.host, repository: 'acme/tools' });
const asked = () => proxy.requests.map(({ method, status }) => `${method} ${status}`).join(', ');

function clientWith(credentials?: CredentialSource) {
  masked = [];
  return createRegistryClient({
    ...(credentials === undefined ? {} : { credentials }),
    mask: (secret) => masked.push(secret),
    sleep: async () => undefined,
  });
}

async function messageOf(operation: Promise<unknown>): Promise<string> {
  const error = await operation.then(
    () => 'no failure',
    (reason: unknown) => reason,
  );
  if (!(error instanceof DarkroomError)) throw error;
  return error.message.replaceAll(proxy.host, 'HOST');
}

beforeEach(() => proxy?.resetCounts());
afterEach(() => proxy?.heal());

describe('a registry that asks for a password', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'darkroom-test-'));
    await writeFile(join(folder, 'htpasswd'), `ann:${HASH}\n`);
    registry = await startRegistryProgram({
      settings: () => ({ auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }),
    });
    proxy = await startFaultProxy(registry.host);
  });

  afterAll(async () => {
    await proxy.close();
    await registry.stop();
    await rm(folder, { recursive: true });
  });

  it('is told it once, after the first refusal, and then with every request', async () => {
    const client = clientWith(loginFor(proxy.host, login(PASSWORD)));
    await client.putBlob(repository(), blob);
    await client.getBlob(repository(), sha256(blob), { maxBytes: 10 });
    expect(asked()).toBe('HEAD 401, HEAD 404, POST 202, PUT 201, GET 200');
    expect(masked).toEqual([PASSWORD, Buffer.from(`ann:${PASSWORD}`).toString('base64')]);
  });

  it('refuses whoever has none', async () => {
    await expect(messageOf(clientWith().headManifest({ ...repository(), tag: 'one' }))).resolves.toBe(
      'Cannot read manifest "HOST/acme/tools:one": HOST answered 401. Without a login, pulling from "HOST/acme/tools" is not allowed.\n' +
        '  Check the name of the repository. Log in with "docker login HOST".',
    );
    expect(asked()).toBe('HEAD 401');
  });

  it('refuses a wrong one, which nobody gets to read', async () => {
    const client = clientWith(loginFor(proxy.host, login('no such horse')));
    const message = await messageOf(client.listTags(repository()));
    expect(message).toBe(
      'Cannot list the tags of "HOST/acme/tools": HOST answered 401: UNAUTHORIZED authentication required. The login "ann" for HOST (the test) is not accepted.\n' +
        '  It may be wrong, expired or withdrawn. Log in again with "docker login HOST".',
    );
    expect(asked()).toBe('GET 401, GET 401');
  });

  it('is told a new one when the old one no longer holds, once for all who ask', async () => {
    const refusals: (Login | undefined)[] = [];
    const client = clientWith({
      async find(_, refused) {
        refusals.push(refused);
        return login(refused === undefined ? PASSWORD : NEXT_PASSWORD);
      },
    });
    await client.putBlob(repository(), blob);
    try {
      await writeFile(join(folder, 'htpasswd'), `ann:${NEXT_HASH}\n`);
      const heads = Array.from({ length: 10 }, () => client.headManifest({ ...repository(), tag: 'none' }));
      await expect(Promise.all(heads)).resolves.toEqual(Array(10).fill(null));
      expect(refusals).toEqual([undefined, login(PASSWORD)]);
    } finally {
      await writeFile(join(folder, 'htpasswd'), `ann:${HASH}\n`);
    }
  });

  it('is read with what docker login stored, in the file or with a helper', async () => {
    const auth = Buffer.from(`ann:${PASSWORD}`).toString('base64');
    const environment = { HOME: folder, DOCKER_CONFIG: folder, PATH: `${folder}:${process.env.PATH}` };
    const client = () => clientWith(dockerCredentials(environment));
    const config = (content: object) => writeFile(join(folder, 'config.json'), JSON.stringify(content));
    await config({ auths: { [proxy.host]: { auth } } });
    await expect(client().listTags(repository())).resolves.toEqual([]);

    const answer = JSON.stringify({ ServerURL: proxy.host, Username: 'ann', Secret: PASSWORD });
    const helper = join(folder, 'docker-credential-test');
    await writeFile(helper, `#!/bin/sh\n[ "$1 $(cat)" = "get ${proxy.host}" ] && echo '${answer}'\n`);
    await chmod(helper, 0o755);
    await config({ credHelpers: { [proxy.host]: 'test' } });
    await expect(client().listTags(repository())).resolves.toEqual([]);

    await config({ credsStore: 'missing' });
    await expect(messageOf(client().listTags(repository()))).resolves.toContain(
      'Cannot get the login for "HOST" from "docker-credential-missing", which Docker\'s configuration names: there is no such program on the PATH.\n',
    );
  });

  it('takes what Buildx pushes and pulls with a private configuration, which is gone afterwards', async () => {
    const { engine } = await startTestEngine();
    const context = await mkdtemp(join(tmpdir(), 'darkroom-test-'));
    const image = `${registry.host}/acme/built:one`;
    const build = async (dockerfile: string, more: Readonly<Record<string, string>>) => {
      await writeFile(join(context, 'Dockerfile'), dockerfile);
      const [program = '', ...first] = engine.buildx;
      const options = ['build', '--builder', engine.builder, '--provenance=false', '--push', context];
      const env = { ...engine.env, ...more };
      return execa(program, [...first, ...options, '--tag', image], { env, reject: false });
    };
    const refused = await build('FROM scratch\nCOPY Dockerfile /\n', {});
    expect(refused.stderr).toMatch(/no basic auth credentials|401/);

    const seen: string[] = [];
    const options = {
      credentials: loginFor(registry.host, login(PASSWORD)),
      registries: [registry.host, 'docker.io'],
      environment: { ...process.env, ...engine.env },
      mask: (secret: string) => seen.push(secret),
    };
    const work = async (environment: { DOCKER_CONFIG: string }) => {
      const { DOCKER_CONFIG } = environment;
      expect(statSync(DOCKER_CONFIG).mode & 0o777).toBe(0o700);
      expect(statSync(join(DOCKER_CONFIG, 'config.json')).mode & 0o777).toBe(0o600);
      const first = await build('FROM scratch\nCOPY Dockerfile /\n', { ...environment });
      const second = await build(`FROM ${image}\nCOPY Dockerfile /two\n`, { ...environment });
      return { DOCKER_CONFIG, failed: [first, second].filter((one) => one.failed).map((one) => one.stderr) };
    };
    const done = await withPrivateDockerConfig(options, work);
    expect(done.failed).toEqual([]);
    expect(existsSync(done.DOCKER_CONFIG)).toBe(false);
    expect(seen).toContain(PASSWORD);
    const client = clientWith(loginFor(registry.host, login(PASSWORD)));
    const built = { registry: registry.host, repository: 'acme/built', tag: 'one' };
    await expect(client.getManifest(built)).resolves.toMatchObject({
      document: { layers: [expect.anything(), expect.anything()] },
    });
    await rm(context, { recursive: true });
  }, 120_000);
});

describe('a registry with a token server', () => {
  let tokens: TokenServer;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_IMAGE,
      config: { mediaType: 'application/json', digest: sha256(blob), size: blob.length },
      layers: [],
    }),
  );
  const hidden = () => ({ ...repository(), repository: 'acme/hidden', tag: 'one' });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'darkroom-test-'));
    const keysFile = join(folder, 'keys.json');
    tokens = await startTokenServer(
      {
        users: { ann: PASSWORD },
        refreshTokens: { 'refresh-me': 'ann' },
        allowed: (user, name) => (user === 'ann' ? ['pull', 'push'] : name === 'acme/public' ? ['pull'] : []),
      },
      keysFile,
    );
    await writeFile(keysFile, tokens.keys);
    registry = await startRegistryProgram({ settings: () => ({ auth: tokens.auth }) });
    proxy = await startFaultProxy(registry.host);
    const client = clientWith(loginFor(proxy.host, login(PASSWORD)));
    for (const name of ['acme/public', 'acme/tools']) {
      const target = { registry: proxy.host, repository: name, tag: 'one' };
      await client.putBlob(target, blob);
      await client.putManifest(target, manifest, OCI_IMAGE);
    }
  });

  afterAll(async () => {
    await proxy.close();
    await registry.stop();
    await tokens.close();
    await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    tokens.requests.length = 0;
  });

  it('is read without a login where that is allowed, and not written', async () => {
    const target = { registry: proxy.host, repository: 'acme/public', tag: 'one' };
    await expect(clientWith().headManifest(target)).resolves.toMatchObject({ digest: sha256(manifest) });
    await expect(messageOf(clientWith().putManifest(target, manifest, OCI_IMAGE))).resolves.toMatch(
      /answered 401: .* Without a login, pushing to "HOST\/acme\/public" is not allowed\.\n/,
    );
    await expect(messageOf(clientWith().headManifest(hidden()))).resolves.toMatch(
      /answered 401\. Without a login, pulling from "HOST\/acme\/hidden" is not allowed\.\n/,
    );
  });

  it('calls a repository a miss only to those who may see it', async () => {
    const client = clientWith(loginFor(proxy.host, login(PASSWORD)));
    await expect(client.headManifest(hidden())).resolves.toBeNull();
    expect(asked()).toBe('HEAD 401, HEAD 404');
  });

  it('gives one token per repository and action, however many ask', async () => {
    const client = clientWith(loginFor(proxy.host, login(PASSWORD)));
    const target = { ...repository(), tag: 'one' };
    await Promise.all(Array.from({ length: 20 }, () => client.headManifest(target)));
    await client.getManifest(target);
    await client.putBlob(repository(), Buffer.from('more'));
    await client.putManifest(target, manifest, OCI_IMAGE);
    expect(tokens.requests).toEqual([
      { method: 'GET', user: 'ann', scope: 'repository:acme/tools:pull' },
      { method: 'GET', user: 'ann', scope: 'repository:acme/tools:pull,push' },
    ]);
  });

  it('takes an identity token', async () => {
    const identity = { identityToken: 'refresh-me', from: 'the test' };
    const client = clientWith(loginFor(proxy.host, identity));
    await client.putBlob(repository(), Buffer.from('identity'));
    expect(tokens.requests).toEqual([
      { method: 'POST', user: 'ann', scope: 'repository:acme/tools:pull,push' },
    ]);
    expect(masked).toContain('refresh-me');
  });

  it('refuses a wrong password; what its token server repeats of it nobody gets to read', async () => {
    const client = clientWith(loginFor(proxy.host, login('no such horse')));
    const message = await messageOf(client.headManifest(hidden()));
    expect(message).toMatch(
      /^Cannot get a token for "HOST\/acme\/hidden" \(pull\): 127\.0\.0\.1:\d+ answered 401: UNAUTHORIZED no such login: Basic \*\*\*\. The login "ann" for HOST \(the test\) is not accepted\.\n/,
    );
    expect(tokens.requests).toHaveLength(1);
  });

  it('gives another token when one no longer holds, once', async () => {
    const client = clientWith(loginFor(proxy.host, login(PASSWORD)));
    tokens.spoilNext(1);
    await expect(client.headManifest({ ...repository(), tag: 'one' })).rejects.toThrow('401');
    await expect(client.headManifest({ ...repository(), tag: 'one' })).resolves.not.toBeNull();
    expect(asked()).toBe('HEAD 401, HEAD 401, HEAD 401, HEAD 200');
  });

  it('is asked again when its token server fails', async () => {
    tokens.failNext(503, 2);
    const client = clientWith(loginFor(proxy.host, login(PASSWORD)));
    await expect(client.headManifest({ ...repository(), tag: 'one' })).resolves.not.toBeNull();
    expect(tokens.requests).toHaveLength(3);
  });
});

describe('a registry with a certificate of its own', () => {
  it('is spoken to where its authority is named, and else says so at once', async () => {
    folder = await mkdtemp(join(tmpdir(), 'darkroom-test-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
    const named = ['-subj', '/CN=registry.test', '-addext', 'subjectAltName=DNS:registry.test'];
    await execa('openssl', ['req', '-x509', ...made, ...named, '-days', '2', '-out', certificate]);
    await writeFile(join(folder, 'htpasswd'), `ann:${HASH}\n`);
    registry = await startRegistryProgram({
      settings: () => ({
        auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } },
        http: { tls: { certificate, key } },
      }),
    });
    const program = join(import.meta.dirname, '../support/ask-tls-registry.ts');
    const ask = async (env: Readonly<Record<string, string>>) =>
      JSON.parse((await execa(process.execPath, [program, String(registry.port)], { env })).stdout);

    await expect(ask({ NODE_EXTRA_CA_CERTS: certificate })).resolves.toEqual({
      outcome: sha256(Buffer.from('over TLS')),
      retries: 0,
    });
    await expect(ask({ NODE_EXTRA_CA_CERTS: '' })).resolves.toEqual({
      outcome: expect.stringMatching(
        /the connection to registry\.test:\d+ failed \(DEPTH_ZERO_SELF_SIGNED_CERT .*\)\.\n.*NODE_EXTRA_CA_CERTS\.$/,
      ),
      retries: 0,
    });
    await registry.stop();
    await rm(folder, { recursive: true });
  });
});
