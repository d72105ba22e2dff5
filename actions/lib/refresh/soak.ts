/** How long something must have stood before it is taken over, and what its age is measured from. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { quote } from '../matrix/quote.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 365 * 86_400_000;

/** No older than git; what builds the same bytes every time dates them 1970 or 1980. */
const OLDEST = Date.parse('2005-04-07T00:00:00Z');
/** Clocks differ by minutes; whoever is further ahead says nothing of the age. */
const DRIFT_MS = 10 * 60_000;

/** Reads `90m`, `24h`, `3d` or `0`, in milliseconds. @throws DarkroomError `input/soak` */
export function parseSoak(text: string): number {
  const [, count, unit = 'm'] = /^(\d{1,6})(m|h|d)$/.exec(text) ?? (text === '0' ? ['', '0'] : []);
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (ms <= LONGEST_MS) return ms;
  throw new DarkroomError(
    {
      code: 'input/soak',
      message: `The soak time is ${quote(text)}; expected minutes, hours or days, at most a year: "90m", "24h", "3d", or "0" for none.`,
    },
    { kind: 'use' },
  );
}

/** A soak time as it is written. */
export function formatSoak(ms: number): string {
  const unit = ['d', 'h'].find((one) => ms > 0 && ms % (UNITS[one] ?? 1) === 0) ?? 'm';
  return ms === 0 ? '0' : `${ms / (UNITS[unit] ?? 1)}${unit}`;
}

/** The newest of the dates that can be dates; `null` where there is none. Milliseconds. */
export function plausibleDate(dates: readonly number[], now: number): number | null {
  const known = dates.filter((date) => !Number.isNaN(date));
  // One date in the future is no date, and makes the others beside it doubtful.
  if (known.some((date) => date > now + DRIFT_MS)) return null;
  const newest = Math.max(...known.filter((date) => date >= OLDEST));
  return Number.isFinite(newest) ? newest : null;
}
