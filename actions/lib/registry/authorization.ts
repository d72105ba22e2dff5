/** Owns what authorises the requests of a session: which login or token belongs to which scope, fetched once and renewed. */
import type { DarkroomError } from '../errors/darkroom-error.ts';
import { type Asker, accessDenied, loginRefused } from './access-denied.ts';
import { describeTokenRequest, fetchToken, type Scope } from './bearer-token.ts';
import { type Challenge, createChallenges } from './challenge.ts';
import { basicValue, type CredentialSource, type Login, secretsOf } from './credentials.ts';
import { createGrants, type Grant } from './grants.ts';
import type { Exchange } from './http-exchange.ts';
import { createLogins, type LookedUp } from './look-up-login.ts';
import { registryUrl } from './registry-address.ts';
import type { Answer } from './registry-failure.ts';
import type { Secrets } from './secrets.ts';

/** Keeps one value of the `Authorization` header per scope; concurrent requests share one fetch. */
export interface Authorizations {
  /** Takes note of what a registry asks for, by its answer 401 or 403. */
  learn(registry: string, unauthorized: Answer): void;
  /** The value for a scope, as far as one is held or it is known what the registry asks for. */
  prepare(scope: Scope): Promise<string | undefined>;
  /**
   * A value other than `refused` after an answer 401 or 403, or nothing where there is none to be had.
   *
   * @throws DarkroomError `registry/login-refused`, `registry/denied` when the token server gives no token
   */
  renew(scope: Scope, unauthorized: Answer, refused: string | undefined): Promise<string | undefined>;
  /** The error for an answer 401 or 403 that stands. */
  explain(doing: string, unauthorized: Answer, scope: Scope): Promise<DarkroomError>;
}

type BearerChallenge = Extract<Challenge, { scheme: 'bearer' }>;

/** Makes the authorizations of one session. */
export function createAuthorizations(
  exchange: Exchange,
  credentials: CredentialSource,
  secrets: Secrets,
): Authorizations {
  const challenges = createChallenges(exchange);
  const logins = createLogins(credentials, secrets);
  const grants = createGrants();
  const isWorkflow = credentials.isWorkflow ?? false;
  const askerFor = async (registry: string): Promise<Asker> => ({
    ...(await logins.get(registry)),
    isWorkflow,
  });

  async function prepare(scope: Scope): Promise<string | undefined> {
    // A password is good for the whole registry, a token for one scope of it.
    const good = grants.held(scope.registry) ?? grants.held(tokenKey(scope));
    if (good !== undefined) return good.header;
    const challenge = await challenges.known(scope.registry);
    return challenge === undefined ? undefined : obtain(scope, challenge, undefined);
  }

  async function renew(scope: Scope, unauthorized: Answer, refused: string | undefined) {
    const challenge = await challenges.ask(scope.registry, unauthorized);
    const header = challenge === undefined ? undefined : await obtain(scope, challenge, refused);
    return header === refused ? undefined : header;
  }

  async function obtain(scope: Scope, challenge: Challenge, refused: string | undefined) {
    const grant = await (challenge.scheme === 'basic'
      ? grants.obtain(scope.registry, refused, (old) => passwordGrant(scope, old))
      : grants.obtain(tokenKey(scope), refused, () => tokenGrant(scope, challenge)));
    return grant?.header;
  }

  async function passwordGrant(scope: Scope, old: string | undefined): Promise<Grant | undefined> {
    const header = ({ login }: LookedUp) =>
      login !== null && 'username' in login ? `Basic ${basicValue(login)}` : undefined;
    const first = await logins.get(scope.registry);
    const looked =
      old !== undefined && header(first) === old ? await logins.renew(scope.registry, first) : first;
    const value = header(looked);
    return value === undefined ? undefined : { header: value, expiresAt: Number.POSITIVE_INFINITY };
  }

  async function tokenGrant(scope: Scope, challenge: BearerChallenge): Promise<Grant> {
    const address = registryUrl(scope.registry);
    const first = await logins.get(scope.registry);
    let login = first.login;
    let token = await fetchToken(exchange, scope, challenge, address, login);
    if ('refusal' in token && login !== null) {
      const renewed = await logins.renew(scope.registry, first);
      if (renewed.login !== null && !isSameLogin(renewed.login, login)) {
        login = renewed.login;
        token = await fetchToken(exchange, scope, challenge, address, login);
      }
    }
    if ('refusal' in token) {
      const asker = await askerFor(scope.registry);
      const doing = describeTokenRequest(scope);
      throw login !== null && token.refusal.status === 401
        ? loginRefused(doing, token.refusal, scope, login, asker)
        : accessDenied(doing, token.refusal, scope, { ...asker, login });
    }
    secrets.add([token.value]);
    return { header: `Bearer ${token.value}`, expiresAt: token.expiresAt };
  }

  async function explain(doing: string, unauthorized: Answer, scope: Scope): Promise<DarkroomError> {
    const challenge = await challenges.known(scope.registry);
    // Nobody asked for a login, so none was sent.
    const isAnonymous = challenge === undefined;
    const asker = isAnonymous ? { login: null, isWorkflow } : await askerFor(scope.registry);
    const { login } = asker;
    return login !== null && unauthorized.status === 401 && challenge?.scheme === 'basic'
      ? loginRefused(doing, unauthorized, scope, login, asker)
      : accessDenied(doing, unauthorized, scope, asker);
  }

  return { learn: challenges.learn, prepare, renew, explain };
}

function isSameLogin(a: Login, b: Login): boolean {
  return secretsOf(a).join() === secretsOf(b).join();
}

function tokenKey(scope: Scope): string {
  return `${scope.registry}/${scope.repository} ${scope.actions} ${scope.from ?? ''}`;
}
