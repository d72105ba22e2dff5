import { describe, expect, it } from '@jest/globals';
import { comparePaths, decodePath, encodePath } from '../../../../actions/lib/git/path-text.ts';

describe('decodePath', () => {
  it('keeps valid UTF-8 as text', () => {
    expect(decodePath(Buffer.from('päth/😀'))).toBe('päth/😀');
  });

  it('puts a lone surrogate for each byte that is not UTF-8', () => {
    expect(decodePath(Buffer.from([0x61, 0xff, 0xc3, 0x2f, 0xc3, 0xa9]))).toBe('a\udcff\udcc3/é');
  });

  it('does not take an encoded surrogate for a character', () => {
    expect(decodePath(Buffer.from([0xed, 0xb2, 0x80]))).toBe('\udced\udcb2\udc80');
  });
});

describe('encodePath', () => {
  it('refuses a surrogate that stands for no byte', () => {
    expect(() => encodePath('a\ud800')).toThrow('U+D800');
    expect(() => encodePath('a\udc7f')).toThrow('U+DC7F');
  });
});

describe('comparePaths', () => {
  it('puts a file before what starts with its name, and a dash before a slash', () => {
    expect(['a/b', 'a-b', 'a', 'a.b'].sort(comparePaths)).toEqual(['a', 'a-b', 'a.b', 'a/b']);
  });
});
