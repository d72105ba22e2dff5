import { describe, expect, it } from '@jest/globals';
import { findDockerfiles, isDockerfile } from '../../../../actions/lib/lint/find-dockerfiles.ts';

describe('isDockerfile', () => {
  it.each([
    ...['Dockerfile', 'dockerfile', 'DOCKERFILE', 'a/b/Dockerfile', 'Containerfile', 'containerfile'],
    ...[
      'Dockerfile.gpu',
      'Dockerfile.cuda12.4',
      'Dockerfile.go',
      'Dockerfile.test',
      'api.Dockerfile',
      'api.dockerfile',
    ],
    ...['Containerfile.dev', 'Dockerfile.ubuntu-22.04'],
    ...[
      'Dockerfile-gpu',
      'a/Dockerfile_dev',
      'Dockerfile-cuda12.4-py3.11',
      'api_Dockerfile',
      'v1.2-Dockerfile',
    ],
  ])('takes %s', (path) => expect(isDockerfile(path)).toBe(true));

  it.each([
    ...[
      'Dockerfile.md',
      'Dockerfile.dockerignore',
      '.dockerignore',
      'Dockerfile.j2',
      'Dockerfile.tmpl',
      'Dockerfile.in',
    ],
    ...[
      'dockerfile.ts',
      'dockerfile.test.ts',
      'dockerfile.py',
      'dockerfile.ex',
      'Dockerfile.orig',
      'Dockerfile~',
      'Dockerfiles/readme',
    ],
    ...[
      'my-dockerfile',
      'Dockerfile_parser.py',
      'Dockerfile-gpu.md',
      'Dockerfile-',
      'docker/compose.yaml',
      'Dockerfile.yaml',
      'gpu.Dockerfile.dockerignore',
    ],
  ])('passes over %s', (path) => expect(isDockerfile(path)).toBe(false));
});

describe('findDockerfiles', () => {
  it('adds those that are named, where they are there, and sorts', () => {
    const files = ['b/Dockerfile', 'a/image', 'a/Dockerfile.md', 'Z.Dockerfile'];
    expect(findDockerfiles(files, ['a/image', 'gone', 'b/Dockerfile'])).toEqual([
      'Z.Dockerfile',
      'a/image',
      'b/Dockerfile',
    ]);
  });
});
