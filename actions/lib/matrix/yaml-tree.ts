/** Owns reading YAML into plain values that know where they stand; aliases and merge keys are resolved here. */
import type { Pair } from 'yaml';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  parseDocument,
} from 'yaml';
import type { Place, Problem } from '../errors/darkroom-error.ts';
import { nearestName } from '../errors/nearest-name.ts';
import { quote } from './quote.ts';

/** A value and where it stands; behind an alias that is where its anchor stands. */
export type YamlValue = YamlScalar | YamlList | YamlMap;

/** What every value has. */
interface Located {
  readonly place: Place;
  /** Offsets in the text, `end` exclusive; behind an alias those of its anchor. */
  readonly start: number;
  readonly end: number;
  /** Values in it, itself included, with aliases counted as often as they are used. */
  readonly size: number;
}

/** Text, a number, `true`/`false`, or nothing. */
export interface YamlScalar extends Located {
  readonly kind: 'scalar';
  readonly type: 'text' | 'number' | 'boolean' | 'null';
  /** Characters as written, without quotes: `1.10` stays `1.10`. */
  readonly text: string;
}

/** A sequence. */
export interface YamlList extends Located {
  readonly kind: 'list';
  readonly items: readonly YamlValue[];
}

/** A mapping; keys are text and occur once. */
export interface YamlMap extends Located {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
}

/** One key with its value. */
export interface YamlEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly keyStart: number;
  readonly value: YamlValue;
}

/** Far above any real matrix (256 images make some 10,000), low enough to be read in an instant. */
const MAX_VALUES = 200_000;

interface Reading {
  readonly file: string;
  readonly lines: LineCounter;
  readonly problems: Problem[];
  /** By name; `null` while the anchored value itself is being read. */
  readonly anchors: Map<string, YamlValue | null>;
}

const AS_WRITTEN = { version: '1.2', uniqueKeys: false, prettyErrors: false } as const;

/** Returns the one document of a YAML 1.2 text and what is wrong with it; there is no `root` when it cannot be read at all. */
export function parseYamlTree(text: string, file: string): { root?: YamlValue; problems: Problem[] } {
  if (isBottomless(text)) return { problems: [bottomless(file)] };
  const lineCounter = new LineCounter();
  return readDocument(parseDocument(text, { ...AS_WRITTEN, lineCounter }), file, lineCounter);
}

/** Returns what every document of a YAML text holds, without those that cannot be read. */
export function parseYamlDocuments(text: string, file: string): readonly YamlValue[] {
  if (isBottomless(text)) return [];
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { ...AS_WRITTEN, lineCounter });
  return Array.isArray(documents)
    ? documents.flatMap((document) => readDocument(document, file, lineCounter).root ?? [])
    : [];
}

/** The first thing that keeps a YAML text, of one document or several, from being read; `null` where nothing does. */
export function yamlSyntax(text: string, file: string): Problem | null {
  if (isBottomless(text)) return bottomless(file);
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { ...AS_WRITTEN, lineCounter });
  const first = Array.isArray(documents) ? documents.find(({ errors }) => errors.length > 0) : undefined;
  return (first && readDocument(first, file, lineCounter).problems[0]) ?? null;
}

/** The parser takes half a gigabyte to say that a million brackets are too many; texts in a file may hold some that stay open. */
const DEEPEST = 10_000;

function isBottomless(text: string): boolean {
  let depth = 0;
  for (const [sign] of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (sign === '[' || sign === '{' ? 1 : -1));
    if (depth > DEEPEST) return true;
  }
  return false;
}

function bottomless(file: string): Problem {
  const message = `not readable as YAML: ${describe('RESOURCE_EXHAUSTION', '')}.`;
  return { code: 'yaml/syntax', place: { file, line: 1, column: 1 }, message };
}

function readDocument(
  document: Document,
  file: string,
  lines: LineCounter,
): { root?: YamlValue; problems: Problem[] } {
  const reading: Reading = { file, lines, problems: [], anchors: new Map() };
  // Nesting beyond the stack is reported once per level: the first says it all.
  const exhausted = document.errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  for (const error of exhausted ? [exhausted] : [...document.errors, ...document.warnings]) {
    report(
      reading,
      error.pos[0],
      'yaml/syntax',
      `not readable as YAML: ${describe(error.code, error.message)}.`,
    );
  }
  if (document.errors.length > 0) return { problems: reading.problems };

  const root = convert(document.contents, 0, reading);
  if (root.size <= MAX_VALUES) return { root, problems: reading.problems };
  report(
    reading,
    0,
    'yaml/too-large',
    `the file holds more than ${MAX_VALUES} values once its aliases are written out.`,
  );
  return { problems: reading.problems };
}

function describe(code: string, message: string): string {
  if (code === 'RESOURCE_EXHAUSTION') return 'it is nested too deeply';
  if (code === 'MULTIPLE_DOCS') return 'a second document starts here, expected one';
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function convert(node: unknown, offset: number, reading: Reading): YamlValue {
  if (isAlias(node)) return resolveAlias(node.source, node.range?.[0] ?? offset, reading);
  const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
  if (anchor !== undefined) reading.anchors.set(anchor, null);
  const value = convertNode(node, offset, reading);
  if (anchor !== undefined) reading.anchors.set(anchor, value);
  return value;
}

function convertNode(node: unknown, offset: number, reading: Reading): YamlValue {
  if (isMap(node)) {
    const entries = convertPairs(node.items, reading);
    return {
      kind: 'map',
      ...locate(reading, offset, node.range),
      entries,
      size: sum(entries.map((entry) => entry.value)),
    };
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => convert(item, node.range?.[0] ?? offset, reading));
    return { kind: 'list', ...locate(reading, offset, node.range), items, size: sum(items) };
  }
  if (!isScalar(node)) return { kind: 'scalar', type: 'null', text: '', ...locate(reading, offset), size: 1 };
  const { value, source } = node;
  const text = typeof value === 'string' ? value : (source ?? String(value ?? ''));
  return {
    kind: 'scalar',
    type: scalarType(value),
    text,
    ...locate(reading, offset, node.range),
    size: 1,
  };
}

function scalarType(value: unknown): YamlScalar['type'] {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'number' || typeof value === 'bigint' ? 'number' : 'text';
}

function sum(values: readonly YamlValue[]): number {
  return values.reduce((total, value) => total + value.size, 1);
}

function resolveAlias(name: string, offset: number, reading: Reading): YamlValue {
  const value = reading.anchors.get(name);
  if (value !== undefined && value !== null) return value;
  const near = nearestName(name, reading.anchors.keys());
  const message =
    value === null
      ? `alias "*${name}" stands inside the value it repeats.`
      : `alias "*${name}" has no anchor "&${name}" before it.`;
  const hint = value === undefined && near !== undefined ? `Did you mean "*${near}"?` : undefined;
  report(reading, offset, 'yaml/bad-alias', message, hint);
  return { kind: 'scalar', type: 'null', text: '', ...locate(reading, offset), size: 1 };
}

function convertPairs(pairs: readonly Pair[], reading: Reading): YamlEntry[] {
  const own = new Map<string, YamlEntry>();
  const merged = new Map<string, YamlEntry>();
  for (const { key, value } of pairs) {
    const entry = convertPair(key, value, reading);
    if (entry === undefined) continue;
    const first = own.get(entry.key);
    if (entry.key === '<<' && isScalar(key) && key.type === 'PLAIN') {
      for (const one of mergedEntries(entry, reading)) if (!merged.has(one.key)) merged.set(one.key, one);
    } else if (first === undefined) {
      own.set(entry.key, entry);
    } else {
      const message = `key ${quote(entry.key)} is written twice; it stands in line ${first.keyPlace.line} already.`;
      reading.problems.push({ code: 'yaml/duplicate-key', place: entry.keyPlace, message });
    }
  }
  return [...own.values(), ...[...merged.values()].filter((entry) => !own.has(entry.key))];
}

function convertPair(key: unknown, value: unknown, reading: Reading): YamlEntry | undefined {
  const name = convert(key, 0, reading);
  const end = isScalar(key) || isAlias(key) ? (key.range?.[0] ?? 0) : 0;
  const converted = convert(value, end, reading);
  if (name.kind === 'scalar')
    return { key: name.text, keyPlace: name.place, keyStart: name.start, value: converted };
  const message = `a ${name.kind} cannot be a key; expected text.`;
  reading.problems.push({ code: 'yaml/bad-key', place: name.place, message });
  return undefined;
}

/** `<<: *base` or `<<: [*first, *second]`; the map's own keys win, then the first of the list. */
function mergedEntries(entry: YamlEntry, reading: Reading): readonly YamlEntry[] {
  const sources = entry.value.kind === 'list' ? entry.value.items : [entry.value];
  return sources.flatMap((source) => {
    if (source.kind === 'map') return source.entries;
    const message = '"<<" takes a map or a list of maps, such as "<<: *base".';
    reading.problems.push({ code: 'yaml/bad-merge', place: source.place, message });
    return [];
  });
}

function locate(
  reading: Reading,
  offset: number,
  range?: readonly [number, number, number] | null,
): Pick<YamlValue, 'place' | 'start' | 'end'> {
  const [start, end] = range ?? [offset, offset];
  return { place: placeAt(reading, start), start, end };
}

function placeAt(reading: Reading, offset: number): Place {
  const { line, col } = reading.lines.linePos(offset);
  // Line 0 stands for an offset before the first line: an empty text.
  return { file: reading.file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

function report(
  reading: Reading,
  offset: number,
  code: Problem['code'],
  message: string,
  hint?: string,
): void {
  reading.problems.push({
    code,
    place: placeAt(reading, offset),
    message,
    ...(hint === undefined ? {} : { hint }),
  });
}
