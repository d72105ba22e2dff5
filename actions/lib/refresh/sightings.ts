/** When what has no date of its own was seen first. */
import { createHash } from 'node:crypto';
import type { LockChange } from '../upstream/resolve-upstreams.ts';

/** What was seen, by {@link changeId}. Times in milliseconds. */
export type Sightings = Readonly<Record<string, { readonly pin: string; readonly at: number }>>;

/** Port: where they are kept from one run to the next. */
export interface SightingStore {
  read(): Promise<Sightings>;
  write(sightings: Sightings): Promise<void>;
}

/** Names an upstream for as long as it is in the lock. */
export function changeId({ kind, what }: Pick<LockChange, 'kind' | 'what'>): string {
  return `${kind} ${what}`;
}

/** Short name of one upstream at one pin, for texts that others may read back to us. */
export function pinId(change: Pick<LockChange, 'kind' | 'what'>, pin: string): string {
  return createHash('sha256')
    .update(`${changeId(change)}\n${pin}`)
    .digest('hex')
    .slice(0, 12);
}

/** Notes what has no date; what stood there before, or is of no interest any more, is forgotten. */
export function noteSightings(undated: readonly LockChange[], before: Sightings, now: number): Sightings {
  const entries = undated.flatMap((change) => {
    const { to } = change;
    if (to === null) return [];
    const known = Object.hasOwn(before, changeId(change)) ? before[changeId(change)] : undefined;
    // A clock that was ahead must not hold it back for ever.
    const at = known?.pin === to ? Math.min(known.at, now) : now;
    return [[changeId(change), { pin: to, at }] as const];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads kept sightings; what cannot be read was never seen. */
export function parseSightings(text: string | null): Sightings {
  const found: unknown = parseJson(text ?? '{}');
  if (typeof found !== 'object' || found === null) return {};
  return Object.fromEntries(
    Object.entries(found).flatMap(([id, value]) => {
      const { pin, at } = (value ?? {}) as { pin?: unknown; at?: unknown };
      return typeof pin === 'string' && Number.isSafeInteger(at) ? [[id, { pin, at: at as number }]] : [];
    }),
  );
}

/** Prints them the same way every time. */
export function printSightings(sightings: Sightings): string {
  return `${JSON.stringify(sightings, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
