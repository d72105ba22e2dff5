import { describe, expect, it } from '@jest/globals';
import { buildArgUndeclared as rule } from '../../../../../actions/lib/lint/rules/build-arg-undeclared.ts';
import { findings } from '../../../../support/lint-rule.ts';

const DOCKERFILE = 'ARG BASE=python:3.12\nFROM $BASE AS run\nARG VERSION\nRUN echo $VERSION\n';

async function marked(file: string, text: string, dockerfile = DOCKERFILE) {
  const found = await findings(rule, dockerfile, { files: { [file]: text, 'app/x': '' } });
  return found.map((one) => [one.file, text.slice(one.start, one.end)]);
}

describe('build-arg-undeclared', () => {
  it.each<[string, string, string]>([
    ['compose.yaml', 'services:\n  a:\n    build: { context: ., args: { BASE_IMAGE: x } }\n', 'BASE_IMAGE'],
    [
      'compose.yaml',
      'services:\n  a:\n    build:\n      context: .\n      args:\n        - VERSIO=1\n',
      'VERSIO=1',
    ],
    [
      'compose.yaml',
      'services:\n  a:\n    build:\n      context: .\n      args:\n        - TOKEN\n',
      'TOKEN',
    ],
    [
      '.github/workflows/a.yml',
      `jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          build-args: |\n            VERSION=1\n            VERSOIN=\${{ github.sha }}\n`,
      'VERSOIN=',
    ],
    [
      '.github/workflows/a.yml',
      `jobs:\n  a:\n    steps:\n      - run: |\n          set -e\n          docker buildx build --build-arg "REF=\${{ github.sha }}" -t x .\n`,
      `"REF=\${{ github.sha }}"`,
    ],
    [
      'build.sh',
      '#!/bin/sh\nif true; then\n  docker build --pull \\\n    --build-arg=CUDA=12 -t x .\nfi\n',
      '--build-arg=CUDA=12',
    ],
    [
      'app/build.sh',
      'cd "$(dirname "$0")"\ndocker build -f ../Dockerfile --build-arg CUDA=12 ..\n',
      'CUDA=12',
    ],
    ['docker-bake.hcl', 'target "a" {\n  args = {\n    CUDA = "12"\n    VERSION = 1\n  }\n}\n', 'CUDA'],
    [
      'skaffold.yaml',
      'apiVersion: skaffold/v4beta6\nbuild:\n  artifacts:\n  - image: a\n    docker:\n      buildArgs:\n        CUDA: "{{.V}}"\n',
      'CUDA',
    ],
  ])('catches %s %j', async (file, text, place) => {
    expect((await marked(file, text)).map(([one, at]) => [one, at?.slice(0, place.length)])).toEqual([
      [file, place],
    ]);
  });

  it('names the nearest', async () => {
    const text = 'services:\n  a:\n    build: { context: ., args: { version: x } }\n';
    expect(await findings(rule, DOCKERFILE, { files: { 'compose.yaml': text } })).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('did you mean "VERSION"?') },
    ]);
  });

  it('names none that has nothing to do with it', async () => {
    const text = 'services:\n  a:\n    build: { context: ., args: { JINA_VERSION: x } }\n';
    const dockerfile = 'FROM a\nARG CUDA_VERSION\nRUN echo $CUDA_VERSION\n';
    expect(await findings(rule, dockerfile, { files: { 'compose.yaml': text } })).toMatchObject([
      { message: expect.not.stringContaining('did you mean') },
    ]);
  });

  it.each<readonly [string, string, string?]>([
    [
      'compose.yaml',
      'services:\n  a:\n    build: { context: ., args: { BASE: x, VERSION: 1, HTTP_PROXY: p } }\n',
    ],
    [
      'compose.yaml',
      'services:\n  a:\n    build: { context: ., args: { BUILDKIT_INLINE_CACHE: 1, TARGETARCH: x } }\n',
    ],
    ['compose.yaml', 'services:\n  a:\n    build: { context: other, args: { NO: x } }\n'],
    ['compose.yaml', 'services:\n  a:\n    build: { context: "$WHERE", args: { NO: x } }\n'],
    [
      'compose.yaml',
      'services:\n  a:\n    build: { context: ., dockerfile_inline: FROM a, args: { NO: x } }\n',
    ],
    ['compose.gpu.yaml', 'services:\n  a:\n    build: { args: { NO: x } }\n'],
    [
      'compose.yaml',
      'services:\n  a:\n    build: { context: ., args: { NO: x } }\n',
      '# syntax=acme/frontend\nFROM a\n',
    ],
    [
      'compose.yaml',
      'services:\n  a:\n    build: { context: ., args: { NO: x } }\n',
      'FROM node:18-onbuild\n',
    ],
    ['compose.yaml', 'services:\n  a:\n    build: { context: ., args: { NO: x } }\n', 'FROM $WHAT\n'],
    ['build.sh', 'docker build --build-arg "$NAME=1" -t x .\n'],
    ['build.sh', 'docker build $OPTIONS --build-arg NO=1 .\n'],
    ['build.sh', 'docker build --build-arg NO=1 -f Dockerfile https://github.com/acme/other.git\n'],
    ['build.sh', 'docker build --build-arg NO=1 -f Dockerfile github.com/acme/other#main\n'],
    ['build.sh', 'cd "$SRC"\ndocker build --build-arg NO=1 .\n'],
    ['build.sh', 'docker build --build-arg NO=1 - < Dockerfile\n'],
    ['build.sh', 'docker build --build-arg NO=1 https://github.com/a/b.git\n'],
    ['build.sh', 'echo docker build --build-arg NO=1 .\n'],
    ['docker-bake.hcl', 'target "a" {\n  dockerfile-inline = "FROM a"\n  args = { NO = 1 }\n}\n'],
    ['docker-bake.hcl', 'target "a" {\n  matrix = { d = ["a"] }\n  args = { NO = 1 }\n}\n'],
    [
      'docker-bake.hcl',
      'target "a" {\n  args = { NO = 1 }\n}\ntarget "b" {\n  inherits = ["a"]\n  dockerfile = "other"\n}\n',
    ],
    [
      'compose.yaml',
      'x-args: &args\n  NO: 1\nservices:\n  a:\n    build: { context: ., args: { <<: *args } }\n  b:\n    build: { context: other, args: *args }\n',
    ],
    ['node_modules/a/compose.yaml', 'services:\n  a:\n    build: { context: ../.., args: { NO: x } }\n'],
  ])('passes %s %j', async (...given) => {
    expect(await marked(...given)).toEqual([]);
  });
});
