/**
 * Owns the grammar of image references, as Docker and BuildKit read them.
 * https://github.com/distribution/reference
 */
import { DarkroomError } from '../errors/darkroom-error.ts';

/** A reference with the registry and repository that a pull would ask for. */
export interface RegistryReference {
  /** Host, with port if any: `docker.io` when none was written. */
  readonly registry: string;
  /** Path in the registry; `library/` stands before a bare name of `docker.io`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

/** Regular expression source of one component of a repository path. */
export const PATH_COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
/** Regular expression source of a registry's host, with an optional port. */
export const REGISTRY_HOST = `(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?`;
/** Regular expression source of a tag. */
export const IMAGE_TAG = '\\w[\\w.-]{0,127}';
/** Longest repository path a registry takes. */
export const MAX_REPOSITORY_LENGTH = 255;

const HOST = new RegExp(`^${REGISTRY_HOST}$`);
const REPOSITORY = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const TAG = new RegExp(`^${IMAGE_TAG}$`);
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
/** Docker takes 64 hexadecimal digits for an image id. */
const IMAGE_ID = /^[0-9a-f]{64}$/;

/**
 * Returns the parts of a reference, with Docker Hub's defaults filled in; no tag is added.
 *
 * @throws DarkroomError `image/bad-reference`
 * @example parseImageReference('python:3.11') // { registry: 'docker.io', repository: 'library/python', tag: '3.11' }
 */
export function parseImageReference(text: string): RegistryReference {
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  const { registry, repository } = splitRegistry(colon === -1 ? named : named.slice(0, colon));

  const flaw = findFlaw({ registry, repository, tag, digest });
  if (flaw !== undefined || IMAGE_ID.test(text)) {
    throw new DarkroomError(
      {
        code: 'image/bad-reference',
        message: `${JSON.stringify(text)} is not an image reference: ${flaw ?? 'an image id names no repository'}.`,
        hint: 'Expected [registry/]repository[:tag][@digest], such as ghcr.io/acme/tools:1.2.',
      },
      { kind: 'use' },
    );
  }
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Prints a reference with every part it has. */
export function formatImageReference(reference: RegistryReference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/**
 * Returns the one spelling of a reference: registry and `library/` written out, `latest` when it has neither tag nor digest.
 *
 * @throws DarkroomError `image/bad-reference`
 */
export function normaliseImageReference(text: string): string {
  const reference = parseImageReference(text);
  const isBare = reference.tag === undefined && reference.digest === undefined;
  return formatImageReference(isBare ? { ...reference, tag: 'latest' } : reference);
}

/** Host of the place images lie in: `ghcr.io` of `ghcr.io/acme/vision`. @throws DarkroomError `image/bad-reference` */
export function hostOf(registry: string): string {
  return parseImageReference(`${registry}/image`).registry;
}

/** Tells whether a registry (`host[:port]`, a path after it is ignored) is on this machine: only then is plain HTTP in order. */
export function isLoopback(registry: string): boolean {
  const host = (registry.split('/')[0] ?? '').replace(/:[0-9]+$/, '').toLowerCase();
  if (host === 'localhost' || host === '[::1]') return true;
  const bytes = host.split('.');
  return (
    bytes.length === 4 &&
    bytes[0] === '127' &&
    bytes.every((byte) => /^[0-9]{1,3}$/.test(byte) && Number(byte) < 256)
  );
}

/** Docker's rule: what stands before the first slash is a host if it looks like one, or could be no repository. */
function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isHost =
    slash !== -1 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const written = isHost ? first : 'docker.io';
  const registry = written === 'index.docker.io' ? 'docker.io' : written;
  const path = isHost ? name.slice(slash + 1) : name;
  return { registry, repository: registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path };
}

function findFlaw(
  parts: Record<'registry' | 'repository', string> & Record<'tag' | 'digest', string | undefined>,
) {
  if (!HOST.test(parts.registry)) return `"${parts.registry}" is not a registry`;
  if (parts.repository.length > MAX_REPOSITORY_LENGTH) {
    return `the repository has ${parts.repository.length} characters, at most ${MAX_REPOSITORY_LENGTH} are allowed`;
  }
  if (!REPOSITORY.test(parts.repository)) {
    const isCase = REPOSITORY.test(parts.repository.toLowerCase());
    return isCase ? 'a repository is written in lower case' : `"${parts.repository}" is not a repository`;
  }
  if (parts.tag !== undefined && !TAG.test(parts.tag)) return `"${parts.tag}" is not a tag`;
  if (parts.digest !== undefined && !DIGEST.test(parts.digest)) return `"${parts.digest}" is not a digest`;
  return undefined;
}
