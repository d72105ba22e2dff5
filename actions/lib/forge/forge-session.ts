/** Requests to one forge: authorised, counted, asked for again only where something changed. */
import type { Clock } from './clock.ts';
import type { Quota } from './forge.ts';
import type { ForgeExchange, ForgeRequest } from './forge-exchange.ts';
import { answerFailure, badAnswer, type ForgeAnswer, isThrottled } from './forge-failure.ts';
import type { TokenSource } from './token-source.ts';

/** What is asked: a path below the forge's API, with what it means. */
export interface Question extends Omit<ForgeRequest, 'url' | 'method'> {
  readonly method?: ForgeRequest['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Statuses that are handed back; everything else is an error. */
  readonly takes: readonly number[];
  /** The last answer is kept, and given again while the forge says that nothing changed. */
  readonly isRepeated?: boolean;
}

/** A session with a forge. */
export interface ForgeSession {
  ask(question: Question): Promise<ForgeAnswer>;
  /** The JSON of a 200, or `null` for one of the other statuses that are taken. */
  askJson(question: Question): Promise<unknown>;
  time(): number;
  quota(): Quota | null;
  requests(): number;
}

/** Opens a session. @param base ends with a slash */
export function openForgeSession(options: {
  readonly base: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tokens: TokenSource;
  readonly exchange: ForgeExchange;
  readonly clock: Clock;
  /** Permissions that the session is for, in words. */
  readonly needs: string;
}): ForgeSession {
  const { base, tokens, exchange, clock, needs } = options;
  const kept = new Map<string, { readonly etag: string; readonly answer: ForgeAnswer }>();
  let [requests, skewMs] = [0, 0];
  let quota: Quota | null = null;

  async function send(request: ForgeRequest, token: string): Promise<ForgeAnswer> {
    requests += 1;
    const answer = await exchange(request, `Bearer ${token}`);
    const date = Date.parse(answer.headers.get('date') ?? '');
    if (!Number.isNaN(date)) skewMs = date - clock.now();
    quota = readQuota(answer.headers) ?? quota;
    return answer;
  }

  async function authorised(request: ForgeRequest): Promise<ForgeAnswer> {
    const token = await tokens.token();
    const answer = await send(request, token);
    if (answer.status !== 401) return answer;
    const other = await tokens.renew(token);
    // A forge refuses good tokens now and then; asked once more, it says whether it meant it.
    return send(request, other ?? token);
  }

  async function ask(question: Question): Promise<ForgeAnswer> {
    const { path, query = {}, takes, isRepeated, ...rest } = question;
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const before = isRepeated ? kept.get(url.href) : undefined;
    const headers = {
      ...options.headers,
      ...question.headers,
      ...(question.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(before === undefined ? {} : { 'if-none-match': before.etag }),
    };
    const answer = await authorised({ method: 'GET', ...rest, url, headers });
    if (answer.status === 304 && before !== undefined) return before.answer;
    if (!takes.includes(answer.status) || isThrottled(answer))
      throw answerFailure(question.doing, answer, time(), needs);
    const etag = answer.headers.get('etag');
    if (isRepeated && answer.status === 200 && etag !== null) kept.set(url.href, { etag, answer });
    return answer;
  }

  const time = (): number => clock.now() + skewMs;
  return {
    ask,
    async askJson(question) {
      const answer = await ask(question);
      return answer.status === 200 ? parseJson(question.doing, answer) : null;
    },
    ...{ time, quota: () => quota, requests: () => requests },
  };
}

/** @throws DarkroomError `forge/bad-answer` */
export function parseJson(doing: string, { body, host }: ForgeAnswer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw badAnswer(doing, `what ${host} answered is no JSON`);
  }
}

/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit */
function readQuota(headers: Headers): Quota | null {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
    Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN),
  ) as [number, number, number];
  if (![limit, remaining, reset].every((value) => Number.isFinite(value))) return null;
  return { limit, remaining, resetsAt: reset * 1000 };
}
