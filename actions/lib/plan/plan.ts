/** The plan: one document that says for every image and platform what will happen and why. */
import type { SourceIdentity } from '../git/source.ts';
import type { FloatingScope, TagEvent } from '../image/tag-template.ts';
import type { Platform } from '../matrix/matrix.ts';

/** `unknown`: nobody was asked (`--no-registry`). */
export type PlannedAction = 'hit' | 'build' | 'unneeded' | 'blocked' | 'unknown';

/** Something in an image that keeps it from being given to anybody. */
export interface Restriction {
  /** `licence`: it may not be passed on; `made`: an upstream was made on this machine, and is nowhere else. */
  readonly kind: 'licence' | 'made';
  /** Id of the licence, or name of the upstream. */
  readonly name: string;
  /** What says so: `image NAME` or `upstream NAME`. */
  readonly origin: string;
  /** Id of the parent it came through; `null` when it is the image's own. */
  readonly through: string | null;
}

/** One image for one platform. */
export interface PlannedImage {
  /** Unique in a plan: `name`, or `name@platform` when the image has several platforms. */
  readonly id: string;
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
  /** Ids of the entries it is built from, by the names its Dockerfile has for them. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Human tags that publish moves to it. */
  readonly tags: readonly string[];
  /** Those of them that several releases share; the rest are this push's own. */
  readonly floating: Readonly<Record<string, FloatingScope>>;
  /** Its own and what it inherits from parents. */
  readonly restrictions: readonly Restriction[];
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
  /**
   * Run and attempt of the workflow it was made in. Without it the plan of a commit that is planned again would be as old as
   * the first, and what it needs might go in the middle of its run.
   */
  readonly run?: string;
  readonly source: SourceIdentity & { readonly matrix: string };
  /** The push that is planned for: what its tags and its record are named after. */
  readonly event: TagEvent;
  /** The registry that is read, when there is one. */
  readonly home: string | null;
  /** The matrix says that only those who may hold restricted material can read home. */
  readonly homeIsPrivate: boolean;
  /** The registry that is written. */
  readonly target: string;
  readonly upstreams: readonly PlannedUpstream[];
  /** Parents before children. */
  readonly images: readonly PlannedImage[];
}
