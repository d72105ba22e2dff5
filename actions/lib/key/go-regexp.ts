/**
 * Turns the regular expressions BuildKit makes of ignore patterns into JavaScript's.
 *
 * BuildKit leaves `|`, `{`, `}`, `^`, `[`, `]` and `\` of a pattern unescaped when it makes a Go expression of it, so
 * that a pattern means whatever Go makes of the result. Facts: https://github.com/google/re2/wiki/Syntax
 */
import { matchesLinearly, type PatternStep } from './linear-match.ts';

/** A class of characters as code point ranges. */
type Ranges = readonly (readonly [number, number])[];

/** What the last thing parsed was: only an atom or an assertion can be repeated. */
type Last = 'nothing' | 'atom' | 'assertion' | 'repetition';

const FOLDERS = '(?:[^\\n]*/)?';
const LARGEST_REPEAT = 1000;
const LAST_CODE_POINT = 0x10ffff;

const DIGIT: Ranges = [[0x30, 0x39]];
const UPPER: Ranges = [[0x41, 0x5a]];
const LOWER: Ranges = [[0x61, 0x7a]];
const LETTER: Ranges = [...UPPER, ...LOWER];
const WORD: Ranges = [...DIGIT, ...LETTER, [0x5f, 0x5f]];
const WHITE: Ranges = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];

const LETTER_CLASSES: Readonly<Record<string, Ranges>> = { d: DIGIT, s: WHITE, w: WORD };
const LETTER_ESCAPES: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
const ASSERTIONS: Readonly<Record<string, string>> = { A: '^', b: '\\b', B: '\\B', z: '$' };
const NAMED_CLASSES: Readonly<Record<string, Ranges>> = {
  alnum: [...DIGIT, ...LETTER],
  alpha: LETTER,
  ascii: [[0, 0x7f]],
  blank: [
    [0x09, 0x09],
    [0x20, 0x20],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: DIGIT,
  graph: [[0x21, 0x7e]],
  lower: LOWER,
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [0x09, 0x0d],
    [0x20, 0x20],
  ],
  upper: UPPER,
  word: WORD,
  xdigit: [...DIGIT, [0x41, 0x46], [0x61, 0x66]],
};

/** What tells whether a path matches; `null` when Go refuses the expression or its escape is none of the common ones. */
export function translateGoRegexp(source: string): Pick<RegExp, 'test'> | null {
  let output = '';
  let atomStart = 0;
  const pieces: Piece[] = [];
  let last: Last = 'nothing';
  let at = 0;
  while (at < source.length) {
    const piece = nextPiece(source, at, last);
    if (piece === null) return null;
    if (piece.last === 'repetition' && last === 'assertion') {
      output = `${output.slice(0, atomStart)}(?:${output.slice(atomStart)})`;
    } else if (piece.last !== 'repetition') {
      atomStart = output.length;
    }
    output += piece.text;
    last = piece.last;
    at = piece.next;
    pieces.push(piece);
  }
  const steps = stepsOf(pieces);
  return steps === null ? new RegExp(output, 'u') : { test: (path) => matchesLinearly(steps, path) };
}

/** With more repetitions than these a regular expression may take for ever. */
const MOST_REPETITIONS = 2;

/** The pieces as steps from the beginning of a path to its end, where there are many stars and nothing but stars and letters. */
function stepsOf(pieces: readonly Piece[]): readonly PatternStep[] | null {
  if (pieces.filter(({ last }) => last === 'repetition').length <= MOST_REPETITIONS) return null;
  if (pieces[0]?.text !== '^' || pieces.at(-1)?.text !== '$') return null;
  const steps: PatternStep[] = [];
  for (const { text, last } of pieces.slice(1, -1)) {
    const before = steps.at(-1);
    if (last === 'atom') steps.push({ kind: 'letter', test: new RegExp(`^${text}$`, 'u') });
    else if (text === FOLDERS) steps.push({ kind: 'folders' });
    else if (text === '*' && before?.kind === 'letter') steps.splice(-1, 1, { ...before, kind: 'letters' });
    else return null;
  }
  return steps;
}

interface Piece {
  readonly text: string;
  readonly last: Last;
  readonly next: number;
}

function nextPiece(source: string, at: number, last: Last): Piece | null {
  const letter = String.fromCodePoint(source.codePointAt(at) ?? 0);
  // The one group: any folders, or none. In Go "." is any character but a line feed.
  if (source.startsWith('(.*/)?', at)) return { text: FOLDERS, last: 'repetition', next: at + 6 };
  if (letter === '.') return { text: '[^\\n]', last: 'atom', next: at + 1 };
  if (letter === '*') return { text: '*', last: 'repetition', next: at + 1 };
  if (letter === '|') return { text: '|', last: 'nothing', next: at + 1 };
  if (letter === '^' || letter === '$') return { text: letter, last: 'assertion', next: at + 1 };
  if (letter === '[') return classPiece(source, at);
  if (letter === '\\') return escapePiece(source, at);
  const repeat = letter === '{' ? repeatPiece(source, at, last) : undefined;
  return repeat === undefined ? { text: quote(letter), last: 'atom', next: at + letter.length } : repeat;
}

/** `{n}`, `{n,}`, `{n,m}`; `undefined` when the brace is a plain letter. */
function repeatPiece(source: string, at: number, last: Last): Piece | null | undefined {
  const match = /^\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}/.exec(source.slice(at));
  if (match === null) return undefined;
  const least = Number(match[1]);
  const most = match[2] === undefined ? least : match[3] === undefined ? undefined : Number(match[3]);
  const isTooLarge = least > LARGEST_REPEAT || (most ?? 0) > LARGEST_REPEAT;
  if (isTooLarge || (most !== undefined && least > most)) return null;
  if (last === 'nothing' || last === 'repetition') return null;
  return { text: match[0], last: 'repetition', next: at + match[0].length };
}

function escapePiece(source: string, at: number): Piece | null {
  const letter = source.charAt(at + 1);
  const assertion = ASSERTIONS[letter];
  if (assertion !== undefined) return { text: assertion, last: 'assertion', next: at + 2 };
  const ranges = letterClass(letter);
  if (ranges !== null) return { text: `[${printRanges(ranges)}]`, last: 'atom', next: at + 2 };
  const code = escapedCode(letter);
  return code === null ? null : { text: quote(String.fromCodePoint(code)), last: 'atom', next: at + 2 };
}

function letterClass(letter: string): Ranges | null {
  const ranges = LETTER_CLASSES[letter.toLowerCase()];
  if (ranges === undefined) return null;
  return letter === letter.toLowerCase() ? ranges : invert(ranges);
}

/** Code of `\` and a letter: a control character or punctuation; other escapes Go knows are not followed here. */
function escapedCode(letter: string): number | null {
  const control = LETTER_ESCAPES[letter];
  if (control !== undefined) return control;
  const isPunctuation = letter !== '' && letter < '\u0080' && !/[A-Za-z0-9]/.test(letter);
  return isPunctuation ? letter.charCodeAt(0) : null;
}

function classPiece(source: string, start: number): Piece | null {
  const negated = source.charAt(start + 1) === '^';
  const first = negated ? start + 2 : start + 1;
  let at = first;
  let ranges: Ranges = [];
  while (source.charAt(at) !== ']' || at === first) {
    const item = classItem(source, at);
    if (item === null) return null;
    ranges = [...ranges, ...item.ranges];
    at = item.next;
  }
  return { text: `[${negated ? '^' : ''}${printRanges(ranges)}]`, last: 'atom', next: at + 1 };
}

interface ClassItem {
  readonly ranges: Ranges;
  readonly next: number;
}

function classItem(source: string, at: number): ClassItem | null {
  const named = /^\[:(\^?)(.*?):\]/su.exec(source.slice(at));
  if (named !== null) {
    const ranges = NAMED_CLASSES[named[2] ?? ''];
    if (ranges === undefined) return null;
    return { ranges: named[1] === '^' ? invert(ranges) : ranges, next: at + named[0].length };
  }
  const letters = source.charAt(at) === '\\' ? letterClass(source.charAt(at + 1)) : null;
  if (letters !== null) return { ranges: letters, next: at + 2 };
  const low = classLetter(source, at);
  if (low === null) return null;
  const isRange = source.charAt(low.next) === '-' && !['', ']'].includes(source.charAt(low.next + 1));
  const high = isRange ? classLetter(source, low.next + 1) : low;
  return high === null || high.code < low.code ? null : { ranges: [[low.code, high.code]], next: high.next };
}

function classLetter(source: string, at: number): { code: number; next: number } | null {
  const code = source.codePointAt(at);
  if (code === undefined) return null;
  if (code !== 0x5c) return { code, next: at + (code > 0xffff ? 2 : 1) };
  const escaped = escapedCode(source.charAt(at + 1));
  return escaped === null ? null : { code: escaped, next: at + 2 };
}

function invert(ranges: Ranges): Ranges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const gaps: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of sorted) {
    if (low > from) gaps.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  return from > LAST_CODE_POINT ? gaps : [...gaps, [from, LAST_CODE_POINT]];
}

function printRanges(ranges: Ranges): string {
  return ranges.map(([low, high]) => (low === high ? hex(low) : `${hex(low)}-${hex(high)}`)).join('');
}

function quote(letter: string): string {
  return /^[A-Za-z0-9_/]$/.test(letter) ? letter : hex(letter.codePointAt(0) ?? 0);
}

function hex(code: number): string {
  return `\\u{${code.toString(16)}}`;
}
