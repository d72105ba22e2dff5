/** A value of a configuration file, whatever language it is written in; YAML and JSON come from `matrix/yaml-tree.ts`. */
import type { Span } from '../finding.ts';

/** Stands in a text for what is filled in elsewhere; no file that is read holds it. */
export const UNKNOWN = '\0';

/** Stands in a text for the commit that is built: it is not known, but it is no name such as `latest`. */
export const SOME_COMMIT = '0'.repeat(40);

/** `size` of YAML is left out: limits are kept where it is read. */
export type ConfigValue = Span &
  (
    | { readonly kind: 'scalar'; readonly text: string; readonly reference?: string }
    | { readonly kind: 'list'; readonly items: readonly ConfigValue[] }
    | { readonly kind: 'map'; readonly entries: readonly ConfigEntry[] }
  );

/** One key with its value. */
export interface ConfigEntry {
  readonly key: string;
  readonly keyStart: number;
  readonly value: ConfigValue;
}

/** A text with its place. */
export interface PlacedText extends Span {
  /** Holds `UNKNOWN` for every part that is not known. */
  readonly text: string;
}

/** What stands behind keys, one inside the other. */
export function at(value: ConfigValue | undefined, ...keys: readonly string[]): ConfigValue | undefined {
  return keys.reduce<ConfigValue | undefined>((found, key) => entryAt(found, key)?.value, value);
}

/** A key of a map with its value. */
export function entryAt(value: ConfigValue | undefined, key: string): ConfigEntry | undefined {
  return value?.kind === 'map' ? value.entries.find((entry) => entry.key === key) : undefined;
}

/** The same for keys that are spelled in several ways, such as `Name` and `name`. */
export function atAny(value: ConfigValue | undefined, ...keys: readonly string[]): ConfigValue | undefined {
  return keys.map((key) => at(value, key)).find((found) => found !== undefined);
}

/** Items of a list; nothing for anything else. */
export function itemsOf(value: ConfigValue | undefined): readonly ConfigValue[] {
  return value?.kind === 'list' ? value.items : [];
}

/** Keys with values of a map; nothing for anything else. */
export function entriesOf(value: ConfigValue | undefined): readonly ConfigEntry[] {
  return value?.kind === 'map' ? value.entries : [];
}

/** A scalar with its place; `null` for anything else. */
export function textOf(value: ConfigValue | undefined): PlacedText | null {
  return value?.kind === 'scalar' ? { text: value.text, start: value.start, end: value.end } : null;
}

/** Words of a command; `null` where it is none, or not all of it is known. */
export function wordsOf(value: ConfigValue | undefined): readonly PlacedText[] | null {
  if (value?.kind !== 'list') return null;
  const words = value.items.flatMap((item) => textOf(item) ?? []);
  return words.length === value.items.length ? words : null;
}

/** Whether all of a text is known. */
export function isKnown({ text }: PlacedText): boolean {
  return !text.includes(UNKNOWN);
}

/** Every map in a value, itself included, from the outside in. */
export function* mapsIn(
  value: ConfigValue | undefined,
  deepest = 40,
): Iterable<ConfigValue & { kind: 'map' }> {
  if (value === undefined || value.kind === 'scalar' || deepest === 0) return;
  if (value.kind === 'map') yield value;
  const inside = value.kind === 'map' ? value.entries.map((entry) => entry.value) : value.items;
  for (const one of inside) yield* mapsIn(one, deepest - 1);
}
