// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the curly braces are Dockerfile variables.
import { describe, expect, it, test } from '@jest/globals';
import { expandWord } from '../../../../actions/lib/dockerfile/expand-words.ts';

const VALUES = new Map<string, string | null>([
  ['A', 'abcabc'],
  ['EMPTY', ''],
  ['V', 'v1.2.3-rc.1'],
  ['STAR', 'a*b'],
  ['LATER', null],
]);

function expand(word: string, escapeChar = '\\') {
  return expandWord(word, escapeChar, (name) => VALUES.get(name));
}

test.each([
  ['$A', 'abcabc'],
  ['${A}', 'abcabc'],
  ['x$A-y', 'xabcabc-y'],
  ['$A_', ''],
  ['$', '$'],
  ['$.', '$.'],
  ['a$', 'a$'],
  ['$1x', 'x'],
  ['${NO:-d}', 'd'],
  ['${NO-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${EMPTY-d}', ''],
  ['${A:-d}', 'abcabc'],
  ['${NO:-}', ''],
  ['${NO:-${A}x}', 'abcabcx'],
  ['${NO:-"a}b"}', 'a}b'],
  ['${A:+alt}', 'alt'],
  ['${A+alt}', 'alt'],
  ['${EMPTY:+alt}', ''],
  ['${EMPTY+alt}', 'alt'],
  ['${NO+alt}', ''],
  ['${A:?oops}', 'abcabc'],
  ['${EMPTY?oops}', ''],
  ['${A#a}', 'bcabc'],
  ['${A#*b}', 'cabc'],
  ['${A##*b}', 'c'],
  ['${A%c}', 'abcab'],
  ['${A%b*}', 'abca'],
  ['${A%%b*}', 'a'],
  ['${A#x}', 'abcabc'],
  ['${V%-*}', 'v1.2.3'],
  ['${V#v}', '1.2.3-rc.1'],
  ['${V%%.*}', 'v1'],
  ['${V#v?}', '.2.3-rc.1'],
  ['${STAR%\\*b}', 'a'],
  ['${A/b/X}', 'aXcabc'],
  ['${A//b/X}', 'aXcaXc'],
  ['${A//?/X}', 'XXXXXX'],
  ['${A//*/X}', 'X'],
  ['${V//./}', 'v123-rc1'],
  ['${A/b/$V}', 'av1.2.3-rc.1cabc'],
  ['${A/b\\/c/X}', 'abcabc'],
  ['"$A b"', 'abcabc b'],
  ["'$A'", '$A'],
  ['\\$A', '$A'],
  ['"\\$A"', '$A'],
  ['"a\\b"', 'a\\b'],
  ['a\\b', 'ab'],
  ['a\\\\b', 'a\\b'],
  ['a\\', 'a'],
  ['"it\'s"', "it's"],
  ['a"b"\'c\'', 'abc'],
  ['<<EOF', '<<EOF'],
  ['日$A', '日abcabc'],
])('%s becomes %j', (word, expected) => expect(expand(word).text).toBe(expected));

test.each([
  ['a`$b', 'a$b'],
  ['a\\b', 'a\\b'],
  ['"a`"b"', 'a"b'],
])('with a backtick as escape %s becomes %j', (word, expected) =>
  expect(expand(word, '`').text).toBe(expected),
);

test.each([
  ['"a', 'a double quote is not closed'],
  ["'a", 'a single quote is not closed'],
  ['${A', '"}" is missing'],
  ['${', '"}" is missing'],
  ['${A:-x', '"}" is missing'],
  ['${}', '"${}" is no substitution'],
  ['${{A}}', '"${{" is no substitution'],
  ['${A!x}', '"!" is no operator inside ${…}'],
  ['${A,,}', '"," is no operator inside ${…}'],
  ['${A:#x}', '":#" is no operator inside ${…}'],
  ['${A/b}', '"/" is missing'],
  ['${NO:?need NO}', 'NO: need NO'],
  ['${EMPTY:?}', 'EMPTY: is not allowed to be empty'],
  ['${NO?}', 'NO: is not allowed to be unset'],
  ['${A#\\a}', 'pattern "\\a" escapes "a"; only \\*, \\?, \\\\, \\} and \\/ are allowed'],
])('%s is refused', (word, message) => expect(() => expand(word)).toThrow(new Error(message)));

describe('values that are missing', () => {
  it('are told apart from values only the builder knows', () => {
    expect(expand('$NO$LATER$A')).toEqual({ text: 'abcabc', unset: ['NO'], unknown: ['LATER'] });
  });

  it('do not count where the text does not need them', () => {
    expect(expand('${A:-$NO}${NO+$LATER}')).toEqual({ text: 'abcabc', unset: [], unknown: [] });
  });

  it('count where a default needs them', () => {
    expect(expand('${EMPTY:-$NO}').unset).toEqual(['NO']);
  });

  it('make a choice by an unknown value unknown', () => {
    expect(expand('${LATER:-d}').unknown).toEqual(['LATER']);
  });
});
