/** Finds the values that hang on variables: a file resolved once more, with another value for one of them, tells. */
import type { BakeFile, BakeTarget } from './bake-file.ts';

/** A value of a target that hangs on a variable. */
export interface Influence {
  readonly variable: string;
  /** The value when the variable is something else. */
  readonly otherwise: string;
}

/** By target, then by value: `args.VERSION`, `tags.0`, `context`. */
export type Influences = ReadonlyMap<string, ReadonlyMap<string, readonly Influence[]>>;

/**
 * Compares a file with what it is when single variables have another value.
 * @param probes by variable
 */
export function findInfluences(file: BakeFile, probes: ReadonlyMap<string, BakeFile>): Influences {
  return new Map(
    [...file.values()].map((target) => {
      const found = new Map<string, Influence[]>();
      for (const [variable, probe] of probes) {
        const other = probe.get(target.name);
        if (other === undefined) continue;
        const values = valuesOf(other);
        for (const [path, value] of valuesOf(target)) {
          const otherwise = values.get(path);
          if (otherwise === undefined || otherwise === value) continue;
          found.set(path, [...(found.get(path) ?? []), { variable, otherwise }]);
        }
      }
      return [target.name, found];
    }),
  );
}

function valuesOf(target: BakeTarget): ReadonlyMap<string, string> {
  const record = (name: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([key, value]) => [`${name}.${key}`, value] as const);
  return new Map([
    ['context', target.context],
    ['dockerfile', target.dockerfile],
    ['target', target.target ?? ''],
    ...record('args', target.args),
    ...record('labels', target.labels),
    ...record('contexts', target.contexts),
    ...target.tags.map((tag, index) => [`tags.${index}`, tag] as const),
    ...target.platforms.map((platform, index) => [`platforms.${index}`, platform] as const),
  ]);
}
