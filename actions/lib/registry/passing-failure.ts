import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';

/** A failure that may be gone when the same is asked again. */
export class PassingFailure extends DarkroomError {
  /** Who failed: `host[:port]`. */
  readonly host: string;
  /** How often it makes sense to try in all. */
  readonly tries: number;
  /** Set where the host asked for fewer requests. */
  readonly isThrottled: boolean;
  /** How long the host asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    problems: Problem | readonly Problem[],
    passing: {
      readonly host: string;
      readonly tries?: number;
      readonly isThrottled?: boolean;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(problems, { cause: passing.cause });
    this.host = passing.host;
    this.tries = passing.tries ?? 4;
    this.isThrottled = passing.isThrottled ?? false;
    this.retryAfterMs = passing.retryAfterMs;
  }
}

/** Reads a `Retry-After` header, in seconds or as a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1000;
  // Only the form of HTTP: Date.parse takes almost anything.
  const date = /^\s*[A-Z][a-z]{2,8}, .* GMT\s*$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
