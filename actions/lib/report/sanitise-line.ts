import { stripVTControlCharacters } from 'node:util';

// C0 but tab, DEL, C1, line and paragraph separators, and the marks that reorder text on a screen.
const UNPRINTABLE =
  /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Makes one printable line of text that came from a build, an image or a registry: no colours, no control characters
 * but tab, at most `longest` characters, and nothing a workflow runner would obey (`::command::`, `##[command]`).
 */
export function sanitiseLine(text: string, longest = 500): string {
  const plain = stripVTControlCharacters(text.slice(0, longest * 4))
    .replace(UNPRINTABLE, '')
    .trimEnd();
  const harmless = plain.replace(/^(\s*):(?=:)/, '$1: ').replaceAll('##[', '## [');
  return harmless.length > longest ? `${harmless.slice(0, longest - 1).toWellFormed()}…` : harmless;
}
