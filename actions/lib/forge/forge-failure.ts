/** Turns what a forge answered, or did not, into a problem a person can act on. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { PassingFailure, parseRetryAfter } from '../registry/passing-failure.ts';
import { tame } from '../registry/registry-failure.ts';

/** One complete answer. */
export interface ForgeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly host: string;
  readonly body: Buffer;
}

/** A failure that may be gone when the same is asked again. */
export class ForgeFailure extends PassingFailure {
  /** Whether what was asked for may have happened all the same. */
  readonly mayHaveHappened: boolean;

  constructor(
    problem: Problem,
    options: ConstructorParameters<typeof PassingFailure>[1] & { readonly mayHaveHappened: boolean },
  ) {
    super(problem, options);
    this.mayHaveHappened = options.mayHaveHappened;
  }
}

/** A limit that is told without a time: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const UNTOLD_WAIT_MS = 60_000;

/**
 * The error for an answer that is no success; `doing` reads like `read the run 5`.
 * @param now the forge's time
 * @param needs permissions without which it cannot be one, in words
 */
export function answerFailure(
  doing: string,
  answer: ForgeAnswer,
  now: number,
  needs = 'more permissions',
): DarkroomError {
  const { status, host } = answer;
  const said = forgeWords(answer.body);
  const words = said === '' ? '' : `: ${said.replace(/[.\s]+$/, '')}`;
  const message = `Cannot ${doing}: ${host} answered ${status}${words}.`;
  if (isThrottled(answer)) {
    const retryAfterMs = throttledFor(answer, now);
    const at = new Date(now + retryAfterMs).toISOString().slice(11, 16);
    const problem = {
      code: 'forge/throttled',
      message,
      hint: `It may be asked again at ${at} UTC.`,
    } as const;
    return new ForgeFailure(problem, { host, isThrottled: true, retryAfterMs, mayHaveHappened: false });
  }
  if (status >= 500) {
    return new ForgeFailure({ code: 'forge/unavailable', message }, { host, mayHaveHappened: true });
  }
  return new DarkroomError({ ...classify(status, needs), message });
}

/** The error for an answer that is not what the forge's description promises. */
export function badAnswer(doing: string, what: string): DarkroomError {
  return new DarkroomError({
    code: 'forge/bad-answer',
    message: `Cannot ${doing}: ${what}.`,
    hint: 'Check the address of the server, and what stands between here and it.',
  });
}

/** Whether the forge asks for patience, which it may say as 403 too. */
export function isThrottled({ status, headers, body }: ForgeAnswer): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  const isSpent = headers.get('x-ratelimit-remaining') === '0';
  return isSpent || headers.has('retry-after') || /rate limit|abuse detection/i.test(forgeWords(body));
}

function throttledFor({ headers }: ForgeAnswer, now: number): number {
  const after = parseRetryAfter(headers.get('retry-after'), now);
  if (after !== undefined) return after;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000;
  const isSpent = headers.get('x-ratelimit-remaining') === '0' && reset > now;
  return isSpent ? reset - now : UNTOLD_WAIT_MS;
}

function classify(status: number, needs: string): Pick<Problem, 'code' | 'hint'> {
  if (status === 401) {
    return {
      code: 'forge/unauthorized',
      hint: 'The token is wrong or has expired; one of an App lives for an hour. For longer waits give "app-id" and "private-key".',
    };
  }
  if (status === 403 || status === 404) {
    return {
      code: status === 403 ? 'forge/denied' : 'forge/not-found',
      hint: `The token needs ${needs} there; that of a workflow reaches its own repository alone.`,
    };
  }
  return { code: 'forge/refused' };
}

/** The forge's own explanation on one line. */
function forgeWords(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    const { message } = (JSON.parse(text) ?? {}) as { message?: unknown };
    return tame(typeof message === 'string' ? message : text);
  } catch {
    // A proxy's HTML page explains nothing on one line.
    return /^\s*</.test(text) ? '' : tame(text);
  }
}
