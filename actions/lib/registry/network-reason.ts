import { tame } from './registry-failure.ts';

/** A network failure's own words for what happened, with its code: `ECONNREFUSED`, `ENOTFOUND`, a certificate's fault, … */
export function networkReason(error: unknown): string {
  // `fetch` says only "fetch failed"; what happened stands in the cause.
  const { cause } = (error ?? {}) as { cause?: unknown };
  const { message } = (cause ?? error ?? {}) as { message?: unknown };
  const code = networkCode(error);
  if (typeof message !== 'string') return tame(String(cause ?? error));
  return tame(code === undefined || message.includes(code) ? message : `${code} ${message}`);
}

/** The code of a network failure, such as `ECONNRESET`. */
export function networkCode(error: unknown): string | undefined {
  const { cause } = (error ?? {}) as { cause?: unknown };
  const { code } = (cause ?? error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
