import type { Node } from 'web-tree-sitter';
import type { WordPart } from './shell-script.ts';

/** What a word of the shell is put together from: text as the shell takes it, variables, and what only the shell knows. */
export function wordParts(node: Node): readonly WordPart[] {
  switch (node.type) {
    case 'word':
    case 'number':
    case 'variable_name':
    case 'heredoc_start':
      return [{ kind: 'text', text: unescaped(node.text) }];
    case 'raw_string':
      return [{ kind: 'text', text: node.text.slice(1, -1) }];
    case 'ansi_c_string':
      return [{ kind: 'text', text: node.text.slice(2, -1) }];
    case 'string':
    case 'translated_string':
    case 'heredoc_body':
      return partsOfString(node);
    case 'concatenation':
    case 'command_name':
      return node.children.flatMap(wordParts);
    case 'simple_expansion':
      return [{ kind: 'variable', name: node.text.slice(1), isPlain: true, raw: node.text }];
    case 'expansion': {
      const name = node.children.find(({ type }) => type === 'variable_name')?.text ?? '';
      return [{ kind: 'variable', name, isPlain: node.text === `\${${name}}`, raw: node.text }];
    }
    case 'command_substitution':
    case 'process_substitution':
    case 'arithmetic_expansion':
      return [{ kind: 'other', raw: node.text }];
    default:
      return node.isNamed && node.childCount > 0
        ? [{ kind: 'other', raw: node.text }]
        : [{ kind: 'text', text: node.text }];
  }
}

/** Blanks between the pieces of a string are in no node. */
function partsOfString(node: Node): readonly WordPart[] {
  const isQuoted = node.type !== 'heredoc_body';
  const text = node.text;
  const from = node.startIndex;
  const begin = isQuoted ? text.indexOf('"') + 1 : 0;
  const end = isQuoted && text.endsWith('"') && text.length > begin ? text.length - 1 : text.length;
  const parts: WordPart[] = [];
  let at = begin;
  for (const child of node.namedChildren) {
    if (child.type === 'string_content' || child.type === 'heredoc_content') continue;
    const start = child.startIndex - from;
    if (start > at) parts.push({ kind: 'text', text: unescapedInQuotes(text.slice(at, start)) });
    parts.push(...wordParts(child));
    at = child.endIndex - from;
  }
  if (end > at) parts.push({ kind: 'text', text: unescapedInQuotes(text.slice(at, end)) });
  return parts;
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02 */
function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, char: string) => (char === '\n' ? '' : char));
}

function unescapedInQuotes(text: string): string {
  return text.replace(/\\([$`"\\\n])/g, (_, char: string) => (char === '\n' ? '' : char));
}
