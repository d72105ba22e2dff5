import type { Place } from '../errors/darkroom-error.ts';

/** A parser directive such as `# syntax=docker/dockerfile:1`. */
export interface Directive {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

const KNOWN = new Set(['syntax', 'escape', 'check']);

/** Reads a line as a parser directive; a comment of any other kind ends the directives of a file. */
export function directiveOf(line: string, mark: '#' | '//' = '#'): Directive | undefined {
  if (!line.startsWith(mark)) return undefined;
  const match = /^\s*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*$/.exec(
    line.slice(mark.length),
  );
  const name = match?.[1]?.toLowerCase();
  const value = match?.[2];
  return name === undefined || value === undefined || !KNOWN.has(name) ? undefined : { name, value };
}

/**
 * Finds the frontend a file asks for, before anything else of it is understood: `# syntax=`, else `// syntax=`, else
 * the key `syntax` of a JSON file; a first line `#!` is skipped. Unlike other directives it may not be indented.
 * What follows the first space of the value is for the frontend, and no part of the name.
 */
export function detectSyntax(text: string, file: string): { name: string; place: Place } | null {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const first = lines[0]?.startsWith('#!') === true ? 1 : 0;
  for (const mark of ['#', '//'] as const) {
    const found = findSyntaxLine(lines, first, mark);
    if (found !== undefined)
      return { name: found.value.split(' ')[0] ?? '', place: { file, line: found.line } };
  }
  const name = syntaxOfJson(lines.slice(first).join('\n'));
  return name === undefined ? null : { name, place: { file, line: first + 1 } };
}

function findSyntaxLine(lines: readonly string[], first: number, mark: '#' | '//') {
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if (index < first) continue;
    const directive = directiveOf(line.replace(/\r$/, ''), mark);
    if (directive === undefined || seen.has(directive.name)) return undefined;
    if (directive.name === 'syntax') return { value: directive.value, line: index + 1 };
    seen.add(directive.name);
  }
  return undefined;
}

function syntaxOfJson(text: string): string | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const value = (JSON.parse(text) as { readonly syntax?: unknown }).syntax;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
