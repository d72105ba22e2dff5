/** The shape of `action-matrix.yml` after parsing: every default filled in, every value checked. */
import type { Place } from '../errors/darkroom-error.ts';

/** `os/arch` or `os/arch/variant`, as BuildKit spells it. */
export type Platform = string;

/** One parsed matrix. */
export interface Matrix {
  /** Path as given by the user, used in messages. */
  readonly file: string;
  /** Home: the registry that is read, for example `ghcr.io/acme/vision`. Absent: the caller decides. */
  readonly registry?: string;
  /** `private` lets images with a restricted licence be published home. */
  readonly home: 'public' | 'private';
  /** Named upstreams, by name, in the order written. */
  readonly upstreams: ReadonlyMap<string, NamedUpstream>;
  /** Default fleet of every image. */
  readonly fleet?: Fleet;
  /** By name, in the order written. */
  readonly images: ReadonlyMap<string, ImageDeclaration>;
}

/** Material from outside that is no image: a git source, a file to download, or local licensed files. */
export interface NamedUpstream {
  readonly name: string;
  readonly source:
    | { readonly kind: 'git'; readonly url: string; readonly ref: string }
    | { readonly kind: 'http'; readonly url: string }
    | { readonly kind: 'local'; readonly path: string };
  /** SPDX-like ids; every image that holds the upstream inherits them. */
  readonly licence: readonly string[];
  readonly place: Place;
}

/** The GPUs and drivers images are built and tested for. */
export interface Fleet {
  /** CUDA compute capabilities, for example `8.6`. */
  readonly gpus: readonly string[];
  /** Driver versions, for example `580.65.06`. */
  readonly drivers: readonly string[];
}

/** Where the value of a build secret comes from; only its id and version enter the key. */
export interface SecretDeclaration {
  readonly id: string;
  readonly source:
    | { readonly kind: 'env'; readonly name: string }
    | { readonly kind: 'file'; readonly path: string };
  readonly version: string;
}

/**
 * A named context: a folder of the repository, a named upstream (`upstream:NAME`), another image of the matrix
 * (`image:NAME`), or an image from outside (`docker-image://REFERENCE`).
 */
export type ContextDeclaration =
  | { readonly kind: 'folder'; readonly path: string; readonly place: Place }
  | { readonly kind: 'upstream' | 'image'; readonly name: string; readonly place: Place }
  | { readonly kind: 'docker-image'; readonly reference: string; readonly place: Place };

/** One image as declared. */
export interface ImageDeclaration {
  readonly name: string;
  /** Folder relative to the repository root, `.` for the root; default `containers/<name>`. */
  readonly context: string;
  /** Relative to the repository root (written relative to the context); default `Dockerfile` in the context. */
  readonly dockerfile: string;
  readonly target?: string;
  /** Characters as written: `1.10` is `1.10`. No prototype, so that any name is only a name. */
  readonly args: Readonly<Record<string, string>>;
  /** Default `linux/amd64`. */
  readonly platforms: readonly Platform[];
  readonly contexts: ReadonlyMap<string, ContextDeclaration>;
  /** Other references that mean this image, as written; each belongs to one image only, however it is spelled. */
  readonly aliases: readonly string[];
  readonly secrets: readonly SecretDeclaration[];
  readonly labels: Readonly<Record<string, string>>;
  /** Tag templates; default `["{branch}"]`; `[]` makes the image internal. */
  readonly tags: readonly string[];
  /** Labels of the runner that builds it, for workflows. */
  readonly runner: readonly string[];
  /** Path of the smoke test relative to the context. */
  readonly smoke?: string;
  readonly budget: { readonly sizeBytes?: number; readonly startupSeconds?: number };
  /** The image's own fleet; what it leaves out is the matrix's. */
  readonly fleet?: Fleet;
  readonly licence: readonly string[];
  /** Where the image's name stands. */
  readonly place: Place;
}
