import { describe, expect, it, test } from '@jest/globals';
import { pathsOf, resolveText } from '../../../support/resolve-text.ts';

function references(text: string, options = {}): string[] {
  return resolveText(text, options).references.map(({ via, name, place }) => `${place.line} ${via} ${name}`);
}

describe('references to what is no stage', () => {
  test.each<[string, string, string[]]>([
    ['an image', 'FROM python:3', ['1 FROM python:3']],
    ['scratch is none', 'FROM scratch', []],
    ['a stage is none', 'FROM a AS x\nFROM x', ['1 FROM a']],
    ['a lower-case keyword', 'from a as x\nfrom x', ['1 FROM a']],
    ['a stage named like its image', 'FROM nginx AS nginx\nFROM nginx', ['1 FROM nginx']],
    ['a stage named scratch', 'FROM a AS scratch\nFROM scratch', ['1 FROM a']],
    ['a number after FROM is an image', 'FROM a\nFROM 0', ['2 FROM 0']],
    ['COPY --from', 'FROM a\nCOPY --from=tools /x /y', ['1 FROM a', '2 COPY --from tools']],
    ['COPY --from=scratch is none', 'FROM a\nCOPY --from=scratch /x /y', ['1 FROM a']],
    ['a mount', 'FROM a\nRUN --mount=from=tools,target=/t x', ['1 FROM a', '2 RUN --mount tools']],
    [
      'a cache mount',
      'FROM a\nRUN --mount=type=cache,from=seed,target=/t x',
      ['1 FROM a', '2 RUN --mount seed'],
    ],
    [
      'a mount from a number is an image',
      'FROM a\nRUN --mount=from=0,target=/t x',
      ['1 FROM a', '2 RUN --mount 0'],
    ],
    ['the same name twice', 'FROM a\nCOPY --from=t x /\nCOPY --from=t y /', ['1 FROM a', '2 COPY --from t']],
    ['the same name in two ways', 'FROM a\nCOPY --from=a x /', ['1 FROM a', '2 COPY --from a']],
    ['an empty --from is the context', 'FROM scratch\nCOPY --from= x /', []],
  ])('%s', (_name, text, expected) => expect(references(text)).toEqual(expected));

  it('say how they are written', () => {
    expect(resolveText('ARG V=3\nFROM python:$V').references[0]?.written).toBe('python:$V');
  });

  test.each([
    ['FROM a', 'linux/amd64'],
    ['FROM --platform=linux/arm64/v8 a', 'linux/arm64'],
    ['FROM --platform=$TARGETPLATFORM a', 'linux/amd64'],
    ['FROM --platform=$BUILDPLATFORM a', null],
    ['ARG P=linux/386\nFROM --platform=$P a', 'linux/386'],
  ])('%j means the platform %s', (text, platform) => {
    expect(resolveText(text).references[0]?.platform).toBe(platform);
  });
});

describe('the stages a target needs', () => {
  const file = [
    'FROM a AS one',
    'FROM b AS Two',
    'COPY --from=ONE x /',
    'FROM c AS three',
    'RUN --mount=from=two,target=/t x',
    'FROM d',
    'COPY --from=0 x /',
  ].join('\n');
  const needed = (target?: string) =>
    resolveText(file, target === undefined ? {} : { target }).references.map(({ name }) => name);

  test.each([
    ['one', ['a']],
    ['two', ['a', 'b']],
    ['TWO', ['a', 'b']],
    ['three', ['a', 'b', 'c']],
    ['', ['a', 'd']],
  ])('%j: %j', (target, expected) => expect(needed(target)).toEqual(expected));

  it('are those of the last stage without a target', () => expect(needed()).toEqual(['a', 'd']));

  it('are followed through the stages below', () => {
    expect(references('FROM a AS x\nCOPY --from=t x /\nFROM x AS y\nFROM y')).toEqual([
      '1 FROM a',
      '2 COPY --from t',
    ]);
  });

  it('are taken from the last of two with one name', () => {
    expect(references('FROM a AS x\nFROM b AS x\nFROM c\nCOPY --from=x f /')).toEqual([
      '2 FROM b',
      '3 FROM c',
    ]);
  });

  it('are taken from the nearest above by FROM', () => {
    expect(references('FROM a AS x\nFROM x AS y\nFROM b AS x\nFROM y')).toEqual(['1 FROM a']);
  });

  it('do not include the context of others', () => {
    expect(pathsOf('FROM scratch AS a\nCOPY one /\nFROM scratch\nCOPY two /')).toEqual(['two']);
  });

  it('may hold a mount without from although a stage is named scratch', () => {
    expect(pathsOf('FROM a AS scratch\nCOPY f /\nFROM b\nRUN --mount=type=cache,target=/c x')).toEqual(['f']);
  });
});

describe('the bases', () => {
  test.each<[string, readonly string[]]>([
    ['FROM a', ['a']],
    ['FROM a AS x\nFROM x AS y\nFROM y', ['a']],
    ['FROM scratch', []],
    ['FROM scratch AS x\nFROM x', []],
    ['FROM a AS x\nFROM b\nCOPY --from=x f /', ['a', 'b']],
    ['FROM a AS x\nFROM b\nCOPY --from=c f /', ['b']],
  ])('of %j are %j', (text, bases) => expect([...resolveText(text).bases]).toEqual(bases));
});

describe('ONBUILD', () => {
  it('is carried out by a stage of the same file, before its own instructions', () => {
    const text = [
      'FROM scratch AS a',
      'ARG D=one',
      'ONBUILD COPY $D /',
      'ONBUILD COPY --from=tools x /',
      'ONBUILD ARG D=two',
      'FROM a',
      'COPY $D /',
    ].join('\n');
    expect(pathsOf(text)).toEqual(['one', 'two']);
    expect(references(text)).toEqual(['4 COPY --from tools']);
    expect(resolveText(text).declaredArgs).toEqual(new Set(['D']));
  });

  it('makes other stages needed', () => {
    const text = 'FROM x AS t\nFROM scratch AS a\nONBUILD COPY --from=t f /\nFROM a AS b\nFROM b';
    expect(references(text)).toEqual(['1 FROM x']);
    expect(references(text, { target: 'a' })).toEqual([]);
  });

  it('reads nothing where it stands', () => expect(pathsOf('FROM scratch\nONBUILD COPY f /')).toEqual([]));

  test.each([
    ['FROM scratch\nONBUILD COPY f /', true],
    ['FROM scratch AS a\nONBUILD COPY f /\nFROM a', false],
    ['FROM scratch', false],
  ])('of %j reaches the image: %s', (text, expected) => expect(resolveText(text).hasOnbuild).toBe(expected));
});

it('lists the instructions of needed stages as written, and all stage names', () => {
  const resolved = resolveText('FROM a AS No\nFROM b\nrun x \\\n # c\n  y\nONBUILD RUN z\n');
  expect(resolved.instructions).toEqual([
    { stage: 'stage-1', keyword: 'FROM', place: { file: 'Dockerfile', line: 2 }, text: 'FROM b' },
    { stage: 'stage-1', keyword: 'RUN', place: { file: 'Dockerfile', line: 3 }, text: 'run x \\\n # c\n  y' },
    { stage: 'stage-1', keyword: 'ONBUILD', place: { file: 'Dockerfile', line: 6 }, text: 'ONBUILD RUN z' },
  ]);
  expect(resolved.stageNames).toEqual(['no']);
});

test('the syntax is that of the file unless BUILDKIT_SYNTAX is given', () => {
  const text = '# syntax=a\nFROM b';
  expect(resolveText(text).syntax).toEqual({ name: 'a', place: { file: 'Dockerfile', line: 1 } });
  const args = { BUILDKIT_SYNTAX: 'c x' };
  expect(resolveText(text, { args }).syntax).toEqual({ name: 'c', place: { file: 'Dockerfile' } });
  expect(resolveText('FROM b').syntax).toBeNull();
});
