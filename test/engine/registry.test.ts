/** The registry adapter against a real registry: what a fake would only repeat back to us. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { getJson, putJson } from '../../actions/lib/registry/artifact.ts';
import { resolvePlatformDigest } from '../../actions/lib/registry/platform-manifest.ts';
import type { RepositoryReference } from '../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { startTestEngine } from '../support/engine.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const PLAN_TYPE = 'application/vnd.darkroom.plan.v1+json';

const client = createRegistryClient();
/** A repository of this run's own. */
let repository: RepositoryReference;
const at = (tag: string) => ({ ...repository, tag });

beforeAll(async () => {
  const { registry } = await startTestEngine();
  repository = { registry, repository: `registry-test-${randomBytes(6).toString('hex')}/tools` };
});

describe('the registry client on a real registry', () => {
  async function pushImage(config: unknown): Promise<{ mediaType: string; digest: string; size: number }> {
    const bytes = Buffer.from(JSON.stringify(config));
    const digest = await client.putBlob(repository, bytes);
    const document = {
      schemaVersion: 2,
      mediaType: OCI_IMAGE,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: bytes.length },
      layers: [],
    };
    const manifest = Buffer.from(JSON.stringify(document));
    return {
      mediaType: OCI_IMAGE,
      digest: await client.putManifest(repository, manifest, OCI_IMAGE),
      size: manifest.length,
    };
  }

  it('answers the probe', async () => {
    await expect(client.probe(repository.registry)).resolves.toMatchObject({ answers: true });
  });

  it('gives null for what it does not hold', async () => {
    const nowhere = { ...at('none'), repository: 'nowhere/at-all' };
    await expect(client.headManifest(nowhere)).resolves.toBeNull();
    await expect(client.getManifest(nowhere)).resolves.toBeNull();
    await expect(client.listTags(nowhere)).resolves.toEqual([]);
    await expect(resolvePlatformDigest(client, nowhere, 'linux/amd64')).resolves.toBeNull();
  });

  it('keeps a document larger than a manifest may be, and replaces it under its tag', async () => {
    const document = { text: randomBytes(3 * 1024 * 1024).toString('hex') };
    const digest = await putJson(client, at('plan-1'), PLAN_TYPE, document);
    await expect(getJson(client, { ...repository, digest })).resolves.toEqual(document);
    await expect(client.headManifest(at('plan-1'))).resolves.toMatchObject({ digest, mediaType: OCI_IMAGE });
    await putJson(client, at('plan-1'), PLAN_TYPE, { small: true });
    await expect(getJson(client, at('plan-1'))).resolves.toEqual({ small: true });
    await expect(getJson(client, { ...repository, digest })).resolves.toEqual(document);
  });

  it('gives an image one more tag, lists both, and deletes it by digest', async () => {
    const image = await pushImage({ os: 'linux', architecture: 'amd64', author: 'tags' });
    await client.copyManifestTag({ ...repository, digest: image.digest }, 'copy-a');
    await client.copyManifestTag(at('copy-a'), 'copy-b');
    await expect(client.headManifest(at('copy-b'))).resolves.toEqual(image);
    await expect(client.listTags(repository)).resolves.toEqual(expect.arrayContaining(['copy-a', 'copy-b']));
    await expect(client.deleteManifest(repository, image.digest)).resolves.toBe(true);
    await expect(client.headManifest(at('copy-a'))).resolves.toBeNull();
    await expect(client.deleteManifest(repository, image.digest)).resolves.toBe(false);
  });

  it('resolves an index with provenance to the manifest of the platform', async () => {
    const image = await pushImage({ os: 'linux', architecture: 'arm64', variant: 'v8' });
    const provenance = await pushImage({ os: 'unknown', architecture: 'unknown' });
    const index = {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        {
          ...provenance,
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: {
            'vnd.docker.reference.type': 'attestation-manifest',
            'vnd.docker.reference.digest': image.digest,
          },
        },
        { ...image, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      ],
    };
    await client.putManifest(at('index'), Buffer.from(JSON.stringify(index)), OCI_INDEX);
    await expect(resolvePlatformDigest(client, at('index'), 'linux/arm64')).resolves.toBe(image.digest);
    const single = { ...repository, digest: image.digest };
    await expect(resolvePlatformDigest(client, single, 'linux/arm64')).resolves.toBe(image.digest);
    await expect(resolvePlatformDigest(client, at('index'), 'linux/amd64')).rejects.toThrow(
      'only for "linux/arm64/v8"',
    );
  });

  it('resolves what Buildx pushed with provenance to the manifest inside', async () => {
    const { engine } = await startTestEngine();
    const folder = await mkdtemp(join(tmpdir(), 'darkroom-test-'));
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
    const image = `${repository.registry}/${repository.repository}:built`;
    const options = ['--builder', engine.builder, '--provenance=mode=max', '--tag', image, '--push', folder];
    const [program = '', ...first] = engine.buildx;
    await execa(program, [...first, 'build', ...options], { env: engine.env });
    await rm(folder, { recursive: true });

    const index = await client.getManifest(at('built'));
    const platforms =
      index?.document.kind === 'index' ? index.document.manifests.map(({ platform }) => platform) : [];
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    expect(platforms).toEqual([
      { os: 'linux', architecture },
      { os: 'unknown', architecture: 'unknown' },
    ]);
    const digest = (await resolvePlatformDigest(client, at('built'), `linux/${architecture}`)) ?? undefined;
    expect(digest).not.toBe(index?.digest);
    await expect(client.getManifest({ ...repository, ...(digest && { digest }) })).resolves.toMatchObject({
      document: { kind: 'image', layers: [expect.anything()] },
    });
  }, 300_000);

  it('refuses a manifest whose blobs it lacks, in its own words', async () => {
    const digest = `sha256:${createHash('sha256').update(randomBytes(8)).digest('hex')}`;
    const config = { mediaType: 'application/json', digest, size: 8 };
    const document = { schemaVersion: 2, mediaType: OCI_IMAGE, config, layers: [] };
    await expect(
      client.putManifest(at('broken'), Buffer.from(JSON.stringify(document)), OCI_IMAGE),
    ).rejects.toThrow(/answered 40\d: .*blob unknown/i);
  });

  it('is asked for 256 keys at once', async () => {
    await putJson(client, at('present'), PLAN_TYPE, {});
    const began = performance.now();
    const heads = await Promise.all(
      Array.from({ length: 256 }, (_, i) => client.headManifest(at(i % 2 === 0 ? 'present' : `key-${i}`))),
    );
    process.stdout.write(`256 HEAD requests: ${(performance.now() - began).toFixed(0)} ms\n`);
    expect(heads.filter((head) => head !== null)).toHaveLength(128);
  });
});
