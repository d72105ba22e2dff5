import { isSpace } from '../dockerfile/expand-words.ts';
import type { Instruction } from '../dockerfile/split-instructions.ts';
import { withoutEnd } from '../dockerfile/without-end.ts';
import type { SourceText } from './source-text.ts';

/** Text that was put together from parts of a file, and where each of its characters stands there. */
export interface MappedText {
  readonly text: string;
  /** Offset in the file of each character, and of the end. */
  readonly offsets: readonly number[];
}

/** What follows the keyword and the flags of an instruction, in two parts. */
export interface InstructionBody {
  /** Continuation lines joined, comments between them left out. */
  readonly line: MappedText;
  /** The lines of its here-documents, the closing names too; empty where there are none. */
  readonly heredocs: MappedText;
}

/** Cuts a part out. */
export function slice({ text, offsets }: MappedText, start: number, end = text.length): MappedText {
  return { text: text.slice(start, end), offsets: offsets.slice(start, end + 1) };
}

/** Puts parts together; the end is that of the last. */
export function join(parts: readonly MappedText[], end: number): MappedText {
  const offsets: number[] = [];
  for (const part of parts)
    for (let at = 0; at < part.text.length; at++) offsets.push(part.offsets[at] ?? end);
  offsets.push(parts.at(-1)?.offsets.at(-1) ?? end);
  return { text: parts.map(({ text }) => text).join(''), offsets };
}

/** The body of an instruction of a file. */
export function instructionBody(
  instruction: Instruction,
  source: SourceText,
  escapeChar: string,
): InstructionBody {
  const lines = instruction.text.split('\n').map((text, index): MappedText => {
    const start = (source.lineStarts[instruction.line - 1 + index] ?? 0) + bomOf(source, instruction, index);
    return { text, offsets: Array.from({ length: text.length + 1 }, (_, at) => start + at) };
  });
  const { line, next } = joinContinuations(lines, escapeChar);
  const trimmed = withoutEnd(line.text, '\t\v\f\r ').length;
  const body = slice(line, Math.max(0, trimmed - instruction.rest.length), trimmed);
  return { line: body, heredocs: join(lines.slice(next).map(withNewline), body.offsets.at(-1) ?? 0) };
}

function bomOf({ text }: SourceText, { line }: Instruction, index: number): number {
  return line + index === 1 && text.startsWith('\ufeff') ? 1 : 0;
}

/** The same rules as `split-instructions.ts`, with places. */
function joinContinuations(
  lines: readonly MappedText[],
  escapeChar: string,
): { line: MappedText; next: number } {
  let next = 0;
  const parts: MappedText[] = [];
  for (let continues = true; continues && next < lines.length; next++) {
    const one = lines[next] as MappedText;
    let start = 0;
    while (isSpace(one.text[start] ?? '')) start++;
    if (next > 0 && (start === one.text.length || one.text[start] === '#')) continue;
    const end = withoutEnd(one.text, ' \t');
    continues = end.endsWith(escapeChar) && end.at(-2) !== escapeChar;
    parts.push(continues ? slice(one, 0, end.length - 1) : one);
  }
  return { line: join(parts, lines[0]?.offsets[0] ?? 0), next };
}

function withNewline(one: MappedText): MappedText {
  return { text: `${one.text}\n`, offsets: [...one.offsets, (one.offsets.at(-1) ?? 0) + 1] };
}
