/** Reads Docker's configuration file: https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';

/** The part of the file that concerns registries; `raw` is everything, as it was written. */
export interface DockerConfig {
  /** The folder it lies in. */
  readonly folder: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** By key as written: a host, or an address for Docker Hub and old entries. */
  readonly auths: ReadonlyMap<string, unknown>;
  /** Helper program per registry; an empty one means the file itself. */
  readonly credHelpers: ReadonlyMap<string, unknown>;
  readonly credsStore?: string;
}

/** Under this address, not its name, Docker keeps the login of Docker Hub. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** Reads the configuration of `$DOCKER_CONFIG` or `~/.docker`; an empty one where there is no file. */
export async function readDockerConfig(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<DockerConfig> {
  const folder = environment.DOCKER_CONFIG || join(environment.HOME || homedir(), '.docker');
  const file = join(folder, 'config.json');
  const raw = parseConfig(await readText(file), file);
  const { credsStore } = raw;
  return {
    folder,
    raw,
    auths: new Map(Object.entries(objectOf(raw.auths))),
    credHelpers: new Map(Object.entries(objectOf(raw.credHelpers))),
    ...(typeof credsStore === 'string' && credsStore !== '' ? { credsStore } : {}),
  };
}

/** The key under which Docker keeps what belongs to a registry. */
export function dockerKey(registry: string): string {
  return registry === 'docker.io' ? DOCKER_HUB_KEY : registry;
}

/** The registry a key means: old entries are addresses, and Docker Hub has several names. */
export function registryOfKey(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

/** A value as an object; an empty one where it is none. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '{}';
    throw new DarkroomError({
      code: 'registry/docker-config',
      place: { file },
      message: `Docker's configuration cannot be read (${code}).`,
      hint: 'It holds the logins for registries. Make it readable, or name another folder in DOCKER_CONFIG.',
    });
  }
}

function parseConfig(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Not with the parser's own words: they quote the text, and secrets stand in it.
  }
  throw new DarkroomError({
    code: 'registry/docker-config',
    place: { file },
    message: `Docker's configuration is not a JSON object.`,
    hint: 'It holds the logins for registries. Mend the file, or remove it and log in again.',
  });
}
