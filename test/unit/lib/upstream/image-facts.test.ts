import { describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import type { Manifest, RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { readImageFacts } from '../../../../actions/lib/upstream/image-facts.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const DESCRIPTOR = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: DIGEST, size: 2 };
const MANIFEST: Manifest = {
  ...{ digest: DIGEST, mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes: Buffer.from('{}') },
  document: { kind: 'image', config: DESCRIPTOR, layers: [] },
};

/** Facts of an image with a config; an error is thrown for it. */
function facts(config: string | Error, manifest: Manifest | null = MANIFEST) {
  const client: Pick<RegistryClient, 'getManifest' | 'getBlob'> = {
    getManifest: async () => manifest,
    async getBlob() {
      if (typeof config !== 'string') throw config;
      return Buffer.from(config);
    },
  };
  return readImageFacts(client, 'docker.io/library/python:3.11', DIGEST);
}

const gone = (code: `${string}/${string}`): Error => new DarkroomError({ code, message: code });
const NOTHING = { dates: [], version: null, revision: null, source: null };

describe('readImageFacts', () => {
  it('gives dates of the image and of its layers, and what its labels say', async () => {
    const labels = {
      'org.opencontainers.image.version': '3.11.10',
      'org.opencontainers.image.revision': 'b'.repeat(40),
      'org.opencontainers.image.source': '',
    };
    const history = [{ created: '2026-10-02T00:00:00Z' }, {}, null, { created: 5 }];
    const config = { created: '2026-10-01T00:00:00Z', history, config: { Labels: labels } };
    expect(await facts(JSON.stringify(config))).toEqual({
      dates: [Date.parse('2026-10-01T00:00:00Z'), Date.parse('2026-10-02T00:00:00Z')],
      ...{ version: '3.11.10', revision: 'b'.repeat(40), source: null },
    });
  });

  it.each(['{}', 'null', '[]', '{"config": {"Labels": null}, "history": {}}', '{"config": {"Labels": [1]}}'])(
    'takes %s for an image that says nothing',
    async (config) => {
      expect(await facts(config)).toEqual(NOTHING);
    },
  );

  it('knows nothing of what is gone or no image, and hides no other failure', async () => {
    expect(await facts('{}', null)).toBeNull();
    expect(await facts('{}', { ...MANIFEST, document: { kind: 'index', manifests: [] } })).toBeNull();
    expect(await facts('no JSON')).toBeNull();
    expect(await facts(gone('registry/not-found'))).toBeNull();
    await expect(facts(gone('registry/denied'))).rejects.toThrow('registry/denied');
  });
});
