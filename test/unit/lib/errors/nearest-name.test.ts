import { expect, it } from '@jest/globals';
import { nearestName } from '../../../../actions/lib/errors/nearest-name.ts';

it.each([
  ['imags', 'images'],
  ['COPPY', 'COPY'],
  ['contxt', 'context'],
  ['form', 'from'],
  ['bsae', 'base'],
  ['gp', 'gpu'],
  ['cuda_version', 'CUDA_VERSION'],
  ['CUDA-VERSION', 'CUDA_VERSION'],
  ['CUDA__VERSION', 'CUDA_VERSION'],
  ['CUDAVERSION', 'CUDA_VERSION'],
  ['CUDA_VERSOIN', 'CUDA_VERSION'],
  ['CUDDA_VERSION', 'CUDA_VERSION'],
  ['pose-servise', 'pose-service'],
  ['service/api/Dockerfile', 'services/api/Dockerfile'],
])('takes "%s" for a slip of "%s"', (word, name) => {
  expect(nearestName(word, ['unrelated', name])).toBe(name);
});

it.each([
  ['JINA_VERSION', 'CUDA_VERSION'],
  ['CUDA_VERSION', 'VERSION'],
  ['PIP_VERSION', 'UV_VERSION'],
  ['MODEL_B', 'MODEL_A'],
  ['web-service', 'pose-service'],
  ['ghcr.io/acme/api', 'ghcr.io/acme/web'],
  ['b', 'a'],
  ['on', 'off'],
])('does not take "%s" for a slip of "%s"', (word, name) => {
  expect(nearestName(word, [name])).toBeUndefined();
});

it('names the nearest of several', () => {
  expect(nearestName('services', ['devices', 'service', 'versions'])).toBe('service');
});
