/** Every fault a registry or the way to it may have, in front of a real registry: what a person sees, what was asked again, what is left. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from '@jest/globals';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { sha256 } from '../../actions/lib/registry/content-digest.ts';
import type { RegistryClient, RepositoryReference } from '../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { startTestEngine } from '../support/engine.ts';
import { type Damage, type FaultProxy, type Rule, startFaultProxy } from '../support/fault-proxy.ts';

const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = Buffer.from('{}');
const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_IMAGE,
    config: { mediaType: 'application/json', digest: sha256(CONFIG), size: CONFIG.length },
    layers: [],
  }),
);
const TIMEOUT_MS = 400;

let proxy: FaultProxy;
/** Speaks to the registry itself: what it says is the state. */
let direct: RegistryClient;
let origin: string;
let repository: string;
let waits: number[];
let told: string[];
let client: RegistryClient;

const at = (tag: string) => ({ registry: proxy.host, repository, tag });
const stored = (): RepositoryReference => ({ registry: origin, repository });

beforeAll(async () => {
  origin = (await startTestEngine()).registry;
  direct = createRegistryClient();
  proxy = await startFaultProxy(origin);
});
afterAll(() => proxy.close());

beforeEach(async () => {
  proxy.heal();
  repository = `faults-${randomBytes(6).toString('hex')}/tools`;
  await direct.putBlob(stored(), CONFIG);
  await direct.putManifest({ ...stored(), tag: 'one' }, MANIFEST, OCI_IMAGE);
  proxy.resetCounts();
  waits = [];
  told = [];
  client = createRegistryClient({
    timeoutMs: TIMEOUT_MS,
    sleep: async (ms) => waits.push(ms),
    onRetry: (line) => told.push(neutral(line)),
  });
});

/** Every repository has a name of its own; a table has not. */
function neutral(text: string): string {
  return text.replaceAll(repository, 'REPOSITORY').replaceAll(proxy.host, 'HOST');
}

/** What an operation gave, or what a person reads. */
async function outcomeOf(operation: Promise<unknown>): Promise<unknown> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof DarkroomError) return neutral(error.message);
    throw error;
  }
}

/** The requests in one line: `HEAD manifest, GET root`. */
function asked(): string {
  const kinds = [
    [/\/manifests\//, 'manifest'],
    [/\/blobs\/uploads\//, 'upload'],
    [/\/blobs\//, 'blob'],
    [/\/tags\//, 'tags'],
    [/^\/v2\/$/, 'root'],
  ] as const;
  return proxy.requests
    .map(({ method, path }) => `${method} ${kinds.find(([pattern]) => pattern.test(path))?.[1]}`)
    .join(', ');
}

const CHECK = 'Check the network, the proxy settings and the name of the registry.';
const DISTRUST =
  'What the registry sent cannot be trusted and was not used. Check the address and whatever stands between here and the registry.';
const DENIED = (status: number) =>
  `Cannot read manifest "HOST/REPOSITORY:one": HOST answered ${status}. Without a login, pulling from "HOST/REPOSITORY" is not allowed.\n` +
  '  Check the name of the repository. Log in with "docker login HOST".';
const HIT = expect.objectContaining({ digest: sha256(MANIFEST) });
const always = (damage: Damage): Rule => ({ path: /manifests/, damage });
const once = (damage: Damage, times = 1): Rule => ({ path: /manifests/, times, damage });

describe('looking up a key', () => {
  test.each<[string, Rule, unknown, string]>([
    ['404', always({ status: 404 }), null, 'HEAD manifest'],
    ['401 that names no login', always({ status: 401 }), DENIED(401), 'HEAD manifest, GET root'],
    ['403', always({ status: 403 }), DENIED(403), 'HEAD manifest, GET root'],
    ['429 once', once({ status: 429 }), HIT, 'HEAD manifest, HEAD manifest'],
    [
      '429 for good',
      always({ status: 429 }),
      'Cannot read manifest "HOST/REPOSITORY:one": HOST answered 429. Tried 4 times.\n  Wait a few minutes, or log in for a higher limit.',
      'HEAD manifest, HEAD manifest, HEAD manifest, HEAD manifest',
    ],
    [
      '429 that asks for an hour',
      always({ status: 429, headers: { 'retry-after': '3600' } }),
      'Cannot read manifest "HOST/REPOSITORY:one": HOST answered 429.\n  Wait 3600 seconds, or log in for a higher limit.',
      'HEAD manifest',
    ],
    ['500 twice', once({ status: 500 }, 2), HIT, 'HEAD manifest, HEAD manifest, HEAD manifest'],
    [
      '503 for good',
      always({ status: 503 }),
      'Cannot read manifest "HOST/REPOSITORY:one": HOST answered 503. Tried 4 times.\n  The fault is on the registry\'s side: try again later.',
      'HEAD manifest, HEAD manifest, HEAD manifest, HEAD manifest',
    ],
    ['reset before the answer', once('reset'), HIT, 'HEAD manifest, HEAD manifest'],
    ['no answer once', once('hang'), HIT, 'HEAD manifest, HEAD manifest'],
    [
      'no answer for good',
      always('hang'),
      `Cannot read manifest "HOST/REPOSITORY:one": HOST did not answer in full within 0.4 s. Tried 4 times.\n  ${CHECK}`,
      'HEAD manifest, HEAD manifest, HEAD manifest, HEAD manifest',
    ],
  ])('under %s', async (_, rule, seen, requests) => {
    proxy.inject(rule);
    await expect(outcomeOf(client.headManifest(at('one')))).resolves.toEqual(seen);
    expect(asked()).toBe(requests);
    await expect(direct.listTags(stored())).resolves.toEqual(['one']);
  });

  it('gives the same answer with nothing in the way, at the first request', async () => {
    await expect(client.headManifest(at('one'))).resolves.toEqual(HIT);
    expect(asked()).toBe('HEAD manifest');
    expect(waits).toEqual([]);
  });
});

describe('reading content', () => {
  const read = (rule: Rule) => {
    proxy.inject(rule);
    return outcomeOf(client.getManifest(at('one')));
  };
  const TWICE = 'GET manifest, GET manifest';
  const FOUR = `${TWICE}, ${TWICE}`;

  test.each<[Damage, string]>([
    ['reset-answer', TWICE],
    ['truncate', TWICE],
    ['corrupt', TWICE],
    ['drip', TWICE],
  ])('survives one %s', async (damage, requests) => {
    await expect(read(once(damage))).resolves.toMatchObject({ bytes: MANIFEST });
    expect(asked()).toBe(requests);
  });

  test.each<[Damage, RegExp, string]>([
    [
      'reset-answer',
      /^Cannot read manifest "HOST\/REPOSITORY:one": the connection to HOST failed \(.*ECONNRESET.*\)\. Tried 4 times\.\n {2}Check the network/,
      FOUR,
    ],
    [
      'truncate',
      /^Cannot read manifest "HOST\/REPOSITORY:one": the connection to HOST failed \(.*\)\. Tried 4 times\.\n {2}Check the network/,
      FOUR,
    ],
    [
      'corrupt',
      /^Cannot read manifest "HOST\/REPOSITORY:one": expected digest sha256:[0-9a-f]{64}, got "sha256:[0-9a-f]{64}"\. Tried 2 times\.\n {2}What the registry sent cannot be trusted/,
      TWICE,
    ],
    [
      'drip',
      /^Cannot read manifest "HOST\/REPOSITORY:one": HOST did not answer in full within 0\.4 s\. Tried 4 times\.\n {2}Check the network/,
      FOUR,
    ],
  ])('fails under %s for good, and gives nothing half', async (damage, seen, requests) => {
    await expect(read(always(damage))).resolves.toMatch(seen);
    expect(asked()).toBe(requests);
  });

  it('asks for a corrupted blob once more', async () => {
    const damaged = { path: /blobs/, times: 1, damage: 'corrupt' } as const;
    proxy.inject(damaged);
    await expect(client.getBlob(at('one'), sha256(CONFIG), { maxBytes: 10 })).resolves.toEqual(CONFIG);
    proxy.inject({ path: /blobs/, damage: 'corrupt' });
    const wrong = sha256(Buffer.from('{|'));
    await expect(outcomeOf(client.getBlob(at('one'), sha256(CONFIG), { maxBytes: 10 }))).resolves.toBe(
      `Cannot read blob ${sha256(CONFIG)} of "HOST/REPOSITORY:one": expected digest ${sha256(CONFIG)}, got "${wrong}". Tried 2 times.\n  ${DISTRUST}`,
    );
    expect(asked()).toBe('GET blob, GET blob, GET blob, GET blob');
  });
});

describe('storing', () => {
  const BLOB = randomBytes(256 * 1024);
  const UPLOAD = 'HEAD blob, POST upload, PUT upload';

  test.each<[string, Rule, string]>([
    [
      '500 to the question',
      { method: 'HEAD', path: /blobs/, times: 1, damage: { status: 500 } },
      `HEAD blob, ${UPLOAD}`,
    ],
    [
      '503 to the opening',
      { method: 'POST', times: 1, damage: { status: 503 } },
      `HEAD blob, POST upload, ${UPLOAD}`,
    ],
    ['429 to the upload', { method: 'PUT', times: 1, damage: { status: 429 } }, `${UPLOAD}, ${UPLOAD}`],
    [
      'a reset in the middle of the upload',
      { method: 'PUT', times: 1, damage: 'reset-upload' },
      `${UPLOAD}, ${UPLOAD}`,
    ],
    ['an answer that is lost', { method: 'PUT', times: 1, damage: 'lose-answer' }, `${UPLOAD}, HEAD blob`],
  ])('a blob under %s stores it whole, in an upload of its own', async (_, rule, requests) => {
    proxy.inject(rule);
    await expect(client.putBlob(at('one'), BLOB)).resolves.toBe(sha256(BLOB));
    expect(asked()).toBe(requests);
    const kept = await direct.getBlob(stored(), sha256(BLOB), { maxBytes: BLOB.length });
    expect(kept.equals(BLOB)).toBe(true);
  });

  it('a blob that never gets through fails and is not there', async () => {
    const bytes = randomBytes(64 * 1024);
    proxy.inject({ method: 'PUT', damage: 'reset-upload' });
    await expect(outcomeOf(client.putBlob(at('one'), bytes))).resolves.toMatch(
      /^Cannot store blob sha256:[0-9a-f]{64} in "HOST\/REPOSITORY:one": the connection to HOST failed \(.*\)\. Tried 4 times\.\n/,
    );
    expect(asked()).toBe([UPLOAD, UPLOAD, UPLOAD, UPLOAD].join(', '));
    await expect(direct.getBlob(stored(), sha256(bytes), { maxBytes: bytes.length })).rejects.toThrow('404');
  });

  test.each<[string, Damage, readonly string[], unknown]>([
    ['an answer that is lost', 'lose-answer', ['one', 'two'], sha256(MANIFEST)],
    ['502 once', { status: 502 }, ['one', 'two'], sha256(MANIFEST)],
  ])('a manifest under %s moves the tag once', async (_, damage, tags, outcome) => {
    proxy.inject(once(damage));
    await expect(outcomeOf(client.putManifest(at('two'), MANIFEST, OCI_IMAGE))).resolves.toEqual(outcome);
    expect(asked()).toBe('PUT manifest, PUT manifest');
    await expect(direct.listTags(stored())).resolves.toEqual(tags);
  });

  it('a manifest that is refused leaves the tags as they were', async () => {
    proxy.inject(always({ status: 403, body: '{"errors":[{"code":"DENIED","message":"no."}]}' }));
    await expect(outcomeOf(client.putManifest(at('two'), MANIFEST, OCI_IMAGE))).resolves.toBe(
      'Cannot store manifest "HOST/REPOSITORY:two": HOST answered 403: DENIED no. Without a login, pushing to "HOST/REPOSITORY" is not allowed.\n' +
        '  Check the name of the repository. Log in with "docker login HOST".',
    );
    await expect(direct.listTags(stored())).resolves.toEqual(['one']);
  });

  it('a deletion whose answer is lost is done', async () => {
    proxy.inject(once('lose-answer'));
    await expect(client.deleteManifest(at('one'), sha256(MANIFEST))).resolves.toBe(false);
    expect(asked()).toBe('DELETE manifest, DELETE manifest');
    await expect(direct.headManifest({ ...stored(), tag: 'one' })).resolves.toBeNull();
  });
});

describe('waiting', () => {
  it('is as long as the registry asks, told once, and then fewer requests go at once', async () => {
    const shortly = async (ms: number) => {
      waits.push(ms);
      await sleep(100);
    };
    client = createRegistryClient({ sleep: shortly, onRetry: (line) => told.push(neutral(line)) });
    // The first request goes alone; the others are all under way when the registry has had enough.
    await client.headManifest(at('one'));
    proxy.inject(once({ status: 429, headers: { 'retry-after': '2' } }, 30));
    const heads = await Promise.all(Array.from({ length: 100 }, () => client.headManifest(at('one'))));
    expect(heads.filter((head) => head !== null)).toHaveLength(100);
    expect(proxy.requests).toHaveLength(131);
    expect(waits.every((ms) => ms >= 2000 && ms <= 3000)).toBe(true);
    expect(told[0]).toMatch(
      /^Cannot read manifest "HOST\/REPOSITORY:one": HOST answered 429\. Trying again in \d\.\d s, from now on at most 4 requests at once\.$/,
    );
    expect(told).toHaveLength(1);
  });

  it('is what a date says', async () => {
    const date = new Date(Date.now() + 10_000).toUTCString();
    proxy.inject(once({ status: 503, headers: { 'retry-after': date } }));
    await expect(client.headManifest(at('one'))).resolves.toEqual(HIT);
    expect(waits).toEqual([expect.any(Number)]);
    expect(waits[0]).toBeGreaterThan(8000);
    expect(waits[0]).toBeLessThan(11_000);
  });

  it('counts what goes over the wire', async () => {
    const blob = randomBytes(100_000);
    await client.putBlob(at('one'), blob);
    const up = proxy.traffic();
    expect(up.requests).toBe(3);
    expect(up.bytesUp).toBeGreaterThan(100_000);
    expect(up.bytesUp).toBeLessThan(102_000);
    proxy.resetCounts();
    await client.getBlob(at('one'), sha256(blob), { maxBytes: blob.length });
    expect(proxy.requests).toEqual([
      expect.objectContaining({ method: 'GET', status: 200, bodyUp: 0, bodyDown: 100_000 }),
    ]);
    expect(proxy.traffic().bytesDown).toBeGreaterThan(100_000);
    expect(proxy.traffic().bytesUp).toBeLessThan(1000);
  });
});
