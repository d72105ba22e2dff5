import { isSpace } from './expand-words.ts';

/** Reads `name=value …`, or the old form `name value`; a text is returned instead when that fails and says why. */
export function splitPairs(
  rest: string,
  keyword: string,
  escapeChar: string,
): readonly { readonly name: string; readonly value: string }[] | string {
  const words = splitQuotedWords(rest, escapeChar);
  if (words[0]?.includes('=') !== true) {
    const [, name = '', value] = /^([^\t\v\f\r ]*)[\t\v\f\r ]+(.*)$/s.exec(rest) ?? [];
    return value === undefined ? `${keyword} "${rest}" has no value; write ${rest}=value` : [{ name, value }];
  }
  const wrong = words.find((word) => word.indexOf('=') < 1);
  if (wrong !== undefined)
    return `${keyword} holds "${wrong}", which is not name=value; quote values with spaces`;
  return words.map((word) => {
    const equals = word.indexOf('=');
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

/** Splits at spaces outside quotes; quotes and escapes stay in the words. */
export function splitQuotedWords(rest: string, escapeChar: string): string[] {
  const chars = [...rest];
  const words: string[] = [];
  for (let at = 0; at < chars.length; ) {
    const { word, end } = readQuotedWord(chars, at, escapeChar);
    if (word !== '') words.push(word);
    at = end + 1;
  }
  return words;
}

function readQuotedWord(
  chars: readonly string[],
  start: number,
  escapeChar: string,
): { readonly word: string; readonly end: number } {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < chars.length; at++) {
    const char = chars[at] ?? '';
    if (quote === '' && isSpace(char)) break;
    if (char === escapeChar && quote !== "'") {
      const escaped = chars[++at];
      // An escape at the very end disappears.
      if (escaped !== undefined) word += char + escaped;
      continue;
    }
    if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    word += char;
  }
  return { word, end: at };
}
