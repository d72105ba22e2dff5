/** The shape of a registry login, and sources of logins in order of preference. */
import { DarkroomError } from '../errors/darkroom-error.ts';

/** What proves who asks; `from` names where it was found, for messages: `the Docker configuration ~/.docker/config.json`. */
export type Login =
  | { readonly username: string; readonly password: string; readonly from: string }
  /** A refresh token that the registry's token server takes instead of a password. */
  | { readonly identityToken: string; readonly from: string };

/** Finds logins; asked only once a registry has asked for one. */
export interface CredentialSource {
  /**
   * The login for a registry (`host[:port]`, `docker.io` is Docker Hub), or `null` where there is none. `refused` is the
   * one given before that the registry no longer takes: a source that keeps what it fetched then fetches anew.
   *
   * @throws DarkroomError where there should be a login and it cannot be had
   */
  find(registry: string, refused?: Login): Promise<Login | null>;
  /** Whether this is a workflow, where other advice helps than on a laptop. */
  readonly isWorkflow?: boolean;
}

/** No logins at all. */
export const ANONYMOUS: CredentialSource = { find: async () => null };

/**
 * Asks sources one after the other and takes the first login. A source that fails is passed over; only when no other one
 * has a login does its failure count.
 */
export function inOrder(
  sources: readonly CredentialSource[],
  place: { readonly isWorkflow: boolean },
): CredentialSource {
  return {
    ...place,
    async find(registry, refused) {
      const problems: unknown[] = [];
      for (const source of sources) {
        try {
          const login = await source.find(registry, refused);
          if (login !== null) return login;
        } catch (error) {
          if (!(error instanceof DarkroomError)) throw error;
          problems.push(error);
        }
      }
      if (problems.length > 0) throw problems[0];
      return null;
    },
  };
}

/** A source that knows one registry. */
export function loginFor(registry: string, login: Login): CredentialSource {
  return { find: async (asked) => (asked === registry ? login : null) };
}

/** The value of a Basic `Authorization` header, without the scheme. */
export function basicValue(login: { readonly username: string; readonly password: string }): string {
  return Buffer.from(`${login.username}:${login.password}`).toString('base64');
}

/** Everything in a login that must not be seen, in every form in which it is sent. */
export function secretsOf(login: Login): readonly string[] {
  return 'identityToken' in login ? [login.identityToken] : [login.password, basicValue(login)];
}
