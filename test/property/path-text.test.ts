import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparePaths, decodePath, encodePath } from '../../actions/lib/git/path-text.ts';

/** Bytes that often look like the start of UTF-8 sequences, cut short or overlong. */
const trickyBytes = fc
  .uint8Array({ maxLength: 24 })
  .chain((random) =>
    fc
      .array(
        fc.constantFrom(
          0x2f,
          0x61,
          0x80,
          0xbf,
          0xc0,
          0xc3,
          0xa9,
          0xe0,
          0xed,
          0xa0,
          0xef,
          0xf0,
          0x9f,
          0xf4,
          0xff,
        ),
      )
      .map((tricky) => Uint8Array.from([...random, ...tricky])),
  );

describe('path text', () => {
  it('gives back any bytes', () => {
    fc.assert(
      fc.property(trickyBytes, (bytes) => {
        expect(encodePath(decodePath(bytes))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives back any text that is well formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodePath(encodePath(text))).toBe(text);
      }),
    );
  });

  it('orders paths as their bytes', () => {
    fc.assert(
      fc.property(trickyBytes, trickyBytes, (a, b) => {
        expect(Math.sign(comparePaths(decodePath(a), decodePath(b)))).toBe(Math.sign(Buffer.compare(a, b)));
      }),
      { numRuns: 2000 },
    );
  });

  it('orders paths beyond the first plane as their bytes', () => {
    const path = fc.array(
      fc.constantFrom(
        'a',
        '/',
        'é',
        '\u{d7ff}',
        '\u{e000}',
        '\u{ffff}',
        '\u{10000}',
        '\u{1f600}',
        '\udc80',
        '\udcff',
      ),
    );
    fc.assert(
      fc.property(path, path, (a, b) => {
        const [left, right] = [a.join(''), b.join('')];
        expect(Math.sign(comparePaths(left, right))).toBe(
          Math.sign(Buffer.compare(encodePath(left), encodePath(right))),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
