import { parseImageReference } from '../image/image-reference.ts';
import type { CredentialSource } from '../registry/credentials.ts';
import { withPrivateDockerConfig } from '../registry/private-docker-config.ts';
import type { Engine } from './engine.ts';

/** Where logins come from, and for which registries an engine needs them. */
export interface LentLogins {
  readonly credentials: CredentialSource;
  /** Prefixes of references, such as `ghcr.io/acme/vision`. */
  readonly prefixes: readonly string[];
  /** The environment the engine's programs start from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told every secret before it is written. */
  readonly mask: (secret: string) => void;
}

/** Gives an engine a Docker configuration of its own, with logins for some registries, while the work lasts. */
export function withLogins<T>(
  { prefixes, ...lent }: LentLogins,
  engine: Engine,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const registries = [...new Set(prefixes.map(hostOf))];
  const environment = { ...lent.environment, ...engine.env };
  return withPrivateDockerConfig({ ...lent, registries, environment }, (variables) =>
    work({ ...engine, env: { ...engine.env, ...variables } }),
  );
}

/** `ghcr.io` of `ghcr.io/acme/vision`. */
export function hostOf(prefix: string): string {
  return parseImageReference(`${prefix}/image`).registry;
}
