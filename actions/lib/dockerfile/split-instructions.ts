/**
 * Cuts a Dockerfile into instructions exactly as BuildKit's parser does. `dockerfile-ast` is not used for this: it
 * continues a line after an escaped backslash, loses a keyword that is itself continued, and overlooks `3<<EOF`,
 * `<< EOF` and quoted names with spaces, so that a here-document's content would be read as instructions.
 */
import type { Problem } from '../errors/darkroom-error.ts';
import { type Directive, directiveOf } from './detect-syntax.ts';
import { isSpace } from './expand-words.ts';
import { findHeredocs, type Heredoc } from './find-heredocs.ts';
import { withoutEnd } from './without-end.ts';

/** One instruction, continuation lines joined, its arguments not yet interpreted. */
export interface Instruction {
  /** Upper case. */
  readonly keyword: string;
  /** Words that start with `--` before the arguments, quotes and escapes removed. */
  readonly flags: readonly string[];
  /** What follows keyword and flags, trimmed. */
  readonly rest: string;
  /** First line, counted from 1. */
  readonly line: number;
  /** As written, here-documents included. */
  readonly text: string;
}

/** A file cut into instructions, with what was wrong on the way. */
export interface SplitFile {
  readonly escapeChar: string;
  readonly instructions: readonly Instruction[];
  readonly problems: readonly Problem[];
}

interface Reader {
  readonly file: string;
  readonly lines: readonly string[];
  readonly problems: Problem[];
  /** Index of the next line to read. */
  next: number;
  escapeChar: string;
}

const MAY_HOLD_HEREDOCS = new Set(['ADD', 'COPY', 'RUN']);

/** Cuts a file into instructions; wrong ones are told apart later, except what makes the cutting itself fail. */
export function splitInstructions(text: string, file: string): SplitFile {
  const lines = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => withoutEnd(line, '\r'));
  if (lines.at(-1) === '') lines.pop();
  const reader: Reader = { file, lines, problems: [], next: 0, escapeChar: '\\' };
  readDirectives(reader);
  const instructions: Instruction[] = [];
  while (reader.next < lines.length) {
    const instruction = readInstruction(reader);
    if (instruction !== undefined) instructions.push(instruction);
  }
  return { escapeChar: reader.escapeChar, instructions, problems: reader.problems };
}

/** Cuts keyword, flags and arguments apart; also used for the trigger after `ONBUILD`. */
export function splitLine(line: string, escapeChar: string): Pick<Instruction, 'keyword' | 'flags' | 'rest'> {
  const trimmed = trimSpace(line);
  const end = trimmed.search(/[\t\v\f\r ]/);
  if (end === -1) return { keyword: trimmed.toUpperCase(), flags: [], rest: '' };
  const afterKeyword = trimmed.slice(end).replace(/^[\t\v\f\r ]+/, '');
  const { flags, rest } = splitFlags([...afterKeyword], escapeChar);
  return { keyword: trimmed.slice(0, end).toUpperCase(), flags, rest: trimSpace(rest) };
}

/** Reads a JSON array of texts; `undefined` when it is none, as BuildKit then reads plain words. */
export function jsonWords(rest: string): string[] | 'not-texts' | undefined {
  if (!rest.startsWith('[')) return undefined;
  try {
    const values = JSON.parse(rest) as unknown[];
    return values.every((value) => typeof value === 'string') ? values : 'not-texts';
  } catch {
    return undefined;
  }
}

function readDirectives(reader: Reader): void {
  const seen = new Set<string>();
  for (const [index, line] of reader.lines.entries()) {
    const directive = directiveOf(trimStart(line));
    if (directive === undefined) return;
    const problem = problemOfDirective(directive, seen);
    if (problem !== undefined) {
      reader.problems.push({
        code: 'dockerfile/bad-directive',
        place: { file: reader.file, line: index + 1 },
        message: problem,
      });
    } else if (directive.name === 'escape') reader.escapeChar = directive.value;
    seen.add(directive.name);
  }
}

function problemOfDirective(directive: Directive, seen: ReadonlySet<string>): string | undefined {
  if (seen.has(directive.name)) return `a second directive "${directive.name}"; only one is allowed`;
  if (directive.name !== 'escape' || directive.value === '\\' || directive.value === '`') return undefined;
  return `directive "escape" is "${directive.value}"; it must be a backslash or a backtick`;
}

function readInstruction(reader: Reader): Instruction | undefined {
  const start = reader.next;
  const first = trimStart(reader.lines[reader.next++] ?? '');
  if (first === '' || first.startsWith('#')) return undefined;
  const line = joinContinuations(reader, first);
  const instruction = { ...splitLine(line, reader.escapeChar), line: start + 1 };
  for (const heredoc of heredocsOf(instruction, line, reader.escapeChar)) {
    if (skipHeredoc(reader, heredoc)) continue;
    reader.problems.push({
      code: 'dockerfile/unterminated-heredoc',
      place: { file: reader.file, line: start + 1 },
      message: `the here-document "${heredoc.name}" is not closed before the end of the file`,
      hint: `End it with a line that holds ${heredoc.name} and nothing else.`,
    });
    break;
  }
  return { ...instruction, text: reader.lines.slice(start, reader.next).join('\n') };
}

/** Comment lines and empty lines inside an instruction are no part of it, and do not end it. */
function joinContinuations(reader: Reader, first: string): string {
  let { line, continues } = withoutContinuation(first, reader.escapeChar);
  while (continues && reader.next < reader.lines.length) {
    const raw = reader.lines[reader.next++] ?? '';
    const trimmed = trimStart(raw);
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const more = withoutContinuation(raw, reader.escapeChar);
    line += more.line;
    continues = more.continues;
  }
  return line;
}

/** The escape continues a line when only blanks follow it and no second escape stands before it. */
function withoutContinuation(line: string, escapeChar: string): { line: string; continues: boolean } {
  const end = withoutEnd(line, ' \t');
  const continues = end.endsWith(escapeChar) && end.at(-2) !== escapeChar;
  return { line: continues ? end.slice(0, -1) : line, continues };
}

function heredocsOf(
  instruction: Pick<Instruction, 'keyword' | 'rest'>,
  line: string,
  escapeChar: string,
): readonly Heredoc[] {
  const inner = instruction.keyword === 'ONBUILD' ? splitLine(instruction.rest, escapeChar) : instruction;
  if (!MAY_HOLD_HEREDOCS.has(inner.keyword) || jsonWords(inner.rest) !== undefined) return [];
  return findHeredocs(line);
}

function skipHeredoc(reader: Reader, heredoc: Heredoc): boolean {
  while (reader.next < reader.lines.length) {
    const line = reader.lines[reader.next++] ?? '';
    if ((heredoc.tabs ? line.replace(/^\t+/, '') : line) === heredoc.name) return true;
  }
  return false;
}

function splitFlags(chars: readonly string[], escapeChar: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(chars[at] ?? '')) at++;
    if (chars[at] !== '-' || chars[at + 1] !== '-') return { flags, rest: chars.slice(at).join('') };
    const flag = readFlag(chars, at, escapeChar);
    at = flag.end;
    if (flag.text === '--') return { flags, rest: chars.slice(at).join('') };
    flags.push(flag.text);
  }
}

/** A quote only keeps spaces together and disappears. */
function readFlag(
  chars: readonly string[],
  start: number,
  escapeChar: string,
): { text: string; end: number } {
  let text = '';
  let quote = '';
  let at = start;
  for (; at < chars.length; at++) {
    const char = chars[at] ?? '';
    if (quote === '' && isSpace(char)) break;
    if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    else text += char === escapeChar ? (chars[++at] ?? '') : char;
  }
  return { text, end: at };
}

function trimStart(text: string): string {
  let start = 0;
  while (isSpace(text[start] ?? '')) start++;
  return text.slice(start);
}

function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1] ?? '')) end--;
  return trimStart(text.slice(0, end));
}
