import type { Exchange } from './http-exchange.ts';
import { registryUrl } from './registry-address.ts';
import type { Answer } from './registry-failure.ts';

/** What a registry asks for before it answers: https://www.rfc-editor.org/rfc/rfc9110#field.www-authenticate */
export type Challenge =
  | { readonly scheme: 'basic' }
  /** A token from `realm`: https://distribution.github.io/distribution/spec/auth/token/ */
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string };

/** Reads a `WWW-Authenticate` header; a token is preferred to a password. Nothing where it asks for neither. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const text = header ?? '';
  const bearer = /(?:^|,)\s*Bearer\s+(.*)$/i.exec(text)?.[1];
  const values = new Map<string, string>();
  for (const [, name = '', quoted, bare] of (bearer ?? '').matchAll(
    /([A-Za-z_]+)=(?:"([^"]*)"|([^\s,"]+))/g,
  )) {
    // The first one: another challenge may follow, with a realm of its own.
    if (!values.has(name.toLowerCase())) values.set(name.toLowerCase(), quoted ?? bare ?? '');
  }
  const realm = values.get('realm');
  const service = values.get('service');
  if (realm !== undefined) return { scheme: 'bearer', realm, ...(service === undefined ? {} : { service }) };
  return /(?:^|,)\s*Basic(?:\s|$)/i.test(text) ? { scheme: 'basic' } : undefined;
}

/** What the registries of a session ask for, as far as it is known. */
export interface Challenges {
  /** Takes note of what an answer 401 or 403 says. */
  learn(registry: string, unauthorized: Answer): void;
  known(registry: string): Promise<Challenge | undefined>;
  /** What such an answer says, else what is known, else what the registry's root says: some refuse without a word. */
  ask(registry: string, unauthorized: Answer): Promise<Challenge | undefined>;
}

/** Starts with nothing known. */
export function createChallenges(exchange: Exchange): Challenges {
  const challenges = new Map<string, Promise<Challenge | undefined>>();

  function learn(registry: string, unauthorized: Answer): void {
    const told = parseChallenge(unauthorized.headers.get('www-authenticate'));
    if (told !== undefined) challenges.set(registry, Promise.resolve(told));
  }

  async function ask(registry: string, unauthorized: Answer): Promise<Challenge | undefined> {
    learn(registry, unauthorized);
    const known = challenges.get(registry);
    if (known !== undefined) return known;
    const url = registryUrl(registry);
    const asked = exchange({ method: 'GET', url, doing: `ask ${registry} which login it takes` }).then(
      ({ headers }) => parseChallenge(headers.get('www-authenticate')),
    );
    challenges.set(registry, asked);
    asked.catch(() => challenges.delete(registry));
    return asked;
  }

  return { learn, known: async (registry) => challenges.get(registry), ask };
}
