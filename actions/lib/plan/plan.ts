/** The plan: one document that says for every image and platform what will happen and why. */
import type { SourceIdentity } from '../git/source.ts';
import type { Platform } from '../matrix/matrix.ts';

/** `unknown`: nobody was asked (`--no-registry`). */
export type PlannedAction = 'hit' | 'build' | 'unneeded' | 'blocked' | 'unknown';

/** One image for one platform. */
export interface PlannedImage {
  readonly name: string;
  readonly platform: Platform;
  /** sha256 in hex; `null` while an upstream has no pin. */
  readonly key: string | null;
  /** `key-<32 hex>`. */
  readonly tag: string | null;
  /** Where the image is (a hit) or will be: `<registry>/<image>:key-…`. */
  readonly ref: string | null;
  /** Digest found at `ref`, for a hit. */
  readonly digest: string | null;
  readonly action: PlannedAction;
  /** In plain words, most telling first. */
  readonly reasons: readonly string[];
  /** Counted from 1; `null` unless it is built. */
  readonly wave: number | null;
  /** Names of the images it is built from. */
  readonly parents: readonly string[];
  /** Human tags that publish moves to it. */
  readonly tags: readonly string[];
}

/** What an upstream is bound to, and where that is read from. */
export interface PlannedUpstream {
  readonly kind: 'image' | 'git' | 'http' | 'local';
  /** Image reference, `url#ref`, URL or path. */
  readonly name: string;
  /** Images only. */
  readonly platform: Platform | null;
  /** Digest, commit or sha256; made ones start with `made:`; `null` when there is none yet. */
  readonly pin: string | null;
}

/** A whole plan; the JSON Schema is `plan.schema.json`. */
export interface Plan {
  readonly version: 1;
  readonly source: SourceIdentity & { readonly matrix: string };
  /** The registry that is read, when there is one. */
  readonly home: string | null;
  /** The registry that is written. */
  readonly target: string;
  readonly upstreams: readonly PlannedUpstream[];
  /** Parents before children. */
  readonly images: readonly PlannedImage[];
}
