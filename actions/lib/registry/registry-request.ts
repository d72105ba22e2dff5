/** Sends one request to a registry, with what authorises it where the registry asks for that. */
import { type Authorizations, createAuthorizations } from './authorization.ts';
import type { Scope } from './bearer-token.ts';
import type { CredentialSource } from './credentials.ts';
import type { Exchange, HttpRequest } from './http-exchange.ts';
import { type Answer, answerFailure, isPassing } from './registry-failure.ts';
import type { Secrets } from './secrets.ts';

/** One request to a registry's API. */
export interface RegistryRequest extends HttpRequest {
  readonly scope: Scope;
}

/**
 * Gives any answer that is neither a refusal nor trouble of the registry's own: 404 is one.
 *
 * @throws DarkroomError `registry/denied`, `registry/login-refused`; PassingFailure where trying again may help
 */
export type Send = (request: RegistryRequest) => Promise<Answer>;

/** Makes the sender of one session; logins and tokens live as long as it does. */
export function createSender(exchange: Exchange, credentials: CredentialSource, secrets: Secrets): Send {
  const authorizations = createAuthorizations(exchange, credentials, secrets);
  return async (request) => {
    const answer = await sendAuthorized(exchange, authorizations, request);
    if (isPassing(answer)) throw answerFailure(request.doing, answer);
    if (!isRefusal(request, answer)) return answer;
    throw await authorizations.explain(request.doing, answer, request.scope);
  };
}

/** Registries hide what exists from those who may not see it, so a refusal is asked about once more with a login. */
async function sendAuthorized(
  exchange: Exchange,
  authorizations: Authorizations,
  request: RegistryRequest,
): Promise<Answer> {
  const held = authorizations.held(request.scope);
  const answer = await exchange(request, held);
  if (!isRefusal(request, answer)) return answer;
  const renewed = await authorizations.renew(request.scope, answer, held);
  return renewed === undefined ? answer : exchange(request, renewed);
}

/** Only the registry itself may ask for a login, not a host it redirected to. */
function isRefusal(request: RegistryRequest, { status, url }: Answer): boolean {
  return (status === 401 || status === 403) && url.origin === request.url.origin;
}
