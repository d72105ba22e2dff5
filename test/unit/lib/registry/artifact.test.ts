import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { digestOfJson, getJson, putJson } from '../../../../actions/lib/registry/artifact.ts';
import type { RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../../../actions/lib/registry/registry-client.ts';
import { type FakeRegistry, startFakeRegistry } from '../../../support/fake-registry.ts';

const PLAN_TYPE = 'application/vnd.darkroom.plan.v1+json';
const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';

let registry: FakeRegistry;
let client: RegistryClient;
const ref = (tag: string) => ({ registry: registry.host, repository: 'acme/darkroom', tag });

beforeEach(async () => {
  registry = await startFakeRegistry({ bearer: true });
  client = createRegistryClient();
});
afterEach(() => registry.close());

it('a document comes back as it was stored, by tag and by digest', async () => {
  const document = { version: 1, text: 'ä\u2028\ud83d\ude00', list: [null, 1.5, true] };
  const digest = await putJson(client, ref('plan-1'), PLAN_TYPE, document);
  await expect(getJson(client, ref('plan-1'))).resolves.toEqual(document);
  await expect(getJson(client, { ...ref('gone'), digest })).resolves.toEqual(document);
});

it('the same document has the same digest, another one another', async () => {
  const digest = await putJson(client, ref('plan-1'), PLAN_TYPE, { a: 1 });
  await expect(putJson(client, ref('plan-2'), PLAN_TYPE, { a: 1 })).resolves.toBe(digest);
  expect(digestOfJson(PLAN_TYPE, { a: 1 })).toBe(digest);
  await expect(putJson(client, ref('plan-2'), PLAN_TYPE, { a: 2 })).resolves.not.toBe(digest);
  await expect(getJson(client, ref('plan-2'))).resolves.toEqual({ a: 2 });
});

it('a document may be larger than a manifest may be', async () => {
  const document = { text: 'x'.repeat(6 * 1024 * 1024) };
  await putJson(client, ref('plan-1'), PLAN_TYPE, document);
  await expect(getJson(client, ref('plan-1'))).resolves.toEqual(document);
});

it('the stored manifest is an OCI 1.1 artifact with the empty config', async () => {
  await putJson(client, ref('plan-1'), PLAN_TYPE, {});
  const manifest = await client.getManifest(ref('plan-1'));
  expect(JSON.parse(String(manifest?.bytes))).toMatchObject({
    mediaType: OCI_IMAGE,
    artifactType: PLAN_TYPE,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
    },
    layers: [{ mediaType: PLAN_TYPE, size: 2 }],
  });
});

it('nothing there is null', async () => {
  await expect(getJson(client, ref('none'))).resolves.toBeNull();
});

it('an image under the name, or bytes that are no JSON, are told apart from a document', async () => {
  const digest = await client.putBlob(ref('x'), Buffer.from('{oops'));
  const config = { mediaType: 'application/json', digest, size: 5 };
  const image = { schemaVersion: 2, config, layers: [config] };
  const put = (tag: string, document: unknown) =>
    client.putManifest(ref(tag), Buffer.from(JSON.stringify(document)), OCI_IMAGE);
  await put('image', image);
  await expect(getJson(client, ref('image'))).rejects.toThrow(
    'should be a document stored by Darkroom but is an image.',
  );
  await put('text', { ...image, artifactType: 'application/json' });
  await expect(getJson(client, ref('text'))).rejects.toThrow('but is text that is not JSON.');
});

it('a manifest is never stored before its document', async () => {
  registry.strike({ method: 'POST', path: /uploads/, answer: { status: 503 } });
  await expect(putJson(client, ref('plan-1'), PLAN_TYPE, {})).rejects.toThrow('answered 503');
  expect(registry.tags('acme/darkroom')).toEqual([]);
});
