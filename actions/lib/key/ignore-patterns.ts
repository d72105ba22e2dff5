/** Ignore files with exactly BuildKit's semantics. Facts: https://github.com/moby/patternmatcher (ignorefile). */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { decodePath } from '../git/path-text.ts';
import { cleanPath } from './file-match.ts';
import { compilePathPattern, type PathPattern, trimGoSpace } from './path-pattern.ts';

/** The patterns of one ignore file, in the order written. */
export interface IgnorePatterns {
  /** Path as given, for messages. */
  readonly file: string;
  readonly patterns: readonly PathPattern[];
}

/** BuildKit reads lines with a buffer of this size and refuses the file when one does not fit. */
const LONGEST_LINE_BYTES = 65_535;

/**
 * Parses an ignore file. Bytes that are not UTF-8 stand as U+FFFD each, as they reach BuildKit's client.
 * @throws DarkroomError `key/ignore-pattern` for every line that BuildKit refuses
 */
export function parseIgnoreFile(text: string | Uint8Array, file = '.dockerignore'): IgnorePatterns {
  const decoded = (typeof text === 'string' ? text : decodePath(text)).toWellFormed();
  const problems: Problem[] = [];
  const patterns = decoded
    .replace(/^\ufeff/u, '')
    .split('\n')
    .flatMap((written, index) => {
      const line = written.endsWith('\r') ? written.slice(0, -1) : written;
      const pattern = isTooLong(written) ? null : parseLine(line);
      if (pattern === null) problems.push(badLine(line, { file, line: index + 1 }));
      return pattern ?? [];
    });
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  return { file, patterns };
}

/** `undefined` for a comment or blank line; only a `#` in the first column makes a comment. */
function parseLine(line: string): PathPattern | null | undefined {
  const trimmed = line.startsWith('#') ? '' : trimGoSpace(line);
  if (trimmed === '') return undefined;
  const isException = trimmed.startsWith('!');
  const written = isException ? trimGoSpace(trimmed.slice(1)) : trimmed;
  const clean = written === '' ? '' : cleanPath(written);
  const relative = clean.length > 1 && clean.startsWith('/') ? clean.slice(1) : clean;
  return compilePathPattern(isException ? `!${relative}` : relative);
}

function isTooLong(line: string): boolean {
  return line.length > LONGEST_LINE_BYTES / 4 && Buffer.byteLength(line) > LONGEST_LINE_BYTES;
}

function badLine(line: string, place: { file: string; line: number }): Problem {
  const shown = line.length > 80 ? `${line.slice(0, 80)}…` : line;
  return {
    code: 'key/ignore-pattern',
    place,
    message: `BuildKit cannot use the ignore pattern "${shown}", expected a path with "*", "**", "?" or "[a-z]".`,
    hint: 'A backslash escapes the next character; write "/" between folders.',
  };
}

/**
 * The ignore file that counts for a context: `<Dockerfile>.dockerignore` beside the Dockerfile, even when empty, else
 * `.dockerignore` in the context's root. A named context (`dockerfile` is `null`) has only the latter.
 * @param exists tells whether a path of the repository is a file
 */
export function ignoreFileFor(
  dockerfile: string | null,
  context: string,
  exists: (path: string) => boolean,
): string | null {
  const own = dockerfile === null ? [] : [`${dockerfile}.dockerignore`];
  const shared = cleanPath(`${context}/.dockerignore`);
  return [...own, shared].find(exists) ?? null;
}
