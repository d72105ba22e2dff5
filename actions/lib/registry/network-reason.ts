import { tame } from './registry-failure.ts';

/** A network failure's own words for what happened, with its code: `ECONNREFUSED`, `ENOTFOUND`, a certificate's fault, … */
export function networkReason(error: unknown): string {
  // `fetch` says only "fetch failed"; what happened stands in the cause.
  const { cause } = (error ?? {}) as { cause?: unknown };
  const { code, message } = (cause ?? error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof message !== 'string') return tame(String(cause ?? error));
  return tame(typeof code !== 'string' || message.includes(code) ? message : `${code} ${message}`);
}
