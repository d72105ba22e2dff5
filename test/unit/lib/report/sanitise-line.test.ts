import { describe, expect, it, test } from '@jest/globals';
import { sanitiseLine } from '../../../../actions/lib/report/sanitise-line.ts';

describe('sanitiseLine', () => {
  test.each([
    ['plain text and tabs', 'a\tb ü 漢 👍', 'a\tb ü 漢 👍'],
    ['colours', '\u001B[31mred\u001B[0m', 'red'],
    ['links and titles', '\u001B]8;;http://x\u0007text\u001B]8;;\u0007', 'text'],
    ['line breaks and other control characters', 'a\nb\rc\u0000d\u007Fe\u0085f\u2028g', 'abcdefg'],
    ['marks that reorder text', 'a\u202Eb\u2066c', 'abc'],
    ['trailing blanks', 'a  \t', 'a'],
    ['a workflow command', '::error::x', ': :error::x'],
    ['an indented workflow command', ' \t::set-output name=a::b', ' \t: :set-output name=a::b'],
    ['a workflow command behind a colour', '\u001B[1m\u200E::error::x', ': :error::x'],
    ['an old workflow command anywhere', 'x ##[add-path]y', 'x ## [add-path]y'],
    ['colons that are no command', 'std::vector a::b', 'std::vector a::b'],
  ])('handles %s', (_, text, expected) => {
    expect(sanitiseLine(text)).toBe(expected);
  });

  it('cuts long lines without leaving half a character', () => {
    expect(sanitiseLine('x'.repeat(600))).toBe(`${'x'.repeat(499)}…`);
    expect(sanitiseLine(`abc👍def`, 5)).toBe('abc\uFFFD…');
  });
});
