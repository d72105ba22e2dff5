import { expect, it } from '@jest/globals';
import { initMatrix } from '../../../../actions/lib/matrix/init-matrix.ts';
import { parseMatrix } from '../../../../actions/lib/matrix/parse-matrix.ts';

it('names images after their folders and writes only what differs from the defaults', () => {
  const text = initMatrix(
    [
      'containers/base-python/Dockerfile',
      'containers/base-python/Dockerfile.dockerignore',
      'services/api/Dockerfile',
      'services/api/gpu.Dockerfile',
      'Dockerfile.web',
    ],
    './actions/lib/matrix/action-matrix.schema.json',
  );
  expect(text).toBe(`# yaml-language-server: $schema=./actions/lib/matrix/action-matrix.schema.json
# The container images of this repository. What an image is made from is read from its Dockerfile, so most need
# no options: by default the context is containers/<name>, with Dockerfile in it.
version: 1
# Where images are published and looked up:
# registry: ghcr.io/acme/vision
images:
  base-python: {}
  web:
    context: .
    dockerfile: Dockerfile.web
  api:
    context: services/api
  api-gpu:
    context: services/api
    dockerfile: gpu.Dockerfile
`);
});

it('puts folders in front of a name that is taken; where the defaults fit it is kept', () => {
  expect(names(['a/api/Dockerfile', 'b/api/Dockerfile', 'containers/api/Dockerfile'])).toEqual([
    'api',
    'a-api',
    'b-api',
  ]);
});

it('names an image below the folder of another one after both', () => {
  expect(
    names(['images/torch/Dockerfile', 'images/torch/cuda/Dockerfile', 'images/torch/cuda/Dockerfile.dev']),
  ).toEqual(['torch', 'torch-cuda', 'torch-cuda-dev']);
  expect(names(['Dockerfile', 'web/Dockerfile'])).toEqual(['image', 'web']);
});

it('makes a valid name out of anything', () => {
  expect(
    names([
      'x/Ünï Cödé/Dockerfile',
      'darkroom/Dockerfile',
      'Dockerfile',
      '日本/Containerfile',
      '__proto__/Dockerfile',
    ]),
  ).toEqual(['image', 'proto', 'darkroom-image', 'uni-code', 'image-2']);
});

it('leaves out a path that a matrix cannot hold, and says so', () => {
  const text = initMatrix(['a\nimages: {}/Dockerfile', 'ok/Dockerfile', '\udc80/Dockerfile'], null);
  expect(text).toContain('# Left out: "a\\nimages: {}/Dockerfile"\n');
  expect(text).toContain('# Left out: "\\udc80/Dockerfile"\n');
  expect([...parseMatrix(text, 'm.yml').images.keys()]).toEqual(['ok']);
});

it('writes a matrix without images where there is no Dockerfile', () => {
  expect(parseMatrix(initMatrix([], null), 'm.yml').images.size).toBe(0);
});

it('points editors at the schema it is given', () => {
  expect(initMatrix([], 'https://example.com/schema.json').split('\n')[0]).toBe(
    '# yaml-language-server: $schema=https://example.com/schema.json',
  );
});

function names(paths: readonly string[]): string[] {
  return [...parseMatrix(initMatrix(paths, null), 'm.yml').images.keys()];
}
