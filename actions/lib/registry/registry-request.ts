/** Sends one request to a registry, with what authorises it where the registry asks for that. */
import { createAuthorizations } from './authorization.ts';
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
  /** The first request to each registry, settled once it is known what the registry asks for. */
  const scouts = new Map<string, Promise<void>>();

  /** The first request goes alone and without a login; those that wait for it are each saved a refusal. */
  async function ask(request: RegistryRequest): Promise<{ answer: Answer; sent?: string | undefined }> {
    const { registry } = request.scope;
    const scout = scouts.get(registry);
    if (scout === undefined) {
      const answering = exchange(request);
      const learning = answering.then((answer) => {
        if (isRefusal(request, answer)) authorizations.learn(registry, answer);
      });
      // One that fails finds out nothing: then everybody asks.
      scouts.set(
        registry,
        learning.catch(() => undefined),
      );
      return { answer: await answering };
    }
    await scout;
    const sent = await authorizations.prepare(request.scope);
    return { answer: await exchange(request, sent), sent };
  }

  return async (request) => {
    let { answer, sent } = await ask(request);
    if (isRefusal(request, answer)) {
      // Registries hide what exists from those who may not see it: a refusal is asked about once more with a login.
      sent = await authorizations.renew(request.scope, answer, sent);
      if (sent !== undefined) answer = await exchange(request, sent);
    }
    if (isPassing(answer)) throw answerFailure(request.doing, answer);
    if (!isRefusal(request, answer)) return answer;
    throw await authorizations.explain(request.doing, answer, request.scope);
  };
}

/** Only the registry itself may ask for a login, not a host it redirected to. */
function isRefusal(request: RegistryRequest, { status, url }: Answer): boolean {
  return (status === 401 || status === 403) && url.origin === request.url.origin;
}
