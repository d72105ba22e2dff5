/** Sends one request to a registry: time limits, bounded answers, redirects, and a bearer token where one is asked for. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { createAnonymousTokens, type Scope } from './bearer-token.ts';
import { networkReason } from './network-reason.ts';
import { mayLeadTo } from './registry-address.ts';
import { type Answer, badAnswer } from './registry-failure.ts';

/** One request; `doing` names it in problems and reads like `read "ghcr.io/acme/x:1"`. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly doing: string;
  /** Without one, no token is fetched. */
  readonly scope?: Scope;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Largest successful answer that is read; default 64 KiB. */
  readonly maxBytes?: number;
}

/** @throws DarkroomError `registry/unreachable`, `registry/timeout`, `registry/redirected`, `registry/too-large` */
export type Send = (request: RegistryRequest) => Promise<Answer>;

const SMALL_ANSWER = 64 * 1024;
const MAX_REDIRECTS = 5;

/** Makes the sender of one session; tokens live as long as it does. */
export function createSender(options: { readonly fetch: typeof fetch; readonly timeoutMs: number }): Send {
  const tokens = createAnonymousTokens((url, doing) => exchange({ method: 'GET', url, doing }, undefined));

  function exchange(request: RegistryRequest, token: string | undefined): Promise<Answer> {
    return followRedirects(options, request, token);
  }

  return async function send(request) {
    const { scope } = request;
    if (scope === undefined) return exchange(request, undefined);
    const held = tokens.held(scope);
    const answer = await exchange(request, held);
    // Only the registry itself may ask for a token, not a host it redirected to.
    if (answer.status !== 401 || answer.url.origin !== request.url.origin) return answer;
    const token = await tokens.renew(scope, answer, held);
    return token === undefined ? answer : exchange(request, token);
  };
}

async function followRedirects(
  options: { readonly fetch: typeof fetch; readonly timeoutMs: number },
  request: RegistryRequest,
  token: string | undefined,
): Promise<Answer> {
  let url = request.url;
  for (let hop = 0; ; hop++) {
    // The token was issued for the registry's own address and goes nowhere else.
    const authorization = token !== undefined && url.origin === request.url.origin ? token : undefined;
    const answer = await exchangeOnce(options, request, url, authorization);
    if (answer.status < 300 || answer.status >= 400) return answer;
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer;
    const next = URL.parse(answer.headers.get('location') ?? '', url.href);
    if (next === null || !mayLeadTo(request.url, next) || hop === MAX_REDIRECTS) {
      const where = next === null ? 'nowhere' : JSON.stringify(`${next.protocol}//${next.host}`);
      throw badAnswer(
        request.doing,
        `${url.host} redirects to ${where} (${answer.status}), which is not followed`,
        'redirected',
      );
    }
    url = next;
  }
}

async function exchangeOnce(
  options: { readonly fetch: typeof fetch; readonly timeoutMs: number },
  request: RegistryRequest,
  url: URL,
  token: string | undefined,
): Promise<Answer> {
  // Identity: a compressed answer would hide its length and could unpack without bound.
  const headers = new Headers({ ...request.headers, 'accept-encoding': 'identity' });
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
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
    const limitMs = signal.aborted ? options.timeoutMs : undefined;
    throw unreachable(request.doing, url, error, limitMs);
  }
}

/** Reads a successful body within its limit; of any other only the start, for the message. */
async function readBody(response: Response, request: RegistryRequest): Promise<Buffer> {
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

/** `limitMs` is the time limit, where that is what ended the request. */
function unreachable(doing: string, url: URL, error: unknown, limitMs: number | undefined): DarkroomError {
  const what =
    limitMs === undefined
      ? `the connection to ${url.host} failed (${networkReason(error)})`
      : `${url.host} did not answer in full within ${limitMs / 1000} s`;
  return new DarkroomError(
    {
      code: limitMs === undefined ? 'registry/unreachable' : 'registry/timeout',
      message: `Cannot ${doing}: ${what}.`,
      hint: 'Check the network, the proxy settings and the name of the registry.',
    },
    { cause: error },
  );
}
