/**
 * Go's `filepath.Match` and `filepath.Clean` on Unix, which BuildKit applies to the sources of COPY and ADD and to
 * the lines of an ignore file. Facts: https://pkg.go.dev/path/filepath#Match
 */
import { posix } from 'node:path';

type Token =
  | { readonly kind: 'any' }
  | { readonly kind: 'letter'; readonly letter: string }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [number, number])[];
    };

/** Tokens that stand together; `star` when any run of letters other than `/` may precede them. */
interface Chunk {
  readonly star: boolean;
  /** `null` when malformed: Go says so only to a name that gets this far. */
  readonly tokens: readonly Token[] | null;
}

/** A parsed pattern. */
export type FileGlob = readonly Chunk[];

const WILDCARDS = new Set(['*', '?', '[']);

/** Tells whether a name holds `*`, `?` or `[` outside an escape. */
export function hasWildcards(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    const letter = name.charAt(at);
    if (letter === '\\') at += 1;
    else if (WILDCARDS.has(letter)) return true;
  }
  return false;
}

/** The shortest equal path: no `.`, no double or trailing slash, `..` resolved where something precedes it. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}

/** Parses a pattern. */
export function parseFileGlob(pattern: string): FileGlob {
  const letters = [...pattern];
  const chunks: Chunk[] = [];
  let at = 0;
  while (at < letters.length) {
    const star = letters[at] === '*';
    while (letters[at] === '*') at += 1;
    const tokens: Token[] = [];
    while (at < letters.length && letters[at] !== '*') {
      const parsed = parseToken(letters, at);
      if (parsed === null) return [...chunks, { star, tokens: null }];
      tokens.push(parsed.token);
      at = parsed.next;
    }
    chunks.push({ star, tokens });
  }
  return chunks;
}

function parseToken(letters: readonly string[], at: number): { token: Token; next: number } | null {
  const letter = letters[at] ?? '';
  if (letter === '?') return { token: { kind: 'any' }, next: at + 1 };
  if (letter === '[') return parseClass(letters, at + 1);
  if (letter !== '\\') return { token: { kind: 'letter', letter }, next: at + 1 };
  const escaped = letters[at + 1];
  return escaped === undefined ? null : { token: { kind: 'letter', letter: escaped }, next: at + 2 };
}

function parseClass(letters: readonly string[], start: number): { token: Token; next: number } | null {
  const negated = letters[start] === '^';
  const ranges: (readonly [number, number])[] = [];
  let at = negated ? start + 1 : start;
  while (letters[at] !== ']' || ranges.length === 0) {
    const low = parseClassLetter(letters, at);
    if (low === null) return null;
    const high = letters[low.next] === '-' ? parseClassLetter(letters, low.next + 1) : low;
    if (high === null) return null;
    ranges.push([low.code, high.code]);
    at = high.next;
  }
  return { token: { kind: 'class', negated, ranges }, next: at + 1 };
}

function parseClassLetter(letters: readonly string[], at: number): { code: number; next: number } | null {
  const first = letters[at];
  if (first === undefined || first === '-' || first === ']') return null;
  const position = first === '\\' ? at + 1 : at;
  const code = letters[position]?.codePointAt(0);
  return code === undefined || position + 1 >= letters.length ? null : { code, next: position + 1 };
}

/** Tells whether the whole name matches; `null` when the pattern is malformed. Only a class crosses a `/`, as in Go. */
export function matchFileGlob(glob: FileGlob, name: string): boolean | null {
  const letters = [...name];
  let from = 0;
  for (const [index, { star, tokens }] of glob.entries()) {
    if (tokens === null) return null;
    if (star && tokens.length === 0) return !letters.includes('/', from);
    const end = placeTokens(tokens, star, letters, from, index === glob.length - 1);
    if (end === -1) return false;
    from = end;
  }
  return from === letters.length;
}

/** Where the tokens end at their first fitting place; later places are never tried, as in Go. */
function placeTokens(
  tokens: readonly Token[],
  star: boolean,
  letters: readonly string[],
  from: number,
  isLast: boolean,
): number {
  for (let start = from; ; start += 1) {
    const end = matchTokens(tokens, letters, start);
    if (end !== -1 && (!isLast || end === letters.length)) return end;
    if (!star || start >= letters.length || letters[start] === '/') return -1;
  }
}

function matchTokens(tokens: readonly Token[], letters: readonly string[], start: number): number {
  let at = start;
  for (const token of tokens) {
    const letter = letters[at];
    if (letter === undefined || !matchesToken(token, letter)) return -1;
    at += 1;
  }
  return at;
}

function matchesToken(token: Token, letter: string): boolean {
  if (token.kind === 'any') return letter !== '/';
  if (token.kind === 'letter') return token.letter === letter;
  const code = letter.codePointAt(0) ?? 0;
  return token.ranges.some(([low, high]) => low <= code && code <= high) !== token.negated;
}
