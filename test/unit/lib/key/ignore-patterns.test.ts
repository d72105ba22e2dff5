import { describe, expect, it } from '@jest/globals';
import { ignoreFileFor, parseIgnoreFile } from '../../../../actions/lib/key/ignore-patterns.ts';
import { createPatternWalk } from '../../../../actions/lib/key/pattern-walk.ts';

function isIgnored(text: string | Uint8Array, path: string): boolean {
  return createPatternWalk(parseIgnoreFile(text).patterns).matches(path);
}

describe('an ignore file', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'a/b', true],
    ['a', 'b/a', false],
    ['/a/', 'a/b', true],
    ['./a/../b', 'b', true],
    ['../a', 'a', false],
    ['.', 'a', false],
    ['/', 'a', false],
    ['**', 'a/b', true],
    ['**/a', 'x/y/a', true],
    ['**/a', 'xa', false],
    ['**a', 'xa', true],
    ['a/**', 'a', false],
    ['a/**', 'a/b/c', true],
    ['a**', 'ab/c', true],
    ['a/**/b', 'a/b', true],
    ['*/b', 'a/b/c', true],
    ['*/b', 'a/c/b', false],
    ['a?c', 'aéc', true],
    ['a?c', 'a/c', false],
    ['[a-c]', 'b', true],
    ['[!a]', '!', true],
    ['[!a]', 'b', false],
    ['a[^c]b', 'a/b', true],
    ['[*]', ']', true],
    ['*.{js,ts}', 'a.js', false],
    ['ab{2}*', 'abbx', true],
    ['ab{2}', 'ab{2}', true],
    ['a|b*', 'bx', true],
    ['a|b', 'a', false],
    ['^a*', 'a', true],
    ['x\\d', 'x1', true],
    ['\\#a', '#a', true],
    ['[[:digit:]]x', '7x', true],
    ['[\\w]*', '.a', false],
    ['a\\bc', 'abc', false],
    ['#a', '#a', false],
    [' #a', '#a', true],
    ['\u0085a\u00a0', 'a', true],
    ['\ufeffa', 'a', true],
    ['b\n\ufeffa', 'a', false],
    ['a\r\n!b\r\n', 'a', true],
    ['*\n!a', 'a', false],
    ['*\n!a/b', 'a/b', false],
    ['*\n!a/b', 'a/c', true],
    ['*\n! a', 'a', false],
    ['!a', 'a', false],
    ['!a\n*', 'a', true],
    ['!!a\n*', '!a', true],
    ['!../../a', 'a', true],
    ['a*\n!a/b\na', 'a/b', false],
    ['a\n!a/*/**', 'a/b/c', true],
    ['a\n!a/*/c', 'a/b/c', false],
  ])('%j: %j is ignored: %j', (text, path, expected) => {
    expect(isIgnored(text, path)).toBe(expected);
  });

  it('reads a byte that is not UTF-8 as U+FFFD, which matches no file', () => {
    expect(isIgnored(Buffer.from([0x61, 0xff]), 'a\udcff')).toBe(false);
    expect(isIgnored(Buffer.from([0x61, 0xff]), 'a\ufffd')).toBe(true);
  });

  it('reports every line that BuildKit refuses, at its place', () => {
    const text = ['a', '[', '!', 'b', '*{2}', '*\\q', `${'x'.repeat(65_536)}`].join('\n');
    let problems: unknown;
    try {
      parseIgnoreFile(text, 'svc/.dockerignore');
    } catch (error) {
      problems = (error as { problems: unknown }).problems;
    }
    expect(problems).toMatchObject(
      [2, 3, 5, 6, 7].map((line) => ({
        code: 'key/ignore-pattern',
        place: { file: 'svc/.dockerignore', line },
      })),
    );
  });

  it('accepts the longest line that BuildKit reads', () => {
    expect(parseIgnoreFile('x'.repeat(65_535)).patterns).toHaveLength(1);
  });
});

describe('the ignore file that counts', () => {
  const among =
    (...files: readonly string[]) =>
    (path: string) =>
      files.includes(path);

  it('is the one beside the Dockerfile, else the one in the context', () => {
    const both = among('docker/api.Dockerfile.dockerignore', 'svc/.dockerignore');
    expect(ignoreFileFor('docker/api.Dockerfile', 'svc', both)).toBe('docker/api.Dockerfile.dockerignore');
    expect(ignoreFileFor('svc/Dockerfile', 'svc', both)).toBe('svc/.dockerignore');
    expect(ignoreFileFor('svc/Dockerfile', 'other', both)).toBeNull();
  });

  it('lies at the root of a context that is the repository', () => {
    expect(ignoreFileFor('Dockerfile', '.', among('.dockerignore'))).toBe('.dockerignore');
  });

  it('is only .dockerignore for a named context', () => {
    expect(ignoreFileFor(null, 'common', among('common/.dockerignore'))).toBe('common/.dockerignore');
  });
});
