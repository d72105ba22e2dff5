/**
 * One request to a forge and its whole answer: time limits, bounded bodies, redirects. Says nothing about its meaning. Not
 * Octokit: what it tries again by itself may have happened already, and it reads a log of any length whole.
 */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { networkCode, networkReason } from '../registry/network-reason.ts';
import { badAnswer, type ForgeAnswer, ForgeFailure } from './forge-failure.ts';

/** One request; `doing` names it in problems and reads like `read the run 5`. */
export interface ForgeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly doing: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Largest answer that is read; default 4 MiB. Of a longer one the last bytes are given where `keepsEnd`. */
  readonly maxBytes?: number;
  readonly keepsEnd?: boolean;
}

/** Sends a request. @throws ForgeFailure `forge/unreachable`, `forge/timeout`; DarkroomError `forge/bad-answer` */
export type ForgeExchange = (request: ForgeRequest, authorization: string) => Promise<ForgeAnswer>;

const MAX_ANSWER = 4 * 1024 * 1024;
/** Whoever logs more than this is not read to the end. */
const MAX_READ = 256 * 1024 * 1024;
const MAX_REDIRECTS = 3;
/** What is known to have failed before a request went out. */
const UNSENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$|CERT|SIGNATURE|^UNABLE_TO_|^ERR_TLS/;
/** Names that do not exist and certificates that are not trusted stay so. */
const LASTING = /^ENOTFOUND$|CERT|SIGNATURE|^UNABLE_TO_|^ERR_TLS/;

/** Makes the exchange of one session. */
export function createForgeExchange(options: {
  readonly fetch: typeof fetch;
  /** Limit of one request with its whole answer. */
  readonly timeoutMs: number;
}): ForgeExchange {
  return async (request, authorization) => {
    let url = request.url;
    for (let hop = 0; ; hop++) {
      // What authorises was issued for the first address and goes nowhere else: logs lie with another host.
      const isHome = url.origin === request.url.origin;
      const response = await exchangeOnce(options, request, url, isHome ? authorization : null);
      if (response.status < 301 || response.status > 308 || response.status === 304) return response;
      url = nextAddress(request, response, url, hop);
    }
  };
}

/** Plain HTTP leads only to where plain HTTP was asked. */
function nextAddress(request: ForgeRequest, { headers }: ForgeAnswer, from: URL, hop: number): URL {
  const next = URL.parse(headers.get('location') ?? '', from.href);
  const isSafe = next?.protocol === 'https:' || next?.protocol === request.url.protocol;
  if (next !== null && isSafe && hop < MAX_REDIRECTS && request.method === 'GET') return next;
  const where = next === null ? 'nowhere' : JSON.stringify(`${next.protocol}//${next.host}`);
  throw badAnswer(request.doing, `${from.host} redirects to ${where}, which is not followed`);
}

async function exchangeOnce(
  { fetch, timeoutMs }: { readonly fetch: typeof globalThis.fetch; readonly timeoutMs: number },
  request: ForgeRequest,
  url: URL,
  authorization: string | null,
): Promise<ForgeAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const isHome = authorization !== null;
  const { method, body, doing } = request;
  try {
    const response = await fetch(url, {
      ...{ method, signal, redirect: 'manual' },
      headers: { 'user-agent': 'darkroom', ...(isHome ? { ...request.headers, authorization } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      ...{ status: response.status, headers: response.headers, host: url.host },
      body: await readBody(response, request),
    };
  } catch (error) {
    if (error instanceof DarkroomError) throw error;
    throw signal.aborted ? tooSlow(doing, url, timeoutMs) : unreachable(doing, url, error);
  }
}

async function readBody(
  response: Response,
  { doing, maxBytes = MAX_ANSWER, keepsEnd }: ForgeRequest,
): Promise<Buffer> {
  let chunks: Uint8Array[] = [];
  let [size, read] = [0, 0];
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    read += chunk.length;
    if (size <= maxBytes || (keepsEnd && size <= 2 * maxBytes)) continue;
    if (!keepsEnd) throw badAnswer(doing, `the answer is larger than the ${maxBytes} bytes it may have`);
    chunks = [Buffer.concat(chunks).subarray(-maxBytes)];
    size = maxBytes;
    if (read > MAX_READ) break;
  }
  return Buffer.concat(chunks).subarray(-maxBytes);
}

function tooSlow(doing: string, { host }: URL, limitMs: number): ForgeFailure {
  const message = `Cannot ${doing}: ${host} did not answer in full within ${limitMs / 1000} s.`;
  return new ForgeFailure({ code: 'forge/timeout', message }, { host, mayHaveHappened: true });
}

function unreachable(doing: string, { host }: URL, error: unknown): ForgeFailure {
  const code = networkCode(error) ?? '';
  return new ForgeFailure(
    {
      code: 'forge/unreachable',
      message: `Cannot ${doing}: the connection to ${host} failed (${networkReason(error)}).`,
      hint: 'Check the address of the server, the network and the proxy settings.',
    },
    { host, cause: error, mayHaveHappened: !UNSENT.test(code), ...(LASTING.test(code) ? { tries: 1 } : {}) },
  );
}
