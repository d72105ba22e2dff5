import { describe, expect, it } from '@jest/globals';
import {
  cleanPath,
  hasWildcards,
  matchFileGlob,
  parseFileGlob,
} from '../../../../actions/lib/key/file-match.ts';

describe('a file glob', () => {
  it.each([
    ['a*', 'abc', true],
    ['a*', 'a/b', false],
    ['*', '', true],
    ['?', 'é', true],
    ['?', '🙂', true],
    ['?', '/', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a]b', '/b', true],
    ['[]a]', 'a', null],
    ['[a-]', 'a', null],
    ['[', 'a', null],
    ['a\\', 'a', null],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['[\\]]', ']', true],
    ['*.txt', '.txt', true],
    ['a*b*c', 'axxbyyc', true],
    ['**', 'a/b', false],
    ['x*[', 'a', false],
    ['x*[', 'xa', null],
    ['*[^x]*c', 'ab/c', false],
  ])('%j against %j is %j, as in Go', (pattern, name, expected) => {
    expect(matchFileGlob(parseFileGlob(pattern), name)).toBe(expected);
  });
});

it.each([
  ['a/./b//c/', 'a/b/c'],
  ['a/../../b', '../b'],
  ['/../a', '/a'],
  ['a/..', '.'],
  ['/', '/'],
])('the clean form of %j is %j', (path, clean) => {
  expect(cleanPath(path)).toBe(clean);
});

it.each([
  ['a\\*', false],
  ['a\\\\*', true],
  ['a[b', true],
  ['a]b', false],
])('%j holds wildcards: %j', (name, expected) => {
  expect(hasWildcards(name)).toBe(expected);
});
