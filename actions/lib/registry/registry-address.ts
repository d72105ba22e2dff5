/** Owns which texts may become part of a registry URL, and which URL leads to which other one. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import {
  formatImageReference,
  isLoopback,
  MAX_REPOSITORY_LENGTH,
  PATH_COMPONENT,
  REGISTRY_HOST,
} from '../image/image-reference.ts';
import type { ManifestReference, RepositoryReference } from './registry.ts';

const REGISTRY = new RegExp(`^${REGISTRY_HOST}$`);
const REPOSITORY = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Docker Hub answers its API under another name than its references carry. */
const DOCKER_HUB_API = 'registry-1.docker.io';

/** Whether a text is a `sha256:` digest, the only algorithm Darkroom accepts. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Prints a reference for a message: quoted, with control characters escaped. */
export function describeReference(ref: ManifestReference): string {
  return JSON.stringify(formatImageReference(ref));
}

/** The repository of a reference that may say more. */
export function repositoryOf(ref: RepositoryReference): RepositoryReference {
  return { registry: ref.registry, repository: ref.repository };
}

/** The registry's own API address; plain HTTP for loopback addresses only. */
export function registryUrl(registry: string): URL {
  const host = registry === 'docker.io' ? DOCKER_HUB_API : registry;
  const url = REGISTRY.test(host) ? URL.parse(`${isLoopback(host) ? 'http' : 'https'}://${host}/v2/`) : null;
  if (url === null)
    throw badReference(`Registry ${JSON.stringify(registry)} is not a host name with an optional port.`);
  return url;
}

/** The address of a repository's `part`, for example `tags/list`. @throws DarkroomError `registry/bad-reference` */
export function repositoryUrl(ref: RepositoryReference, part: string): URL {
  if (!REPOSITORY.test(ref.repository) || ref.repository.length > MAX_REPOSITORY_LENGTH) {
    throw badReference(
      `Repository ${JSON.stringify(ref.repository)} must be lower-case letters, digits and separators (. _ - /), at most ${MAX_REPOSITORY_LENGTH}.`,
    );
  }
  return new URL(`${ref.repository}/${part}`, registryUrl(ref.registry));
}

/** The address of a manifest, by digest where there is one. @throws DarkroomError `registry/bad-reference` */
export function manifestUrl(ref: ManifestReference): URL {
  if (ref.digest !== undefined) return repositoryUrl(ref, `manifests/${checkedDigest(ref.digest)}`);
  if (ref.tag === undefined || !TAG.test(ref.tag)) {
    throw badReference(
      `Tag ${JSON.stringify(ref.tag ?? '')} must be 1 to 128 letters, digits, dots, dashes or underscores, not starting with a dot or dash.`,
    );
  }
  return repositoryUrl(ref, `manifests/${ref.tag}`);
}

/** The address of a blob. @throws DarkroomError `registry/bad-reference` */
export function blobUrl(ref: RepositoryReference, digest: string): URL {
  return repositoryUrl(ref, `blobs/${checkedDigest(digest)}`);
}

/**
 * Whether a reader may be sent from one address to another: HTTPS stays HTTPS and never leads to this machine
 * (a registry elsewhere has no business there); a registry on loopback may point to loopback or to HTTPS.
 */
export function mayLeadTo(from: URL, to: URL): boolean {
  if (to.username !== '' || to.password !== '') return false;
  const staysHere = isLoopback(from.host);
  if (to.protocol === 'http:') return staysHere && isLoopback(to.host);
  return to.protocol === 'https:' && (staysHere || !isLoopback(to.host));
}

function checkedDigest(digest: string): string {
  if (!isDigest(digest))
    throw badReference(`Digest ${JSON.stringify(digest)} must be "sha256:" and 64 hex digits.`);
  return digest;
}

function badReference(message: string): DarkroomError {
  return new DarkroomError({ code: 'registry/bad-reference', message }, { kind: 'use' });
}
