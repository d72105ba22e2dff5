/** One request and its whole answer: time limits, bounded bodies, redirects. Says nothing about what an answer means. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { networkCode, networkReason } from './network-reason.ts';
import { PassingFailure } from './passing-failure.ts';
import type { Patience } from './polite-retry.ts';
import { mayLeadTo } from './registry-address.ts';
import { type Answer, badAnswer } from './registry-failure.ts';

/** One request; `doing` names it in problems and reads like `read "ghcr.io/acme/x:1"`. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly doing: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Largest successful answer that is read; default 64 KiB. */
  readonly maxBytes?: number;
}

/**
 * Sends a request, with the value of its `Authorization` header if any.
 *
 * @throws DarkroomError `registry/unreachable`, `registry/timeout`, `registry/redirected`, `registry/too-large`
 */
export type Exchange = (request: HttpRequest, authorization?: string) => Promise<Answer>;

interface ExchangeOptions {
  readonly fetch: typeof fetch;
  /** Limit of one request with its whole answer. */
  readonly timeoutMs: number;
  readonly inTurn: Patience['inTurn'];
}

const SMALL_ANSWER = 64 * 1024;
const MAX_REDIRECTS = 5;
/** Names that do not exist and certificates that are not trusted stay so. */
const LASTING = /^ENOTFOUND$|CERT|SIGNATURE|^UNABLE_TO_|^ERR_(?:TLS|SSL|INVALID)/;

/** Makes the exchange of one session. */
export function createExchange(options: ExchangeOptions): Exchange {
  return async (request, authorization) => {
    let url = request.url;
    for (let hop = 0; ; hop++) {
      // What authorises was issued for the first address and goes nowhere else.
      const isHome = url.origin === request.url.origin;
      const at = url;
      const answer = await options.inTurn(at.host, () =>
        exchangeOnce(options, request, at, isHome ? authorization : undefined),
      );
      if (answer.status < 300 || answer.status >= 400) return answer;
      if (request.method !== 'GET' && request.method !== 'HEAD') return answer;
      url = nextAddress(request, answer, hop);
    }
  };
}

function nextAddress(request: HttpRequest, answer: Answer, hop: number): URL {
  const next = URL.parse(answer.headers.get('location') ?? '', answer.url.href);
  if (next !== null && mayLeadTo(request.url, next) && hop < MAX_REDIRECTS) return next;
  const where = next === null ? 'nowhere' : JSON.stringify(`${next.protocol}//${next.host}`);
  throw badAnswer(
    request.doing,
    `${answer.url.host} redirects to ${where} (${answer.status}), which is not followed`,
    'redirected',
  );
}

async function exchangeOnce(
  options: ExchangeOptions,
  request: HttpRequest,
  url: URL,
  authorization: string | undefined,
): Promise<Answer> {
  // Identity: a compressed answer would hide its length and could unpack without bound.
  const headers = new Headers({ ...request.headers, 'accept-encoding': 'identity' });
  if (authorization !== undefined) headers.set('authorization', authorization);
  const signal = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await options.fetch(url, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal,
      ...(request.body === undefined ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
    });
    const body = await readBody(response, request);
    return { status: response.status, headers: response.headers, url, body };
  } catch (error) {
    if (error instanceof DarkroomError) throw error;
    throw signal.aborted
      ? tooSlow(request.doing, url, options.timeoutMs)
      : unreachable(request.doing, url, error);
  }
}

/** Reads a successful body within its limit; of any other only the start, for the message. */
async function readBody(response: Response, request: HttpRequest): Promise<Buffer> {
  const limit = response.ok ? (request.maxBytes ?? SMALL_ANSWER) : SMALL_ANSWER;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > limit) {
      if (!response.ok) break;
      throw badAnswer(request.doing, `the answer is larger than the ${limit} bytes it may have`, 'too-large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooSlow(doing: string, url: URL, limitMs: number): DarkroomError {
  return new PassingFailure(
    {
      code: 'registry/timeout',
      message: `Cannot ${doing}: ${url.host} did not answer in full within ${limitMs / 1000} s.`,
      hint: 'Check the network, the proxy settings and the name of the registry.',
    },
    { host: url.host },
  );
}

function unreachable(doing: string, url: URL, error: unknown): DarkroomError {
  const code = networkCode(error) ?? '';
  const isCertificate = /CERT|SIGNATURE|^UNABLE_TO_/.test(code);
  return new PassingFailure(
    {
      code: 'registry/unreachable',
      message: `Cannot ${doing}: the connection to ${url.host} failed (${networkReason(error)}).`,
      hint: isCertificate
        ? 'If this is the certificate of your own registry or proxy, name the file with its authority in NODE_EXTRA_CA_CERTS.'
        : 'Check the network, the proxy settings and the name of the registry.',
    },
    { host: url.host, cause: error, ...(LASTING.test(code) ? { tries: 1 } : {}) },
  );
}
