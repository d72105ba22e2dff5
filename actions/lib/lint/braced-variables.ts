import type { Node } from 'web-tree-sitter';
import type { MappedText } from './mapped-text.ts';

/** Two variables in one word, and one with something behind it. */
const PERHAPS = [/\$[^\s;|&$]*\$/, /\$(?:[A-Za-z_]\w*|\d)[^\s\w;|&<>()"'$]/];

/**
 * Puts braces around variables that the grammar does not see: it takes `$a/$b/c` for two words, `$a/$` and `b/c`. The braces
 * stand where the name begins and ends. `null` where there are none.
 */
export function bracedVariables({ text, offsets }: MappedText, root: Node): MappedText | null {
  if (!PERHAPS.every((one) => one.test(text))) return null;
  const parts: string[] = [];
  const places: number[] = [];
  let at = 0;
  const keep = (end: number) => {
    parts.push(text.slice(at, end));
    for (let place = at; place < end; place += 1) places.push(offsets[place] ?? 0);
    at = end;
  };
  for (const sign of root.descendantsOfType('$')) {
    const begin = sign?.endIndex ?? 0;
    const name = /^(?:[A-Za-z_]\w*|\d)/.exec(text.slice(begin, begin + 200))?.[0];
    if (sign?.parent?.type !== 'concatenation' || name === undefined || begin < at) continue;
    keep(begin);
    parts.push('{');
    places.push(offsets[begin] ?? 0);
    keep(begin + name.length);
    parts.push('}');
    places.push(offsets[at - 1] ?? 0);
  }
  if (at === 0) return null;
  keep(text.length);
  return { text: parts.join(''), offsets: [...places, offsets[text.length] ?? 0] };
}
