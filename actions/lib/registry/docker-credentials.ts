/** Finds the logins that `docker login` stored, in its configuration file or with its credential helpers. */
import { execa } from 'execa';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { CredentialSource, Login } from './credentials.ts';
import { type DockerConfig, dockerKey, objectOf, readDockerConfig, registryOfKey } from './docker-config.ts';
import { tame } from './registry-failure.ts';

/** A helper may ask a password store or a cloud. */
const HELPER_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Helpers are programs `docker-credential-<name>`; a name with a path would be any program. */
const HELPER_NAME = /^[\w.-]+$/;
/** What Docker writes instead of a name where the secret is an identity token. */
const IDENTITY_TOKEN_NAME = '<token>';

/**
 * The logins of this machine's Docker. A helper that is missing or fails is an error only once its registry asks for a
 * login.
 */
export function dockerCredentials(
  environment: Readonly<Record<string, string | undefined>>,
): CredentialSource {
  return {
    async find(registry) {
      const config = await readDockerConfig(environment);
      const helper = helperOf(config, registry);
      return helper === undefined ? storedLogin(config, registry) : askHelper(helper, registry, environment);
    },
  };
}

/** Docker's order: the registry's own helper, else the store for all; an empty name means the file. */
function helperOf(config: DockerConfig, registry: string): string | undefined {
  const own = config.credHelpers.get(dockerKey(registry)) ?? config.credHelpers.get(registry);
  const name = own ?? config.credsStore;
  if (name === undefined || name === '') return undefined;
  if (typeof name === 'string' && HELPER_NAME.test(name)) return name;
  throw helperFailed(String(name), registry, 'it has no name of a program');
}

function storedLogin(config: DockerConfig, registry: string): Login | null {
  const entry = objectOf(entryOf(config.auths, registry));
  const from = `${config.folder}/config.json`;
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '')
    return { identityToken: entry.identitytoken, from };
  const [username, password] =
    typeof entry.auth === 'string' && entry.auth !== ''
      ? splitOnce(Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, ''))
      : [entry.username, entry.password];
  if (typeof username !== 'string' || typeof password !== 'string' || password === '') return null;
  return { username, password, from };
}

function entryOf(auths: DockerConfig['auths'], registry: string): unknown {
  const exact = auths.get(dockerKey(registry));
  return exact ?? [...auths].find(([key]) => registryOfKey(key) === registry)?.[1];
}

function splitOnce(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** https://github.com/docker/docker-credential-helpers#development: the address goes in, JSON comes out. */
async function askHelper(
  name: string,
  registry: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Login | null> {
  const result = await execa(`docker-credential-${name}`, ['get'], {
    input: dockerKey(registry),
    env: environment,
    extendEnv: false,
    timeout: HELPER_TIMEOUT_MS,
    maxBuffer: MAX_ANSWER_BYTES,
    reject: false,
  });
  if (result.code === 'ENOENT') throw helperFailed(name, registry, 'there is no such program on the PATH');
  if (result.timedOut)
    throw helperFailed(name, registry, `it gave no answer within ${HELPER_TIMEOUT_MS / 1000} s`);
  if (result.failed) {
    if (/credentials not found/i.test(`${result.stdout}`)) return null;
    throw helperFailed(
      name,
      registry,
      tame(result.stderr || result.stdout) || tame(result.shortMessage ?? ''),
    );
  }
  const answer = parseAnswer(result.stdout);
  if (answer === undefined) throw helperFailed(name, registry, 'its answer holds no name and secret');
  const from = `docker-credential-${name}`;
  if (answer.username === IDENTITY_TOKEN_NAME) return { identityToken: answer.secret, from };
  return answer.secret === '' ? null : { username: answer.username, password: answer.secret, from };
}

function parseAnswer(text: string): { username: string; secret: string } | undefined {
  try {
    const { Username: username, Secret: secret } = objectOf(JSON.parse(text));
    return typeof username === 'string' && typeof secret === 'string' ? { username, secret } : undefined;
  } catch {
    return undefined;
  }
}

function helperFailed(name: string, registry: string, why: string): DarkroomError {
  return new DarkroomError({
    code: 'registry/login-helper',
    message: `Cannot get the login for "${registry}" from "docker-credential-${tame(name)}", which Docker's configuration names: ${why}.`,
    hint: 'Install or mend that program, or take it out of "credHelpers" or "credsStore" and log in again.',
  });
}
