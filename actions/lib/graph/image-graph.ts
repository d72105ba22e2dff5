/** The graph of images: nodes are (image, platform), edges are read from the Dockerfiles. */
import type { ResolvedDockerfile } from '../dockerfile/dockerfile.ts';
import type { Place } from '../errors/darkroom-error.ts';
import type { ImageDeclaration, NamedUpstream, Platform } from '../matrix/matrix.ts';

/** What a name in a Dockerfile stands for, once it is known to be no stage. */
export type Reference = {
  /** The name as BuildKit looks it up. */
  readonly written: string;
  readonly place: Place;
} & (
  | /** A folder of the repository, relative to its root. */ {
      readonly kind: 'context';
      readonly folder: string;
    }
  | {
      readonly kind: 'parent';
      readonly image: string;
      readonly platform: Platform;
      /** Id of the parent's node. */
      readonly node: string;
    }
  | { readonly kind: 'named-upstream'; readonly upstream: NamedUpstream }
  | {
      readonly kind: 'upstream';
      readonly reference: string;
      readonly platform: Platform;
      /** An image of the matrix with nearly this name, in case this one does not exist. */
      readonly near?: string;
    }
);

/** One image for one platform. */
export interface ImageNode {
  /** `name` when the image has one platform, else `name@platform`. */
  readonly id: string;
  readonly image: ImageDeclaration;
  readonly platform: Platform;
  /** Build args the Dockerfile declares, with the values it gets. */
  readonly args: Readonly<Record<string, string>>;
  readonly dockerfile: ResolvedDockerfile;
  /** One entry per name written. */
  readonly references: readonly Reference[];
  /** Ids of the parent nodes, without duplicates. */
  readonly parents: readonly string[];
  /** Why every file of the context counts, when it does. */
  readonly wholeContext: { readonly reason: string; readonly place: Place } | null;
  /** The image's own licences and those it inherits from upstreams and parents. */
  readonly licence: readonly string[];
}

/** Nodes in an order in which every parent stands before its children. */
export interface ImageGraph {
  readonly nodes: readonly ImageNode[];
}
