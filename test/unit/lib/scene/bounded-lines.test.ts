import { describe, expect, it } from '@jest/globals';
import { boundedLines } from '../../../../actions/lib/scene/bounded-lines.ts';

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

  it('hold no more than one line, however long it is', async () => {
    async function* endless() {
      for (let count = 0; count < 10_000; count += 1) yield Buffer.alloc(10_000, 'x');
      yield '\nend\n';
    }
    const before = process.memoryUsage().rss;
    expect(await collect(boundedLines(endless(), 1000))).toEqual([null, 'end']);
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  });
});
