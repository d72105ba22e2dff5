/** Turns what a registry answered into a problem a person can act on. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { PassingFailure, parseRetryAfter } from './passing-failure.ts';

/** Longest piece of a registry's own words that is repeated. */
const MAX_WORDS = 300;

/** One complete answer; the body was read within its limit. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly body: Buffer;
}

/** The error for an answer that is neither success nor "not there"; `doing` reads like `read "ghcr.io/acme/x:1"`. */
export function answerFailure(doing: string, answer: Answer): DarkroomError {
  const problem = { ...classify(answer), message: `Cannot ${doing}: ${describeAnswer(answer)}` };
  if (!isPassing(answer)) return new DarkroomError(problem);
  return new PassingFailure(problem, {
    host: answer.url.host,
    isThrottled: answer.status === 429,
    retryAfterMs: parseRetryAfter(answer.headers.get('retry-after'), Date.now()),
  });
}

/** Whether the same request may be answered otherwise a little later. */
export function isPassing({ status }: Answer): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** What was answered, as a sentence: `ghcr.io answered 403: DENIED no entry.` */
export function describeAnswer(answer: Answer): string {
  const words = registryWords(answer.body).replace(/[.\s]+$/, '');
  return `${answer.url.host} answered ${answer.status}${words === '' ? '' : `: ${words}`}.`;
}

/** The error for an answer that contradicts itself, the specification, or what was asked for. */
export function badAnswer(doing: string, what: string, reason = 'bad-answer'): DarkroomError {
  return new DarkroomError({
    code: `registry/${reason}`,
    message: `Cannot ${doing}: ${what}.`,
    hint: 'What the registry sent cannot be trusted and was not used. Check the address and whatever stands between here and the registry.',
  });
}

/** A text from outside on one line: bounded, and without characters that could move a terminal's cursor. */
export function tame(text: string): string {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return plain.length > MAX_WORDS ? `${plain.slice(0, MAX_WORDS)}…` : plain;
}

function classify({ status, headers }: Answer): Pick<Problem, 'code' | 'hint'> {
  if (status === 401 || status === 403) {
    return {
      code: 'registry/denied',
      hint: 'The repository is private, does not exist, or this access is not granted: check its name and the permission.',
    };
  }
  if (status === 404) {
    return { code: 'registry/not-found', hint: 'Check the name, or create the repository first.' };
  }
  if (status === 405 || status === 501) {
    return { code: 'registry/unsupported', hint: 'This registry does not offer that operation.' };
  }
  if (status === 429) {
    const afterMs = parseRetryAfter(headers.get('retry-after'), Date.now());
    const wait = afterMs === undefined ? 'Wait a few minutes' : `Wait ${Math.ceil(afterMs / 1000)} seconds`;
    return { code: 'registry/throttled', hint: `${wait}, or log in for a higher limit.` };
  }
  if (status >= 500) {
    return { code: 'registry/unavailable', hint: "The fault is on the registry's side: try again later." };
  }
  if (status >= 300 && status < 400) {
    return { code: 'registry/redirected', hint: 'Write the address the registry really has.' };
  }
  return { code: 'registry/unexpected-status' };
}

/** The registry's own explanation: `CODE message` of its first errors, or the start of a plain text. */
function registryWords(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    const errors = (JSON.parse(text) as { errors?: unknown } | null)?.errors;
    if (!Array.isArray(errors)) return tame(text);
    return tame(errors.slice(0, 3).map(errorWords).join('; '));
  } catch {
    // A proxy's HTML page explains nothing on one line.
    return /^\s*</.test(text) ? '' : tame(text);
  }
}

function errorWords(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return [code, message].filter((part) => typeof part === 'string').join(' ');
}
