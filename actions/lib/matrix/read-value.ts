/**
 * Owns reading YAML values into what the matrix needs. A reader returns `undefined` for a value that is wrong and says
 * why in `problems`; the caller goes on, so that every problem is found at once.
 */
import type { Place, Problem } from '../errors/darkroom-error.ts';
import { listNames, nearestName } from '../errors/nearest-name.ts';
import { quote } from './quote.ts';
import type { ValueKind } from './value-kinds.ts';
import { isOfKind } from './value-kinds.ts';
import type { YamlEntry, YamlScalar, YamlValue } from './yaml-tree.ts';

/** Reads one value; `path` names it in messages (`images.pose.tags`). */
export type Read<T> = (value: YamlValue, path: string, problems: Problem[]) => T | undefined;

/** A value and where it stands, for checks that need other parts of the file. */
export interface Placed<T> {
  readonly value: T;
  readonly place: Place;
}

/** Reads text of a kind; numbers, `true` and nothing are refused. */
export function text(kind: ValueKind): Read<string> {
  return (value, path, problems) => {
    if (value.kind !== 'scalar' || value.type === 'null')
      return wrongType(value, path, kind.expected, problems);
    if (value.type !== 'text') {
      const meant = isOfKind(kind, value.text) ? value.text : mend(kind, value.text);
      const hint = meant === undefined ? undefined : `Write it in quotes: ${quote(meant)}.`;
      return wrongType(value, path, `text: ${kind.expected}`, problems, hint);
    }
    return checkText(kind, value, path, problems);
  };
}

/** Reads text, a number or `true`/`false` as the characters that were written; `kind` narrows which. */
export function asWritten(kind?: ValueKind, code: Problem['code'] = 'matrix/bad-value'): Read<string> {
  return (value, path, problems) => {
    if (value.kind !== 'scalar' || value.type === 'null') {
      const name = path.slice(path.lastIndexOf('.') + 1);
      const hint = value.kind === 'scalar' ? `Write ${name}: "" for an empty value.` : undefined;
      const expected = kind?.expected ?? 'text, a number, true or false';
      return wrongType(value, path, expected, problems, kind === undefined ? hint : undefined);
    }
    if (kind === undefined) return value.text;
    // A number's spelling is lost on whoever reads the value only, so that flaw has its own code.
    return checkText(kind, value, path, problems, value.type === 'number' ? code : 'matrix/bad-value');
  };
}

/** Reads one of the words. */
export function oneOf<const T extends string>(words: readonly T[]): Read<T> {
  return (value, path, problems) => {
    const word = value.kind === 'scalar' && value.type === 'text' ? value.text : undefined;
    if (word === undefined) return wrongType(value, path, words.join(' or '), problems);
    const known = words.find((one) => one === word);
    if (known !== undefined) return known;
    const message = `${path} ${quote(word)} is not known; expected one of ${listNames(words)}.`;
    problems.push({
      code: 'matrix/bad-value',
      place: value.place,
      message,
      ...didYouMean(nearestName(word, words)),
    });
    return undefined;
  };
}

/** Reads one exact number. */
export function exactly<const N extends number>(number: N, hint: string): Read<N> {
  return (value, path, problems) => {
    if (value.kind === 'scalar' && value.type === 'number' && Number(value.text) === number) return number;
    return wrongType(value, path, String(number), problems, hint);
  };
}

/** Reads a list; wrong items are reported and left out. */
export function list<T>(item: Read<T>, example: string): Read<readonly T[]> {
  return (value, path, problems) => {
    if (value.kind !== 'list') return wrongType(value, path, `a list, such as ${example}`, problems);
    return value.items.map((one) => item(one, path, problems)).filter((one) => one !== undefined);
  };
}

/** Reads a list of texts of which none occurs twice; `filled` refuses the empty list. */
export function distinct<T extends string>(
  item: Read<T>,
  example: string,
  filled = false,
): Read<readonly Placed<T>[]> {
  const readList = list(placed(item), example);
  return (value, path, problems) => {
    const items = readList(value, path, problems);
    if (filled && value.kind === 'list' && value.items.length === 0) {
      return wrongType(value, path, `a list with something in it, such as ${example}`, problems);
    }
    const seen = new Set<string>();
    return items?.filter((one) => {
      const isNew = !seen.has(one.value);
      seen.add(one.value);
      const message = `${path} ${quote(one.value)} is written twice.`;
      if (!isNew) problems.push({ code: 'matrix/duplicate', place: one.place, message });
      return isNew;
    });
  };
}

/** Reads one value, or a list of them. */
export function oneOrMany<T>(item: Read<T>): Read<readonly T[]> {
  return (value, path, problems) => {
    const items = value.kind === 'list' ? value.items : [value];
    return items.map((one) => item(one, path, problems)).filter((one) => one !== undefined);
  };
}

/** Adds to a value where it stands. */
export function placed<T>(read: Read<T>): Read<Placed<T>> {
  return (value, path, problems) => {
    const inner = read(value, path, problems);
    return inner === undefined ? undefined : { value: inner, place: value.place };
  };
}

/** Reads a map whose keys the user chooses, in the order written; `key` says what a key may look like. */
export function entries<T>(
  key: ValueKind,
  entry: (one: YamlEntry, path: string, problems: Problem[]) => T | undefined,
): Read<readonly T[]> {
  return (value, path, problems) => {
    if (value.kind !== 'map') return wrongType(value, path, 'a map', problems);
    return value.entries
      .map((one) => {
        checkText(key, { text: one.key, place: one.keyPlace }, path, problems);
        return entry(one, childPath(path, one.key), problems);
      })
      .filter((one) => one !== undefined);
  };
}

/** Reads a map from names to values into a record that is safe for any name, `__proto__` included. */
export function record(key: ValueKind, read: Read<string>): Read<Readonly<Record<string, string>>> {
  const readEntries = entries(key, (one, path, problems): [string, string] | undefined => {
    const value = read(one.value, path, problems);
    return value === undefined ? undefined : [one.key, value];
  });
  return (value, path, problems) => {
    const pairs = readEntries(value, path, problems);
    return pairs === undefined ? undefined : toRecord(pairs);
  };
}

/** Returns a record without a prototype: `constructor` is in it only when it was put in. */
export function toRecord<T>(pairs: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.assign(Object.create(null), Object.fromEntries(pairs)) as Record<string, T>;
}

/** Reads a map with known options; unknown ones are reported with the nearest known name. */
export function fields<T extends object>(
  readers: { readonly [K in keyof T]-?: Read<T[K]> },
): Read<Partial<T>> {
  const names = Object.keys(readers) as (keyof T & string)[];
  return (value, path, problems) => {
    if (value.kind !== 'map') return wrongType(value, path, `a map with ${listNames(names)}`, problems);
    const result: Partial<T> = {};
    for (const one of value.entries) {
      const name = names.find((known) => known === one.key);
      if (name === undefined) {
        const owner = path === '' ? 'the matrix' : path;
        const message = `${owner} has an unknown option ${quote(one.key)}; allowed: ${listNames(names)}.`;
        const hint = didYouMean(nearestName(one.key, names));
        problems.push({ code: 'matrix/unknown-option', place: one.keyPlace, message, ...hint });
        continue;
      }
      const read = readers[name](one.value, childPath(path, name), problems);
      if (read !== undefined) result[name] = read;
    }
    return result;
  };
}

/** Names a value inside another: `images.pose`; odd names stand in quotes. */
export function childPath(path: string, key: string): string {
  const name = /^[\w.-]{1,128}$/.test(key) ? key : quote(key);
  return path === '' ? name : `${path}.${name}`;
}

/** Reports a value of the wrong type; always returns `undefined`. */
export function wrongType(
  value: YamlValue,
  path: string,
  expected: string,
  problems: Problem[],
  hint?: string,
): undefined {
  const found =
    value.kind !== 'scalar'
      ? `is a ${value.kind}`
      : value.type === 'null'
        ? 'has no value'
        : `is ${quote(value.text)}`;
  const message = `${path === '' ? 'the matrix' : path} ${found}; expected ${expected}.`;
  problems.push({
    code: 'matrix/wrong-type',
    place: value.place,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  return undefined;
}

/** "Did you mean …?", when there is something to mean. */
export function didYouMean(name: string | undefined): { hint?: string } {
  return name === undefined ? {} : { hint: `Did you mean ${quote(name)}?` };
}

function checkText(
  kind: ValueKind,
  value: Pick<YamlScalar, 'text' | 'place'>,
  path: string,
  problems: Problem[],
  code: Problem['code'] = 'matrix/bad-value',
): string | undefined {
  if (isOfKind(kind, value.text)) return value.text;
  const tooLong = value.text.length > kind.maxLength;
  const flaw = tooLong
    ? `has ${value.text.length} characters; at most ${kind.maxLength} are allowed`
    : `is not ${kind.what}; expected ${kind.expected}`;
  const hint = didYouMean(tooLong ? undefined : mend(kind, value.text));
  problems.push({ code, place: value.place, message: `${path} ${quote(value.text)} ${flaw}.`, ...hint });
  return undefined;
}

function mend(kind: ValueKind, wrong: string): string | undefined {
  const mended = kind.mend?.(wrong);
  return mended !== undefined && isOfKind(kind, mended) ? mended : undefined;
}
