import { hostOf, isLoopback } from '../image/image-reference.ts';
import type { PlannedWork } from '../plan/make-plan.ts';
import { pulledRegistries } from '../plan/pulled-registries.ts';
import type { CredentialSource } from '../registry/credentials.ts';
import { withPrivateDockerConfig } from '../registry/private-docker-config.ts';
import type { Engine } from './engine.ts';

/** Where logins come from, and what an engine needs them for. */
export interface LentLogins {
  readonly credentials: CredentialSource;
  /** Says what is pulled and pushed. */
  readonly planned: PlannedWork;
  /** The environment the engine's programs start from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told every secret before it is written. */
  readonly mask: (secret: string) => void;
}

/** Gives an engine a Docker configuration of its own, with the logins for a plan's registries, while the work lasts. */
export function withLogins<T>(
  { credentials, planned, environment, mask }: LentLogins,
  engine: Engine,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { home, target } = planned.plan;
  const own = [target, ...(home === null ? [] : [home])].map(hostOf);
  const options = {
    ...{ credentials, mask, environment: { ...environment, ...engine.env } },
    registries: own.filter((host) => !isLoopback(host)),
    // On loopback a login is rare, and looking for one may ask a helper that is not there.
    others: [...own.filter(isLoopback), ...pulledRegistries(planned)],
  };
  return withPrivateDockerConfig(options, (variables) =>
    work({ ...engine, env: { ...engine.env, ...variables } }),
  );
}
