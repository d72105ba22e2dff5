import { constants } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { boundedLines } from '../../../../actions/lib/scene/bounded-lines.ts';

const { MAX_STRING_LENGTH } = constants;

async function* chunksOf(parts: readonly (string | Buffer)[]) {
  yield* parts;
}

const collect = async (lines: AsyncIterable<string | null>): Promise<readonly (string | null)[]> => {
  const all: (string | null)[] = [];
  for await (const line of lines) all.push(line);
  return all;
};
const linesOf = (parts: readonly (string | Buffer)[], longest = 10) =>
  collect(boundedLines(chunksOf(parts), longest));

describe('lines of a stream', () => {
  it.each<[readonly string[], readonly (string | null)[]]>([
    [[], []],
    [['a\nb\n'], ['a', 'b']],
    [
      ['a', 'b\nc'],
      ['ab', 'c'],
    ],
    [['\n\n'], ['', '']],
    [
      ['a\r\nb\r', '\n'],
      ['a', 'b'],
    ],
    [['0123456789\n'], ['0123456789']],
    [['0123456789x\nshort\n'], [null, 'short']],
    [
      ['01234', '56789', 'x', 'y\nshort'],
      [null, 'short'],
    ],
    [['0123456789xyz'], [null]],
  ])('%j are %j', async (parts, lines) => {
    expect(await linesOf(parts)).toEqual(lines);
  });

  it('may cut a character in two', async () => {
    const bytes = Buffer.from('ü€\n');
    const parts = [...bytes].map((byte) => Buffer.from([byte]));
    expect(await linesOf(parts)).toEqual(['ü€']);
  });

  it('are given as soon as they end, and one that is too long as soon as it is over', async () => {
    const read: number[] = [];
    async function* counted() {
      for (const [number, part] of ['a\n', 'x'.repeat(30), 'y'.repeat(30), '\nb'].entries()) {
        read.push(number);
        yield part;
      }
    }
    const lines = boundedLines(counted(), 10);
    expect([await lines.next(), read.length]).toEqual([{ value: 'a', done: false }, 1]);
    expect([await lines.next(), read.length]).toEqual([{ value: null, done: false }, 4]);
  });

  it('hold no more than one line, however long it is', async () => {
    // Longer than a string may be: holding it would throw. The chunk is one and the same, so nothing else needs memory.
    const chunk = 'x'.repeat(2 ** 20);
    async function* endless() {
      for (let length = 0; length <= MAX_STRING_LENGTH; length += chunk.length) yield chunk;
      yield '\nend\n';
    }
    expect(await collect(boundedLines(endless(), 1000))).toEqual([null, 'end']);
  });
});
