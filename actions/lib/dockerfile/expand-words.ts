/** Expansion of Dockerfile words, with the behaviour of BuildKit's shell lexer (`frontend/dockerfile/shell`). */
import { ExpansionError, replaceAll, replaceFirst, withoutPrefix, withoutSuffix } from './shell-pattern.ts';

/** The value of a variable: `undefined` when it has none, `null` when it has one that only the builder knows. */
export type Lookup = (name: string) => string | null | undefined;

/** A word after expansion. */
export interface Expansion {
  readonly text: string;
  /** Variables that the text needs and that have no value; they stand as empty text. */
  readonly unset: readonly string[];
  /** Variables that the text needs and whose value cannot be known here; the text is then worthless. */
  readonly unknown: readonly string[];
}

/**
 * Expands variables and removes quotes and escapes from one word; spaces do not split it.
 *
 * @param escapeChar the file's escape character, a backslash or a backtick
 * @throws ExpansionError for everything BuildKit refuses, `${X:?message}` included
 */
export function expandWord(word: string, escapeChar: string, lookup: Lookup): Expansion {
  const lexer = new Lexer(word, escapeChar, lookup, 'plain');
  const text = lexer.readUntil(undefined, false);
  return { text, unset: [...new Set(lexer.unset)], unknown: [...new Set(lexer.unknown)] };
}

/**
 * Splits a line at unquoted spaces without knowing any variable: `$X` stays as written.
 *
 * @param keep `marks` leaves quotes and escapes in the words
 * @throws ExpansionError when a quote or a brace is not closed
 */
export function splitWords(line: string, keep: 'plain' | 'marks'): string[] {
  const lexer = new Lexer(line, '\\', undefined, keep);
  const words = new WordList();
  lexer.readUntil(undefined, keep === 'marks', words);
  return words.finish();
}

class WordList {
  readonly #words: string[] = [];
  #word = '';

  addSolid(text: string): void {
    this.#word += text;
  }

  addLoose(text: string): void {
    for (const char of text) {
      if (!isSpace(char)) this.#word += char;
      else this.finish();
    }
  }

  finish(): string[] {
    if (this.#word !== '') this.#words.push(this.#word);
    this.#word = '';
    return this.#words;
  }
}

/** Far above what an environment can hold; a variable that doubles another one, again and again, would fill the memory. */
const LONGEST = 1024 * 1024;
/** Substitutions in substitutions: the stack would end. */
const DEEPEST = 200;

class Lexer {
  readonly unset: string[] = [];
  readonly unknown: string[] = [];
  readonly #chars: readonly string[];
  readonly #escapeChar: string;
  /** Absent: nothing is known and variables stay as written. */
  readonly #lookup: Lookup | undefined;
  readonly #keepMarks: boolean;
  #at = 0;
  #depth = 0;
  #length = 0;
  #keepEscapes = false;

  constructor(text: string, escapeChar: string, lookup: Lookup | undefined, keep: 'plain' | 'marks') {
    this.#chars = [...text];
    this.#escapeChar = escapeChar;
    this.#lookup = lookup;
    this.#keepMarks = keep === 'marks';
  }

  readUntil(stop: string | undefined, keepEscapes: boolean, words?: WordList): string {
    const before = this.#keepEscapes;
    this.#keepEscapes = keepEscapes;
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new ExpansionError(`it is nested more than ${DEEPEST} deep`);
    let text = '';
    while (this.#peek() !== undefined) {
      const char = this.#peek();
      if (char === stop) {
        this.#at++;
        this.#depth -= 1;
        this.#keepEscapes = before;
        return text;
      }
      const loose =
        char === '$' || !(char === '<' || char === "'" || char === '"' || char === this.#escapeChar);
      const piece = this.#readPiece();
      text += piece;
      if (loose) words?.addLoose(piece);
      else words?.addSolid(piece);
    }
    if (stop !== undefined) throw new ExpansionError(`"${stop}" is missing`);
    return text;
  }

  #readPiece(): string {
    const char = this.#peek();
    if (char === '$') return this.#readVariable();
    if (char === '<') return this.#readLessThan();
    if (char === "'") return this.#readSingleQuoted();
    if (char === '"') return this.#readDoubleQuoted();
    this.#at++;
    if (char !== this.#escapeChar) return char ?? '';
    return (this.#keepEscapes ? char : '') + (this.#next() ?? '');
  }

  /** `<< NAME` is one word, so that a here-document's name may stand apart from its mark. */
  #readLessThan(): string {
    this.#at++;
    if (this.#peek() !== '<') return '<';
    this.#at++;
    let spaces = '';
    while (/^[\t\r ]$/.test(this.#peek() ?? '')) spaces += this.#next();
    return `<<${spaces}`;
  }

  #readSingleQuoted(): string {
    const quote = this.#keepMarks ? "'" : '';
    const end = this.#chars.indexOf("'", this.#at + 1);
    if (end === -1) throw new ExpansionError('a single quote is not closed');
    const text = this.#chars.slice(this.#at + 1, end).join('');
    this.#at = end + 1;
    return quote + text + quote;
  }

  #readDoubleQuoted(): string {
    const quote = this.#keepMarks ? '"' : '';
    this.#at++;
    let text = quote;
    while (this.#peek() !== '"') {
      const char = this.#peek();
      if (char === undefined) throw new ExpansionError('a double quote is not closed');
      text += char === '$' ? this.#readVariable() : this.#readQuotedChar();
    }
    this.#at++;
    return text + quote;
  }

  #readQuotedChar(): string {
    const char = this.#next() ?? '';
    if (char !== this.#escapeChar) return char;
    const kept = this.#keepEscapes ? char : '';
    const following = this.#peek();
    if (following === undefined) return kept;
    if (following !== '"' && following !== '$' && following !== this.#escapeChar) return kept + char;
    this.#at++;
    return kept + following;
  }

  #readVariable(): string {
    this.#at++;
    if (this.#peek() !== '{') {
      const name = this.#readName();
      return name === '' ? '$' : this.#value(name, `$${name}`);
    }
    this.#at++;
    const first = this.#peek();
    if (first === undefined) throw new ExpansionError('"}" is missing');
    if ('{}:'.includes(first)) throw new ExpansionError(`"\${${first}" is no substitution`);
    const name = this.#readName();
    let operator = this.#next();
    if (operator === undefined) throw new ExpansionError('"}" is missing');
    if (operator === '}') return this.#value(name, `\${${name}}`);
    if (operator === '/') return this.#replace(name);
    const colon = operator === ':';
    if (colon) operator = this.#next() ?? '';
    if (!(colon ? '+-?' : '+-?#%').includes(operator) || operator === '') {
      throw new ExpansionError(`"${colon ? ':' : ''}${operator}" is no operator inside \${…}`);
    }
    return '#%'.includes(operator) ? this.#trim(name, operator) : this.#choose(name, operator, colon);
  }

  /** Digits, or one special sign, or a name; nothing when none of them follows. */
  #readName(): string {
    const first = this.#peek() ?? '';
    if (/^[@*#?\-$!]$/.test(first)) return this.#next() ?? '';
    const belongs = /^\p{Nd}$/u.test(first) ? /^\p{Nd}$/u : /^[\p{L}\p{Nd}_]$/u;
    let name = '';
    while (belongs.test(this.#peek() ?? '')) name += this.#next();
    return name;
  }

  /** `${X:-d}`, `${X:+a}`, `${X:?e}` and the same without colon; what was not chosen does not count as needed. */
  #choose(name: string, operator: string, emptyIsUnset: boolean): string {
    const mark = this.#mark();
    const word = this.readUntil('}', false);
    const value = this.#lookup?.(name);
    if (this.#lookup === undefined) return `\${${name}${emptyIsUnset ? ':' : ''}${operator}${word}}`;
    if (value === null) {
      this.#forgetAfter(mark);
      return this.#value(name, '');
    }
    const given = value !== undefined && !(emptyIsUnset && value === '');
    if (operator === '?' && !given) {
      const rule = value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
      throw new ExpansionError(`${name}: ${word === '' ? rule : word}`);
    }
    if (operator === '-' ? !given : operator === '+' && given) return word;
    this.#forgetAfter(mark);
    return operator === '+' ? '' : (value ?? '');
  }

  #trim(name: string, operator: string): string {
    const word = this.readUntil('}', true);
    if (this.#lookup === undefined) return `\${${name}${operator}${word}}`;
    const longest = word.startsWith(operator);
    const pattern = longest ? word.slice(1) : word;
    const trim = operator === '#' ? withoutPrefix : withoutSuffix;
    return trim(this.#value(name, ''), pattern, longest);
  }

  #replace(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#at++;
    const pattern = this.readUntil('/', true);
    const replacement = this.readUntil('}', true);
    if (this.#lookup === undefined) return `\${${name}/${pattern}/${replacement}}`;
    return (all ? replaceAll : replaceFirst)(this.#value(name, ''), pattern, replacement);
  }

  #value(name: string, written: string): string {
    if (this.#lookup === undefined) return written;
    const value = this.#lookup(name);
    if (value === undefined) this.unset.push(name);
    if (value === null) this.unknown.push(name);
    this.#length += value?.length ?? 0;
    if (this.#length > LONGEST) throw new ExpansionError(`it has more than ${LONGEST} characters`);
    return value ?? '';
  }

  #mark(): { unset: number; unknown: number } {
    return { unset: this.unset.length, unknown: this.unknown.length };
  }

  #forgetAfter(mark: { unset: number; unknown: number }): void {
    this.unset.length = mark.unset;
    this.unknown.length = mark.unknown;
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #next(): string | undefined {
    return this.#chars[this.#at++];
  }
}

/** Whether a character is white space by Unicode, as Go's `unicode.IsSpace` has it. */
export function isSpace(char: string): boolean {
  return /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/.test(char);
}
