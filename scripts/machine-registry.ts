import { hostOf } from '../actions/lib/image/image-reference.ts';
import type { CredentialSource } from '../actions/lib/registry/credentials.ts';
import { machineLogins } from '../actions/lib/registry/logins.ts';
import type { RegistryClient } from '../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../actions/lib/registry/registry-client.ts';
import { say } from './say.ts';

/** Registries as somebody's machine reaches them: with what `docker login` stored, and AWS credentials for ECR. */
export interface MachineRegistry {
  readonly client: RegistryClient;
  readonly credentials: CredentialSource;
}

/** Makes the client of one command; nobody is asked for a login before a registry wants one. */
export function machineRegistry(home: string | null): MachineRegistry {
  const credentials = machineLogins({
    environment: process.env,
    ...(home === null ? {} : { home: hostOf(home) }),
  });
  const { ensureRepository } = credentials;
  return { client: createRegistryClient({ credentials, ensureRepository, onRetry: say }), credentials };
}
