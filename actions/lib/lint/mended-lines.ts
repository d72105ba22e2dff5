import { applyEdits, meet } from './apply-fixes.ts';
import type { Edit } from './finding.ts';
import { positionAt, type SourceText } from './source-text.ts';

/** Whole lines of a file as they were, and what they become. Lines count from 1. */
export interface MendedLines {
  readonly startLine: number;
  readonly endLine: number;
  /** None where the lines go away. */
  readonly lines: readonly string[];
}

/** What edits make of the lines they touch; `null` where there is nothing to see, or where they meet. */
export function mendedLines(source: SourceText, edits: readonly Edit[]): MendedLines | null {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const [first] = sorted;
  if (
    first === undefined ||
    sorted.some((edit, at) => sorted.slice(at + 1).some((other) => meet(edit, other)))
  )
    return null;
  const { text, lineStarts } = source;
  const last = Math.max(...sorted.map(({ end }) => end));
  const startLine = positionAt(source, first.start).line;
  const end = positionAt(source, last);
  const from = lineStarts[startLine - 1] ?? 0;
  const upTo = (to: number): string =>
    applyEdits(
      text.slice(from, to),
      sorted.map((edit) => ({ ...edit, start: edit.start - from, end: edit.end - from })),
    );
  // Edits that end with a line leave the next one alone.
  const whole = end.column === 1 && end.line > startLine ? upTo(last) : null;
  const isWhole = whole !== null && (whole === '' || whole.endsWith('\n'));
  const endLine = isWhole ? end.line - 1 : end.line;
  const made = isWhole ? whole : upTo(lineStarts[endLine] ?? text.length);
  const before = text.slice(from, isWhole ? last : (lineStarts[endLine] ?? text.length));
  if (made === before) return null;
  return { startLine, endLine, lines: made === '' ? [] : made.replace(/\n$/, '').split('\n') };
}
