/** Lends Docker and Buildx our logins, in a configuration of our own that is gone afterwards. */
import { stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';
import { basicValue, type CredentialSource, type Login, secretsOf } from './credentials.ts';
import { type DockerConfig, dockerKey, readDockerConfig, registryOfKey } from './docker-config.ts';

/** What is to be added to the environment of `docker` and `buildx`. */
export interface PrivateDockerEnvironment {
  /** The folder with the logins. */
  readonly DOCKER_CONFIG: string;
  /** Where Buildx keeps its builders: still the user's own place. */
  readonly BUILDX_CONFIG: string;
}

/**
 * Runs `work` with a Docker configuration that holds the logins for the given registries and, beyond them, what the
 * user's own says. The folder is readable for this user only and is removed when `work` is over, however it ends.
 */
export async function withPrivateDockerConfig<Result>(
  options: {
    readonly credentials: CredentialSource;
    /** Hosts (`docker.io` for Docker Hub); those without a login stay as the user has them. */
    readonly registries: readonly string[];
    /** Hosts that are only read, often without a login: one whose login cannot be had is left as well. */
    readonly others?: readonly string[];
    /** The environment Docker would run in: its `DOCKER_CONFIG` and `BUILDX_CONFIG` say where the user's settings are. */
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** Told every secret before it is written. */
    readonly mask: (secret: string) => void;
  },
  work: (environment: PrivateDockerEnvironment) => Promise<Result>,
): Promise<Result> {
  const { environment } = options;
  const [own, logins] = await Promise.all([readDockerConfig(environment), findLogins(options)]);
  for (const login of logins.values()) for (const secret of secretsOf(login)) options.mask(secret);

  // A workflow's own folder for temporary files is emptied even where this process is killed.
  const { path: folder, remove } = makeTemporaryFolder(environment.RUNNER_TEMP || tmpdir());
  try {
    const config = JSON.stringify(configWith(own, logins));
    await writeFile(join(folder, 'config.json'), config, { mode: 0o600, flag: 'wx' });
    await linkContexts(own.folder, folder);
    const builders = environment.BUILDX_CONFIG || join(own.folder, 'buildx');
    return await work({ DOCKER_CONFIG: folder, BUILDX_CONFIG: builders });
  } finally {
    await remove();
  }
}

async function findLogins(options: {
  readonly credentials: CredentialSource;
  readonly registries: readonly string[];
  readonly others?: readonly string[];
}): Promise<ReadonlyMap<string, Login>> {
  const { credentials, registries, others = [] } = options;
  const found = await Promise.all(
    [...new Set([...registries, ...others])].map(async (registry) => {
      const finding = credentials.find(registry);
      const login = registries.includes(registry) ? await finding : await finding.catch(noneIfTold);
      return [registry, login] as const;
    }),
  );
  return new Map(found.filter((pair): pair is [string, Login] => pair[1] !== null));
}

function noneIfTold(error: unknown): null {
  if (error instanceof DarkroomError) return null;
  throw error;
}

/** The user's settings, with our logins in the file itself: no helper may be asked for those registries. */
function configWith(own: DockerConfig, logins: ReadonlyMap<string, Login>): Record<string, unknown> {
  const others = (entries: ReadonlyMap<string, unknown>) =>
    [...entries].filter(([key]) => !logins.has(registryOfKey(key)));
  const ours = [...logins].map(([registry, login]) => [dockerKey(registry), login] as const);
  const plugins = Array.isArray(own.raw.cliPluginsExtraDirs) ? own.raw.cliPluginsExtraDirs : [];
  return {
    ...own.raw,
    auths: Object.fromEntries([
      ...others(own.auths),
      ...ours.map(([key, login]) => [key, entryOf(login)] as const),
    ]),
    // An empty helper is Docker's way to say "in this file", also where a store is set for all.
    credHelpers: Object.fromEntries([...others(own.credHelpers), ...ours.map(([key]) => [key, ''] as const)]),
    cliPluginsExtraDirs: [...plugins, join(own.folder, 'cli-plugins')],
  };
}

function entryOf(login: Login): Record<string, string> {
  return 'identityToken' in login ? { identitytoken: login.identityToken } : { auth: basicValue(login) };
}

/** The user's Docker contexts say where the daemon is; they may hold keys, which are not copied. */
async function linkContexts(from: string, to: string): Promise<void> {
  const contexts = join(from, 'contexts');
  const isThere = await stat(contexts).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isThere) await symlink(contexts, join(to, 'contexts'));
}
