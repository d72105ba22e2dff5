/** The shapes of what lies in a registry, and the port through which the rest of Darkroom asks for it. */
import type { RegistryReference } from '../image/image-reference.ts';

/** One repository; `registry` is `host[:port]` (`docker.io` means Docker Hub), `repository` its path. */
export interface RepositoryReference {
  readonly registry: string;
  readonly repository: string;
}

/** One manifest, by tag or digest; where both stand, the digest decides. */
export type ManifestReference = RegistryReference;

/** What a registry says about a manifest without sending it. */
export interface ManifestHead {
  readonly digest: string;
  readonly mediaType: string;
  /** Bytes of the manifest itself, not of the image. */
  readonly size: number;
}

/** A pointer to content, as the OCI image specification defines it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The platform manifests of one image. */
export interface IndexDocument {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

/** One image, or one artifact where `artifactType` stands. */
export interface ImageDocument {
  readonly kind: 'image';
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A manifest whose bytes hash to `digest` and whose structure was checked. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly document: IndexDocument | ImageDocument;
}

/** Whether anything answers at a registry's address, and what time it is there, where it says so: milliseconds since 1970. */
export type ProbeResult =
  | { readonly answers: true; readonly time: number | null }
  | { readonly answers: false; readonly reason: string };

/**
 * Port: the operations Darkroom needs of a registry. Only 404 means "not there"; whatever else is no success is a
 * `DarkroomError` with a `registry/…` code that names the reference, the status and the registry's own words.
 */
export interface RegistryClient {
  /** What the registry holds at a reference, or `null` when it answers 404. */
  headManifest(ref: ManifestReference): Promise<ManifestHead | null>;
  /** The manifest, or `null` when the registry answers 404. At most 4 MiB. */
  getManifest(ref: ManifestReference): Promise<Manifest | null>;
  /** A blob's bytes. @throws DarkroomError `registry/not-found`, `registry/too-large`, `registry/digest-mismatch` */
  getBlob(ref: RepositoryReference, digest: string, limits: { readonly maxBytes: number }): Promise<Buffer>;
  /** Stores a blob unless it is there already; gives its digest. */
  putBlob(ref: RepositoryReference, bytes: Uint8Array): Promise<string>;
  /**
   * Makes a blob of one repository one of another of the same registry, without sending it; `false` where the registry
   * does not do that.
   */
  mountBlob(ref: RepositoryReference, from: RepositoryReference, digest: string): Promise<boolean>;
  /** Stores a manifest under the reference's tag, or by its digest alone; gives its digest. */
  putManifest(ref: ManifestReference, bytes: Uint8Array, mediaType: string): Promise<string>;
  /**
   * Deletes a manifest by digest (every tag on it goes too); `false` when it was not there, or may not go.
   * @param mayGo asked right before each request, also one that is sent again after a wait
   */
  deleteManifest(ref: RepositoryReference, digest: string, mayGo?: () => Promise<boolean>): Promise<boolean>;
  /** Gives an existing manifest one more tag in its repository, byte for byte; gives its digest. */
  copyManifestTag(ref: ManifestReference, tag: string): Promise<string>;
  /** Every tag of a repository in the registry's order; empty for a repository that does not exist. */
  listTags(ref: RepositoryReference): Promise<string[]>;
  /** Asks within two seconds whether anything speaks HTTP at a registry, whatever it says. */
  probe(registry: string): Promise<ProbeResult>;
}
