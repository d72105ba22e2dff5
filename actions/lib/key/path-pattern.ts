/**
 * One pattern of an ignore file, or of the list of paths BuildKit asks a client for, with exactly the meaning the
 * builder gives it. Facts: https://github.com/moby/patternmatcher (v0.6.1)
 */
import { cleanPath, matchFileGlob, parseFileGlob } from './file-match.ts';
import { translateGoRegexp } from './go-regexp.ts';

/** One compiled pattern. */
export interface PathPattern {
  /** Cleaned, without `!`. */
  readonly text: string;
  /** Written with `!`: what matches is kept after all. */
  readonly exception: boolean;
  /** The pattern is a plain path: it matches itself only. */
  readonly literal: boolean;
  /** Tells whether the path itself matches; folders above it are the caller's business. */
  readonly matches: (path: string) => boolean;
}

const GO_SPACE = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const OUTER_SPACE = new RegExp(`^${GO_SPACE}|${GO_SPACE}$`, 'gu');
/** Escaped by BuildKit; it means to escape `|`, `{` and `}` too, but does not. */
const ESCAPED = new Set(['.', '+', '(', ')', '$']);

/** Go's `strings.TrimSpace`: unlike JavaScript's it takes U+0085 and leaves U+FEFF. */
export function trimGoSpace(text: string): string {
  return text.replace(OUTER_SPACE, '');
}

/** Compiles a pattern, with its `!`; `undefined` when it is blank; `null` when BuildKit refuses it. */
export function compilePathPattern(written: string): PathPattern | null | undefined {
  const trimmed = trimGoSpace(written);
  if (trimmed === '') return undefined;
  const cleaned = cleanPath(trimmed);
  const exception = cleaned.startsWith('!');
  const text = exception ? cleaned.slice(1) : cleaned;
  if (text === '' || matchFileGlob(parseFileGlob(text), '.') === null) return null;
  const matcher = compileMatcher(text);
  return matcher === null ? null : { text, exception, ...matcher };
}

/**
 * The path below which alone BuildKit looks for what a pattern names, or `null` when it looks everywhere. It takes off
 * both `/**` and a `/*` before it, so below `a` it does not go on to what a following `*`, then `**`, names.
 */
export function searchRoot(pattern: PathPattern): string | null {
  const root = pattern.text.replace(/\/\*\*$/, '').replace(/\/\*$/, '');
  return /[*[\]?^\\]/.test(root) ? null : root;
}

type Matcher = Pick<PathPattern, 'literal' | 'matches'>;
type MatchKind = 'exact' | 'prefix' | 'suffix' | 'expression';

function compileMatcher(text: string): Matcher | null {
  const { kind, source } = classify(text);
  if (kind === 'exact') return { literal: true, matches: (path) => path === text };
  if (kind === 'prefix') {
    const prefix = text.slice(0, -2);
    return { literal: false, matches: (path) => path.startsWith(prefix) };
  }
  if (kind === 'suffix') {
    const suffix = text.slice(2);
    const whole = suffix.startsWith('/') ? suffix.slice(1) : null;
    return { literal: false, matches: (path) => path.endsWith(suffix) || path === whole };
  }
  const expression = translateGoRegexp(`^${source}$`);
  return expression === null ? null : { literal: false, matches: (path) => expression.test(path) };
}

/** How BuildKit matches a pattern, and the Go expression it makes of it. */
function classify(text: string): { readonly kind: MatchKind; readonly source: string } {
  const letters = [...text.replace(/^\ufeff/u, '')];
  let kind: MatchKind = 'exact';
  let source = '';
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] ?? '';
    if (letter === '*' && letters[at + 1] === '*') {
      const isFirst = at === 0;
      at += letters[at + 2] === '/' ? 2 : 1;
      const stars = doubleStar(kind, at === letters.length - 1);
      source += stars.source;
      kind = isFirst ? 'suffix' : stars.kind;
    } else if (letter === '\\') {
      at += 1;
      source += `\\${letters[at] ?? ''}`;
      kind = 'expression';
    } else {
      source += expressionOf(letter);
      if ('*?[]'.includes(letter)) kind = 'expression';
    }
  }
  return { kind, source };
}

function doubleStar(before: MatchKind, isLast: boolean): { kind: MatchKind; source: string } {
  if (!isLast) return { kind: 'expression', source: '(.*/)?' };
  return before === 'exact' ? { kind: 'prefix', source: '' } : { kind: 'expression', source: '.*' };
}

function expressionOf(letter: string): string {
  if (letter === '*') return '[^/]*';
  if (letter === '?') return '[^/]';
  return ESCAPED.has(letter) ? `\\${letter}` : letter;
}
