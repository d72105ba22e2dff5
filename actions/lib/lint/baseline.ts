/** Findings that are known: a project may begin with lint and mend later what it has. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { fingerprint } from './fingerprint.ts';
import type { PlacedFinding } from './placed-finding.ts';

/** How often each finding is known; the key is rule, file and fingerprint. */
export type Baseline = ReadonlyMap<string, number>;

interface Entry {
  readonly rule: string;
  readonly file: string;
  readonly fingerprint: string;
  /** 1 where it is left out. */
  readonly count?: number;
}

/** What there is as what is known. */
export function baselineOf(findings: readonly PlacedFinding[]): Baseline {
  const counts = new Map<string, number>();
  for (const placed of findings) counts.set(keyFor(placed), (counts.get(keyFor(placed)) ?? 0) + 1);
  return counts;
}

/** Writes what there is as what is known, in an order that keeps changes small. */
export function printBaseline(findings: readonly PlacedFinding[]): string {
  const counts = new Map<string, { readonly entry: Entry; count: number }>();
  for (const placed of findings) {
    const { rule, file } = placed.finding;
    const entry: Entry = { file, rule, fingerprint: fingerprint(placed) };
    const known = counts.get(keyOf(entry));
    if (known === undefined) counts.set(keyOf(entry), { entry, count: 1 });
    else known.count += 1;
  }
  const lines = [...counts.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { entry, count }]) => `    ${JSON.stringify(count === 1 ? entry : { ...entry, count })}`);
  return `{\n  "version": 1,\n  "findings": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

/**
 * Reads what is known.
 * @throws DarkroomError `lint/bad-baseline` of kind `use`
 */
export function parseBaseline(text: string, file: string): Baseline {
  const written = readJson(text);
  const entries = isRecord(written) && written.version === 1 ? written.findings : undefined;
  if (Array.isArray(entries) && entries.every(isEntry)) {
    const counts = new Map<string, number>();
    for (const entry of entries)
      counts.set(keyOf(entry), (counts.get(keyOf(entry)) ?? 0) + (entry.count ?? 1));
    return counts;
  }
  const message = `this is no baseline of "darkroom lint"; expected what --write-baseline writes`;
  throw new DarkroomError({ code: 'lint/bad-baseline', place: { file }, message }, { kind: 'use' });
}

/** Takes away what is known. `gone` counts what is known and is there no longer. */
export function withoutKnown(
  findings: readonly PlacedFinding[],
  baseline: Baseline,
): { readonly fresh: readonly PlacedFinding[]; readonly gone: number } {
  const left = new Map(baseline);
  const fresh = findings.filter((placed) => {
    const key = keyFor(placed);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0;
  });
  return { fresh, gone: [...left.values()].reduce((sum, count) => sum + count, 0) };
}

function keyFor(placed: PlacedFinding): string {
  const { rule, file } = placed.finding;
  return keyOf({ rule, file, fingerprint: fingerprint(placed) });
}

function keyOf({ file, rule, fingerprint: print }: Entry): string {
  return JSON.stringify([file, rule, print]);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isEntry(value: unknown): value is Entry {
  if (!isRecord(value)) return false;
  const { rule, file, fingerprint: print, count = 1 } = value;
  const areTexts = [rule, file, print].every((one) => typeof one === 'string');
  return areTexts && Number.isSafeInteger(count) && Number(count) > 0;
}
