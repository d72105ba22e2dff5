/** Fetches bearer tokens: https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/ for refresh tokens. */
import type { Challenge } from './challenge.ts';
import { basicValue, type Login } from './credentials.ts';
import type { Exchange } from './http-exchange.ts';
import { mayLeadTo } from './registry-address.ts';
import { type Answer, answerFailure, badAnswer } from './registry-failure.ts';

/** What a request needs to be allowed: one repository of one registry, and the actions on it. */
export interface Scope {
  readonly registry: string;
  readonly repository: string;
  /** For example `pull` or `pull,push`. */
  readonly actions: string;
  /** Another repository of the same registry that is read as well. */
  readonly from?: string;
}

/** A token and when it becomes worthless, in milliseconds of the epoch. */
export interface BearerToken {
  readonly value: string;
  readonly expiresAt: number;
}

/** Token lifetime where the server names none, by the specification. */
const DEFAULT_LIFETIME_S = 60;

/**
 * Fetches a token for a scope, or gives the token server's answer where it refuses the login (401, 403).
 *
 * @throws DarkroomError `registry/…` when the token server cannot be asked or answers nonsense
 */
export async function fetchToken(
  exchange: Exchange,
  scope: Scope,
  challenge: Extract<Challenge, { scheme: 'bearer' }>,
  registry: URL,
  login: Login | null,
): Promise<BearerToken | { readonly refusal: Answer }> {
  const doing = describeTokenRequest(scope);
  const realm = URL.parse(challenge.realm);
  if (realm === null || !mayLeadTo(registry, realm)) {
    throw badAnswer(
      doing,
      `the registry sends readers to ${JSON.stringify(challenge.realm)} for it, which is not followed`,
    );
  }
  const wanted = {
    ...(challenge.service === undefined ? {} : { service: challenge.service }),
    scope: [
      `repository:${scope.repository}:${scope.actions}`,
      ...(scope.from === undefined ? [] : [`repository:${scope.from}:pull`]),
    ].join(' '),
  };
  const answer = await ask(exchange, realm, doing, wanted, login);
  if (answer.status === 401 || answer.status === 403) return { refusal: answer };
  if (answer.status !== 200) throw answerFailure(doing, answer);
  return readToken(answer.body, doing);
}

/** What fetching a token is called in problems. */
export function describeTokenRequest(scope: Scope): string {
  return `get a token for "${scope.registry}/${scope.repository}" (${scope.actions})`;
}

function ask(
  exchange: Exchange,
  realm: URL,
  doing: string,
  wanted: Readonly<Record<string, string>>,
  login: Login | null,
): Promise<Answer> {
  if (login !== null && 'identityToken' in login) {
    const form = { grant_type: 'refresh_token', client_id: 'darkroom', ...wanted };
    const body = new URLSearchParams({ ...form, refresh_token: login.identityToken });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return exchange({ method: 'POST', url: realm, doing, headers, body: Buffer.from(body.toString()) });
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value);
  return exchange({ method: 'GET', url, doing }, login === null ? undefined : `Basic ${basicValue(login)}`);
}

function readToken(body: Buffer, doing: string): BearerToken {
  let answer: { token?: unknown; access_token?: unknown; expires_in?: unknown } | null;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch {
    throw badAnswer(doing, 'the token server did not answer JSON');
  }
  const value = answer?.token ?? answer?.access_token;
  // Only characters that may stand in a header: a token must not be able to add one.
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,65536}$/.test(value)) {
    throw badAnswer(doing, 'the token server answered no usable token');
  }
  const lifetime = Number(answer?.expires_in);
  const seconds = Number.isFinite(lifetime) && lifetime > 0 ? lifetime : DEFAULT_LIFETIME_S;
  return { value, expiresAt: Date.now() + seconds * 1000 };
}
