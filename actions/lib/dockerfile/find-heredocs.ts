import { splitWords } from './expand-words.ts';

/** A here-document announced in a line. */
export interface Heredoc {
  readonly name: string;
  /** `<<-`: tabs before the closing name are ignored. */
  readonly tabs: boolean;
}

/** Reads one word such as `<<EOF`, `3<<-"EOF"`; anything else is no here-document. */
export function heredocOf(word: string): Heredoc | undefined {
  const match = /^\d*<<(-?)[\t\n\f\r ]*([^<]+)$/.exec(word);
  if (match === null) return undefined;
  const [name, ...more] = wordsOf(match[2] ?? '', 'plain');
  return name === undefined || more.length > 0 ? undefined : { name, tabs: match[1] === '-' };
}

/**
 * Lists the here-documents of a logical line in the order in which their contents follow.
 * A line whose quotes or braces do not close has none: BuildKit reads the next line as an instruction.
 */
export function findHeredocs(line: string): Heredoc[] {
  if (!line.includes('<<')) return [];
  return wordsOf(line, 'marks')
    .map(heredocOf)
    .filter((found) => found !== undefined);
}

function wordsOf(line: string, keep: 'plain' | 'marks'): string[] {
  try {
    return splitWords(line, keep);
  } catch {
    return [];
  }
}
