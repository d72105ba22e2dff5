import { describe, expect, it } from '@jest/globals';
import { nodesOfPlatforms } from '../../../../actions/lib/build/nodes-of-platforms.ts';
import type { ImageNode } from '../../../../actions/lib/graph/image-graph.ts';

const node = (id: string, platform: string, ...parents: readonly string[]): ImageNode =>
  ({ id, platform, parents, image: { name: id } }) as unknown as ImageNode;

const NODES = [
  node('tools', 'linux/arm64'),
  node('base', 'linux/amd64'),
  node('other', 'linux/arm64', 'base'),
  // Copies from an image of another platform.
  node('api', 'linux/amd64', 'base', 'tools', 'there-already'),
];

function split(...platforms: readonly string[]) {
  const { built, left } = nodesOfPlatforms(NODES, new Set(platforms));
  return [built.map(({ id }) => id), left.map(({ id }) => id)];
}

describe('nodesOfPlatforms', () => {
  it('keeps the images of the platforms with what they are made of, parents first', () => {
    expect(split('linux/amd64')).toEqual([['tools', 'base', 'api'], ['other']]);
    expect(split('linux/arm64')).toEqual([['tools', 'base', 'other'], ['api']]);
    expect(split('linux/amd64', 'linux/arm64')).toEqual([['tools', 'base', 'other', 'api'], []]);
    expect(split('linux/s390x')).toEqual([[], ['tools', 'base', 'other', 'api']]);
  });
});
