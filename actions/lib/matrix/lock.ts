/** The shape of `action-matrix.lock`: what every upstream stood at when it was last looked up. */
import type { Platform } from './matrix.ts';
import { toRecord } from './read-value.ts';

/**
 * One lock. Its records have no prototype, so that any name can be looked up in them; a caller that builds one from
 * names of others should do the same.
 */
export interface Lock {
  readonly version: 1;
  /** Normalised reference (`docker.io/library/python:3.11-slim`) → platform → digest of the platform manifest (`sha256:…`). */
  readonly images: Readonly<Record<string, Readonly<Record<Platform, string>>>>;
  /** `<url>#<ref>` → commit. */
  readonly git: Readonly<Record<string, string>>;
  /** Address → sha256 of the file, hexadecimal. */
  readonly http: Readonly<Record<string, string>>;
  /** Path relative to the repository → sha256 of the folder's listing, hexadecimal. */
  readonly local: Readonly<Record<string, string>>;
}

/** Returns a lock that pins nothing. */
export function emptyLock(): Lock {
  return { version: 1, images: toRecord([]), git: toRecord([]), http: toRecord([]), local: toRecord([]) };
}
