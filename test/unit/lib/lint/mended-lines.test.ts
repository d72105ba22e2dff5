import { describe, expect, it } from '@jest/globals';
import type { Edit } from '../../../../actions/lib/lint/finding.ts';
import { mendedLines } from '../../../../actions/lib/lint/mended-lines.ts';
import { sourceText } from '../../../../actions/lib/lint/source-text.ts';

const TEXT = 'one\ntwo\nthree\nfour';

/** An edit that puts a text in place of another. */
function put(text: string, old: string, by: string): Edit {
  const start = text.indexOf(old);
  return { start, end: start + old.length, text: by };
}

function mend(edits: readonly Edit[], text = TEXT) {
  return mendedLines(sourceText('Dockerfile', text), edits);
}

describe('mendedLines', () => {
  it.each<[string, readonly Edit[], number, number, readonly string[]]>([
    ['a word', [put(TEXT, 'w', 'W')], 2, 2, ['tWo']],
    [
      'words in two lines, and the one between them',
      [put(TEXT, 'hr', 'R'), put(TEXT, 'ne', 'N')],
      1,
      3,
      ['oN', 'two', 'tRee'],
    ],
    ['a line that goes', [put(TEXT, 'two\n', '')], 2, 2, []],
    ['a line that goes with the end before it', [put(TEXT, '\ntwo', '')], 1, 2, ['one']],
    ['lines that go', [put(TEXT, 'one\ntwo\n', '')], 1, 2, []],
    ['a line that is put before another', [{ start: 4, end: 4, text: 'new\n' }], 2, 2, ['new', 'two']],
    ['a line that becomes two', [put(TEXT, 'two\n', 'a\nb\n')], 2, 2, ['a', 'b']],
    ['two that become one', [put(TEXT, 'o\nth', '')], 2, 3, ['twree']],
    ['a line and the word behind it', [put(TEXT, 'two\n', 'x')], 2, 3, ['xthree']],
    ['the last line, which has no end', [put(TEXT, 'four', 'FOUR')], 4, 4, ['FOUR']],
    [
      'an end that is put there',
      [{ start: TEXT.length, end: TEXT.length, text: '\nfive' }],
      4,
      4,
      ['four', 'five'],
    ],
    ['a line that becomes empty', [put(TEXT, 'two', '')], 2, 2, ['']],
  ])('gives the whole lines of %s', (_, edits, startLine, endLine, lines) => {
    expect(mend(edits)).toEqual({ startLine, endLine, lines });
  });

  it('makes of the file what the edits make of it', () => {
    for (const edits of [
      [put(TEXT, 'two\n', '')],
      [put(TEXT, 'o\nth', '')],
      [{ start: 4, end: 4, text: 'n\n' }],
    ]) {
      const mended = mend(edits);
      const before = TEXT.split('\n');
      before.splice(
        (mended?.startLine ?? 0) - 1,
        (mended?.endLine ?? 0) - (mended?.startLine ?? 0) + 1,
        ...(mended?.lines ?? []),
      );
      const [{ start, end, text }] = edits as [Edit];
      expect(before.join('\n')).toBe(TEXT.slice(0, start) + text + TEXT.slice(end));
    }
  });

  it.each<[string, readonly Edit[]]>([
    ['no edits', []],
    ['edits that change nothing', [put(TEXT, 'two', 'two')]],
    ['edits that meet', [put(TEXT, 'two', 'a'), put(TEXT, 'wo\n', 'b')]],
  ])('gives nothing for %s', (_, edits) => {
    expect(mend(edits)).toBeNull();
  });
});
