// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose
import { describe, expect, it } from '@jest/globals';
import { composeBuilds, isComposeFile } from '../../../../actions/lib/lint/compose-builds.ts';

const of = (build: string, file = 'compose.yaml') =>
  composeBuilds(`services:\n  app:\n    build: ${build}\n`, file)[0];

describe('composeBuilds', () => {
  it.each<[string, string, string]>([
    ['.', '.', 'Dockerfile'],
    ['./api', 'api', 'api/Dockerfile'],
    ['{ context: api, dockerfile: docker/Dockerfile.gpu }', 'api', 'api/docker/Dockerfile.gpu'],
    ['{ context: api, dockerfile: ../Dockerfile.api }', 'api', 'Dockerfile.api'],
    ['{ dockerfile: x.Dockerfile }', '.', 'x.Dockerfile'],
    ['"${DIR:-api}"', 'api', 'api/Dockerfile'],
  ])('%s is built in %s from %s', (build, context, dockerfile) => {
    expect(of(build)).toMatchObject({ context, dockerfile });
  });

  it('counts paths from the folder of the file', () => {
    expect(of('{ context: .. }', 'deploy/docker-compose.yml')).toMatchObject({
      context: '.',
      dockerfile: 'Dockerfile',
    });
  });

  it.each([
    ...[
      'https://github.com/a/b.git',
      'git@github.com:a/b.git',
      'github.com/a/b.git#main:images/x',
      '/abs',
      '~/x',
      '../outside',
      '$DIR',
      '${DIR}',
      '${DIR:?say}',
      '',
    ],
    ...['{ context: ., dockerfile_inline: FROM a }', '[a]', '{ context: { a: b } }'],
  ])('passes over %s', (build) => expect(of(build)).toBeUndefined());

  it('passes over a file laid over another that says no context', () => {
    expect(of('{ target: gpu }', 'compose.gpu.yaml')).toBeUndefined();
  });

  it('reads arguments in both forms, those of the environment without their values', () => {
    expect(of('{ context: ., args: [A=1, "B=x=y", C] }')?.args).toEqual({ A: '1', B: 'x=y', C: null });
    expect(of('{ context: ., args: { A: 1.10, B: ~, C: "$HOME", D: "$$x", __proto__: p } }')?.args).toEqual(
      Object.assign(Object.create(null), { A: '1.10', B: null, C: null, D: '$x', ['__proto__']: 'p' }),
    );
  });

  it.each(['', '[]', 'services: 1', 'services: { a: 1, b: { build: ~ } }', ': {', 'a: &a [*a]'])(
    'bears %j',
    (text) => expect(composeBuilds(text, 'compose.yaml')).toEqual([]),
  );
});

describe('isComposeFile', () => {
  it.each([
    ['compose.yaml', true],
    ['a/docker-compose.yml', true],
    ['docker-compose.gpu.yml', true],
    ['compose-dev.yaml', true],
    ['composer.json', false],
    ['my-compose.yaml', false],
  ])('%s: %s', (file, is) => expect(isComposeFile(file)).toBe(is));
});
