import { describe, expect, it } from '@jest/globals';
import { isSamePlace, parsePlace, placeBelow } from '../../../../actions/lib/scene/scene-place.ts';

const parse = (text: string) => parsePlace('storage', text, '/work/here');

describe('a place', () => {
  it.each([
    ['scenes', '/work/here/scenes'],
    ['./scenes/', '/work/here/scenes'],
    ['../a b/ü,"', '/work/a b/ü,"'],
    ['/scenes', '/scenes'],
    ['file:///a%20b/c/', '/a b/c'],
    ['FILE:///x', '/x'],
    ['C:\\scenes', '/work/here/C:\\scenes'],
  ])('%j is a folder', (text, path) => {
    expect(parse(text)).toEqual({ kind: 'folder', path });
  });

  it.each([
    ['s3://bucket', 's3://bucket'],
    ['s3://my.bucket-1/a/b c/', 's3://my.bucket-1/a/b c'],
  ])('%j is a place in S3', (text, url) => {
    expect(parse(text)).toEqual({ kind: 's3', url });
  });

  it.each([
    [''],
    ['a\nb'],
    ['a\u0000'],
    ['https://example.com/x'],
    ['file://host/x'],
    ['file:///a%2Fb'],
    ['s3://'],
    ['s3://B'],
    ['s3://bucket//x'],
    ['s3://bucket/../x'],
    ['s3://bucket/./x'],
    ['s3://user:password@bucket'],
  ])('%j is none', (text) => {
    const problem = parse(text);
    expect(problem).toMatchObject({ code: 'scene/bad-storage' });
    expect('message' in problem && problem.message).toMatch(/^"storage" is ".*"; expected /);
  });

  it('has places below it, as a person would open them', () => {
    expect(placeBelow({ kind: 'folder', path: '/a' }, 'outputs', 'x')).toBe('/a/outputs/x');
    expect(placeBelow({ kind: 's3', url: 's3://b/p' }, 'outputs', 'x')).toBe('s3://b/p/outputs/x');
  });

  it('is another only where it lies elsewhere', () => {
    expect(isSamePlace({ kind: 'folder', path: '/a' }, { kind: 'folder', path: '/a' })).toBe(true);
    expect(isSamePlace({ kind: 'folder', path: '/a' }, { kind: 's3', url: 's3://a' })).toBe(false);
  });
});
