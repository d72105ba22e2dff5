/** Text of a file with its lines. */
export interface SourceText {
  /** Relative to the root of the project, with `/`. */
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

/** Line and column, counted from 1; columns count UTF-16 code units, as SARIF and GitHub do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds the lines of a text; a line ends with LF. */
export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** Where an offset is. */
export function positionAt({ lineStarts }: SourceText, offset: number): Position {
  let [low, high] = [0, lineStarts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}

/** Text of a line counted from 1, without its end. */
export function lineText({ text, lineStarts }: SourceText, line: number): string {
  return text.slice(lineStarts[line - 1], lineStarts[line] ?? text.length).replace(/\r?\n$/, '');
}
