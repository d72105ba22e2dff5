/** What of a word is outside of quotes. */

/** Stands for `$(…)`, and another for backticks. */
export const SUBSTITUTION = '\u0001';
export const BACKTICKS = '\u0002';

/** A word as written, without what is quoted or escaped, and with one character for each substitution. */
export function unquotedText(raw: string): string {
  let text = '';
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at] ?? '';
    if (char === '\\') at += 1;
    else if (char === "'") at = after(raw, at, "'");
    else if (char === '"') at = after(raw, at, '"');
    else if (char === '`') {
      at = after(raw, at, '`');
      text += BACKTICKS;
    } else if (char === '$' && raw[at + 1] === '(') {
      at = closing(raw, at + 1);
      text += SUBSTITUTION;
    } else text += char;
  }
  return text;
}

/** Where what begins at `at` ends. */
function after(raw: string, at: number, quote: string): number {
  for (let next = at + 1; next < raw.length; next++) {
    if (raw[next] === quote) return next;
    if (quote !== "'" && raw[next] === '\\') next += 1;
    else if (quote === '"' && raw[next] === '$' && raw[next + 1] === '(') next = closing(raw, next + 1);
  }
  return raw.length;
}

/** The bracket that closes the one at `at`. */
function closing(raw: string, at: number): number {
  let depth = 0;
  for (let next = at; next < raw.length; next++) {
    const char = raw[next] ?? '';
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === '\\') next += 1;
    else if (char === "'" || char === '"') next = after(raw, next, char);
    if (depth === 0) return next;
  }
  return raw.length;
}
