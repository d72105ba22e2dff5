// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the curly braces are Dockerfile variables.
import { describe, expect, it, test } from '@jest/globals';
import { pathsOf, resolveText } from '../../../support/resolve-text.ts';

function base(text: string, args: Readonly<Record<string, string>> = {}): string {
  return [...resolveText(text, { args }).bases].join(' ');
}

describe('ARG before FROM', () => {
  test.each<[string, string, Record<string, string>, string]>([
    ['its default', 'ARG V=3\nFROM a:$V', {}, 'a:3'],
    ['the build arg', 'ARG V=3\nFROM a:$V', { V: '4' }, 'a:4'],
    ['an empty build arg', 'ARG S=-x\nFROM a$S', { S: '' }, 'a'],
    ['an earlier one in a default', 'ARG V=3\nARG T=${V}-slim\nFROM a:$T', {}, 'a:3-slim'],
    ['an earlier one of the same line', 'ARG V=3 T=$V.1\nFROM a:$T', {}, 'a:3.1'],
    ['the later of two', 'ARG V=3\nARG V=$V.1\nFROM a:$V', {}, 'a:3.1'],
    ['a quoted default', 'ARG V="3"\nFROM a:$V', {}, 'a:3'],
    ['a default in the FROM', 'FROM a:${V:-3}', {}, 'a:3'],
    ['the whole name', 'ARG B\nFROM $B', { B: 'a' }, 'a'],
    ['a stage', 'ARG B=two\nFROM a AS one\nFROM b AS two\nFROM $B', {}, 'b'],
    ['an automatic one', 'FROM a:$TARGETARCH', {}, 'a:amd64'],
    ['an empty automatic one', 'FROM a$TARGETVARIANT', {}, 'a'],
    ['an automatic one that is overridden', 'ARG TARGETARCH=x\nFROM a:$TARGETARCH', {}, 'a:x'],
    ['a declared automatic one', 'ARG TARGETARCH\nFROM a:$TARGETARCH', {}, 'a:amd64'],
    ['a build arg for the builder’s platform', 'FROM a:$BUILDARCH', { BUILDARCH: 'x' }, 'a:x'],
    ['the target', 'FROM a:$TARGETSTAGE AS app', {}, 'a:app'],
    ['no target', 'FROM a:$TARGETSTAGE', {}, 'a:default'],
  ])('%s', (_name, text, args, expected) => expect(base(text, args)).toBe(expected));

  it('does not see an ARG of a stage', () => {
    expect(base('ARG V=1\nFROM a AS x\nARG V=2\nFROM b:$V')).toBe('b:1');
  });
});

describe('variables in a stage', () => {
  const copied = (lines: string, args = {}) => pathsOf(`ARG G=global\n${lines}\nCOPY p$X /`, { args });

  test.each<[string, string, Record<string, string>, string]>([
    ['a default', 'FROM scratch\nARG X=1', {}, 'p1'],
    ['a build arg', 'FROM scratch\nARG X=1', { X: '2' }, 'p2'],
    ['a value from before FROM', 'FROM scratch\nARG G\nARG X=$G', {}, 'pglobal'],
    ['a default beats the value from before FROM', 'FROM scratch\nARG G=own\nARG X=$G', {}, 'pown'],
    ['an automatic one', 'FROM scratch\nARG TARGETOS\nARG X=$TARGETOS', {}, 'plinux'],
    ['ENV', 'FROM scratch\nENV X=1', {}, 'p1'],
    ['ENV in the old form', 'FROM scratch\nENV X a b', {}, 'pa b'],
    ['ENV beats an earlier ARG', 'FROM scratch\nARG X=1\nENV X=2', { X: '3' }, 'p2'],
    ['a later ARG with a value beats ENV', 'FROM scratch\nENV X=1\nARG X=2', {}, 'p2'],
    ['a later ARG without one does not', 'FROM scratch\nENV X=1\nARG X', {}, 'p1'],
    ['ENV sees what was before its line', 'FROM scratch\nENV A=1\nENV A=2 X=$A', {}, 'p1'],
    ['ARG sees what is before it on its line', 'FROM scratch\nENV A=1\nARG A=2 X=$A', {}, 'p2'],
    ['ENV with a variable in its name', 'FROM scratch\nARG N=X\nENV $N=1', {}, 'p1'],
    ['an unset one in a value is empty', 'FROM scratch\nENV X=a${NO}b', {}, 'pab'],
    ['ENV of the stage below', 'FROM scratch AS a\nENV X=1\nFROM a', {}, 'p1'],
    ['ARG of the stage below', 'FROM scratch AS a\nARG X=1\nFROM a', {}, 'p1'],
    ['ARG redeclared over the stage below', 'FROM scratch AS a\nARG X=1\nFROM a\nARG X=2', {}, 'p2'],
    ['PATH on scratch', 'FROM scratch\nENV X=${PATH%%/*}-', {}, 'p-'],
  ])('%s', (_name, text, args, expected) => expect(copied(text, args)).toEqual([expected]));

  it('end with their stage', () => {
    expect(pathsOf('FROM scratch AS a\nARG X=1\nFROM scratch\nCOPY p${X:-none} /')).toEqual(['pnone']);
  });

  it('are not seen before their instruction', () => {
    expect(pathsOf('FROM scratch\nCOPY p${X:-none} /\nARG X=1')).toEqual(['pnone']);
  });

  it('may come from an image from outside, so that nothing is guessed', () => {
    expect(pathsOf('FROM a\nCOPY p${X:-none} /')).toBe(
      'whole: COPY "p${X:-none}": X has no value in the Dockerfile, so the whole context counts',
    );
    expect(pathsOf('FROM a\nENV X=$Y\nCOPY p$X /')).toMatch(/^whole: .*X has no value/);
    expect(pathsOf('FROM a AS b\nFROM b\nARG X\nCOPY p$X /')).toMatch(/^whole: /);
  });

  it('of the builder’s own platform are not guessed', () => {
    expect(pathsOf('FROM scratch\nARG BUILDARCH\nCOPY p$BUILDARCH /')).toMatch(/^whole: .*BUILDARCH/);
  });
});

describe('the declared args', () => {
  it('are those before FROM and those of needed stages', () => {
    const text = 'ARG A B=1\nFROM a AS no\nARG NO\nFROM b AS x\nARG X\nFROM x\narg Y=2';
    expect(resolveText(text).declaredArgs).toEqual(new Set(['A', 'B', 'X', 'Y']));
  });

  it('hold given args that act undeclared, and no others', () => {
    const args = {
      TARGETARCH: 'x',
      BUILDKIT_INLINE_CACHE: '1',
      SOURCE_DATE_EPOCH: '0',
      HTTP_PROXY: 'p',
      OTHER: '1',
    };
    expect(resolveText('FROM a', { args }).declaredArgs).toEqual(
      new Set(['TARGETARCH', 'BUILDKIT_INLINE_CACHE', 'SOURCE_DATE_EPOCH']),
    );
  });
});
