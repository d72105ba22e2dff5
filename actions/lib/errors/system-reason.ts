import { getSystemErrorMessage } from 'node:util';

/** What the operating system says of a failure, such as "permission denied"; for an error of another kind its code or "unknown". */
export function systemReason(error: unknown): string {
  const { errno, code = 'unknown' } = error as NodeJS.ErrnoException;
  return typeof errno === 'number' && errno < 0 ? getSystemErrorMessage(errno) : code;
}
