import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { repositoryOf } from '../../../../actions/lib/image/repository-of.ts';
import { moveTags } from '../../../../actions/lib/publish/move-tags.ts';
import type { RegistryClient } from '../../../../actions/lib/registry/registry.ts';
import { createMemoryRegistry } from '../../../support/memory-registry.ts';

const TARGETS = Array.from({ length: 40 }, (_, index) => ({
  image: `image-${index}`,
  tag: 'main',
  to: `sha256:${'1'.repeat(64)}`,
}));

test('no tag moves any more once the failure of one was thrown', async () => {
  const [begun, ended]: [string[], string[]] = [[], []];
  const client: RegistryClient = {
    ...createMemoryRegistry().client,
    copyManifestTag: async ({ repository, digest = '' }) => {
      begun.push(repository);
      if (repository.endsWith('image-3')) throw new Error('denied');
      await setTimeout(20);
      ended.push(repository);
      return digest;
    },
  };
  await expect(moveTags(client, repositoryOf('registry.test/acme'), TARGETS)).rejects.toThrow('denied');
  expect(begun.length).toBeLessThan(TARGETS.length);
  expect(ended).toHaveLength(begun.length - 1);
  const before = begun.length;
  await setTimeout(60);
  expect(begun).toHaveLength(before);
});
