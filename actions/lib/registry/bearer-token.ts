/** Owns the bearer tokens of a session: which one belongs to which scope, and how an anonymous one is obtained. */
import { mayLeadTo } from './registry-address.ts';
import { type Answer, answerFailure, badAnswer } from './registry-failure.ts';

/** What a request needs to be allowed: one repository of one registry, and the actions on it. */
export interface Scope {
  readonly registry: string;
  readonly repository: string;
  /** For example `pull` or `pull,push`. */
  readonly actions: string;
}

/** Where a registry wants its tokens fetched. */
export interface BearerChallenge {
  readonly realm: string;
  readonly service?: string;
}

/** Keeps one token per scope; concurrent requests share one fetch. */
export interface Tokens {
  /** The token already held for a scope, while it is valid. */
  held(scope: Scope): string | undefined;
  /**
   * A token other than `refused` for a scope, or nothing where the registry asks for something else than a bearer token.
   * @throws DarkroomError `registry/…` when the token server refuses or answers nonsense
   */
  renew(scope: Scope, unauthorized: Answer, refused: string | undefined): Promise<string | undefined>;
}

interface TokenEntry {
  readonly fetching: Promise<string>;
  /** Set once fetched. */
  token?: { readonly value: string; readonly expiresAt: number };
}

/** Token lifetime where the server names none: https://distribution.github.io/distribution/spec/auth/token/ */
const DEFAULT_LIFETIME_S = 60;
/** A token about to expire is not sent: the request would arrive too late. */
const MARGIN_MS = 5000;

/** Keeps tokens that are fetched without credentials through `get`. */
export function createAnonymousTokens(get: (url: URL, doing: string) => Promise<Answer>): Tokens {
  const entries = new Map<string, TokenEntry>();

  function held(scope: Scope): string | undefined {
    const token = entries.get(scopeKey(scope))?.token;
    return token !== undefined && token.expiresAt - MARGIN_MS > Date.now() ? token.value : undefined;
  }

  async function renew(scope: Scope, unauthorized: Answer, refused: string | undefined) {
    const challenge = parseChallenge(unauthorized.headers.get('www-authenticate') ?? '');
    if (challenge === undefined) return undefined;
    const current = entries.get(scopeKey(scope));
    const value = held(scope);
    const underway = current !== undefined && current.token === undefined;
    if (current !== undefined && (underway || (value !== undefined && value !== refused)))
      return current.fetching;
    return start(scope, challenge, unauthorized.url);
  }

  function start(scope: Scope, challenge: BearerChallenge, registry: URL): Promise<string> {
    const key = scopeKey(scope);
    const fetching = fetchToken(get, scope, challenge, registry).then(
      (token) => {
        entry.token = token;
        return token.value;
      },
      (error: unknown) => {
        entries.delete(key);
        throw error;
      },
    );
    const entry: TokenEntry = { fetching };
    entries.set(key, entry);
    return fetching;
  }

  return { held, renew };
}

/** Reads a `WWW-Authenticate` header's bearer challenge; nothing where it holds none. */
function parseChallenge(header: string): BearerChallenge | undefined {
  const bearer = /(?:^|,)\s*Bearer\s+(.*)$/i.exec(header)?.[1];
  if (bearer === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [, name = '', quoted, bare] of bearer.matchAll(/([A-Za-z_]+)=(?:"([^"]*)"|([^\s,"]+))/g)) {
    values.set(name.toLowerCase(), quoted ?? bare ?? '');
  }
  const realm = values.get('realm');
  const service = values.get('service');
  if (realm === undefined) return undefined;
  return service === undefined ? { realm } : { realm, service };
}

async function fetchToken(
  get: (url: URL, doing: string) => Promise<Answer>,
  scope: Scope,
  challenge: BearerChallenge,
  registry: URL,
): Promise<{ value: string; expiresAt: number }> {
  const doing = `get a token for "${scope.registry}/${scope.repository}" (${scope.actions})`;
  const url = URL.parse(challenge.realm);
  if (url === null || !mayLeadTo(registry, url)) {
    throw badAnswer(
      doing,
      `the registry sends readers to ${JSON.stringify(challenge.realm)} for it, which is not followed`,
    );
  }
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  url.searchParams.set('scope', `repository:${scope.repository}:${scope.actions}`);
  const answer = await get(url, doing);
  if (answer.status !== 200) throw answerFailure(doing, answer);
  return readToken(answer.body, doing);
}

function readToken(body: Buffer, doing: string): { value: string; expiresAt: number } {
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

function scopeKey(scope: Scope): string {
  return `${scope.registry}/${scope.repository} ${scope.actions}`;
}
