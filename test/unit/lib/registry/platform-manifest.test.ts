import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import {
  resolvePlatformDigest,
  selectPlatformManifest,
} from '../../../../actions/lib/registry/platform-manifest.ts';
import type { Descriptor, RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../../../actions/lib/registry/registry-client.ts';
import { digestOf, type FakeRegistry, startFakeRegistry } from '../../../support/fake-registry.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';

function descriptor(platform: string | undefined, more: Partial<Descriptor> = {}): Descriptor {
  const [os = '', architecture = '', variant] = platform?.split('/') ?? [];
  const parts = variant === undefined ? { os, architecture } : { os, architecture, variant };
  return {
    mediaType: OCI_IMAGE,
    digest: digestOf(Buffer.from(`${platform}`)),
    size: 7,
    ...(platform === undefined ? {} : { platform: parts }),
    ...more,
  };
}

describe('selectPlatformManifest', () => {
  test.each<[wanted: string, offered: readonly (string | undefined)[], chosen: string | null]>([
    ['linux/amd64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
    ['linux/amd64', ['windows/amd64', 'linux/386'], null],
    ['linux/amd64', [undefined, 'linux/amd64'], 'linux/amd64'],
    ['linux/amd64', [], null],
    ['linux/amd64', ['linux/amd64/v3', 'linux/amd64'], 'linux/amd64'],
    ['linux/amd64', ['linux/amd64/v3'], null],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'], 'linux/amd64/v2'],
    ['linux/arm64', ['linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm64/v8', ['linux/arm64'], 'linux/arm64'],
    ['linux/arm64', ['linux/arm64/v9', 'linux/arm/v8'], null],
    ['linux/arm', ['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm/v7', ['linux/arm'], 'linux/arm'],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/arm/v6', ['linux/arm'], null],
    ['linux/riscv64', ['linux/riscv64'], 'linux/riscv64'],
  ])('for %s chooses out of %j the manifest of %s', (wanted, offered, chosen) => {
    const manifests = offered.map((platform) => descriptor(platform));
    const expected = chosen === null ? null : manifests[offered.indexOf(chosen)];
    expect(selectPlatformManifest({ manifests }, wanted)).toEqual(expected);
  });

  it('never chooses an attestation or an index inside the index', () => {
    const attestation = descriptor('linux/amd64', {
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    });
    const nested = descriptor('linux/amd64', { mediaType: OCI_INDEX });
    const image = descriptor('linux/amd64', { size: 8 });
    expect(selectPlatformManifest({ manifests: [attestation, nested, image] }, 'linux/amd64')).toEqual(image);
  });

  it('takes the first of equal manifests', () => {
    const manifests = [descriptor('linux/amd64', { size: 1 }), descriptor('linux/amd64', { size: 2 })];
    expect(selectPlatformManifest({ manifests }, 'linux/amd64')?.size).toBe(1);
  });
});

describe('resolvePlatformDigest', () => {
  let registry: FakeRegistry;
  let client: RegistryClient;
  const ref = (tag: string) => ({ registry: registry.host, repository: 'acme/tools', tag });

  beforeEach(async () => {
    registry = await startFakeRegistry();
    client = createRegistryClient();
  });
  afterEach(() => registry.close());

  function setImage(tag: string, config: unknown): string {
    const bytes = Buffer.from(JSON.stringify(config));
    const digest = registry.setBlob('acme/tools', bytes);
    const document = {
      schemaVersion: 2,
      config: { mediaType: 'x/y', digest, size: bytes.length },
      layers: [],
    };
    return registry.setManifest('acme/tools', tag, Buffer.from(JSON.stringify(document)), OCI_IMAGE);
  }

  it('gives the digest of the platform manifest inside an index with provenance', async () => {
    const image = descriptor('linux/arm64/v8');
    const manifests = [descriptor('linux/amd64'), image, descriptor('unknown/unknown')];
    registry.setManifest(
      'acme/tools',
      'one',
      Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })),
      OCI_INDEX,
    );
    await expect(resolvePlatformDigest(client, ref('one'), 'linux/arm64')).resolves.toBe(image.digest);
    await expect(resolvePlatformDigest(client, ref('one'), 'linux/s390x')).rejects.toThrow(
      `"${registry.host}/acme/tools:one" has no image for "linux/s390x", only for "linux/amd64, linux/arm64/v8, unknown/unknown".`,
    );
  });

  it('gives a single manifest itself when its config says the platform', async () => {
    const digest = setImage('one', { os: 'linux', architecture: 'amd64' });
    await expect(resolvePlatformDigest(client, ref('one'), 'linux/amd64')).resolves.toBe(digest);
    await expect(resolvePlatformDigest(client, { ...ref('one'), digest }, 'linux/amd64')).resolves.toBe(
      digest,
    );
    await expect(resolvePlatformDigest(client, ref('one'), 'linux/arm64')).rejects.toThrow(
      'only for "linux/amd64"',
    );
  });

  it('gives null where nothing is', async () => {
    await expect(resolvePlatformDigest(client, ref('none'), 'linux/amd64')).resolves.toBeNull();
  });

  test.each([{}, null, [], { os: 'linux' }])('refuses the config %j', async (config) => {
    setImage('one', config);
    await expect(resolvePlatformDigest(client, ref('one'), 'linux/amd64')).rejects.toThrow(
      'its config names none',
    );
  });
});
