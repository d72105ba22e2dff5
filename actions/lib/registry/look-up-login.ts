import { DarkroomError } from '../errors/darkroom-error.ts';
import type { Asker } from './access-denied.ts';
import { type CredentialSource, type Login, secretsOf } from './credentials.ts';
import type { Secrets } from './secrets.ts';

/** What was found when a registry's login was looked for. */
export type LookedUp = Omit<Asker, 'isWorkflow'>;

/** The logins of a session. */
export interface KnownLogins {
  /** Looks for a registry's login once. */
  get(registry: string): Promise<LookedUp>;
  /** Looks again for one that is no longer taken, unless somebody has meanwhile. */
  renew(registry: string, old: LookedUp): Promise<LookedUp>;
}

/** Remembers what a source has found. A failure waits: it is told only where access is refused without a login. */
export function createLogins(credentials: CredentialSource, secrets: Secrets): KnownLogins {
  const found = new Map<string, Promise<LookedUp>>();

  async function look(registry: string, refused?: Login): Promise<LookedUp> {
    try {
      const login = await credentials.find(registry, refused);
      if (login !== null) secrets.add(secretsOf(login));
      return { login };
    } catch (error) {
      if (error instanceof DarkroomError) return { login: null, trouble: error };
      throw error;
    }
  }

  function get(registry: string): Promise<LookedUp> {
    const known = found.get(registry);
    if (known !== undefined) return known;
    const looking = look(registry);
    found.set(registry, looking);
    return looking;
  }

  async function renew(registry: string, old: LookedUp): Promise<LookedUp> {
    const current = await get(registry);
    if (current !== old || old.login === null) return get(registry);
    const looking = look(registry, old.login);
    found.set(registry, looking);
    return looking;
  }

  return { get, renew };
}
