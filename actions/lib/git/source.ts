/** The files a plan is made of: one git tree, of a commit or of the dirty work tree, and how to read it. */

/** Git's modes for files; symlinks hold their target as content; `160000` is a submodule's commit. */
export type FileMode = '100644' | '100755' | '120000' | '160000';

/**
 * One entry of the tree. `path` is relative to the repository, `/`-separated; bytes that are not UTF-8 stand as lone
 * surrogates U+DC80–U+DCFF (see `path-text.ts`), so that any name git can hold survives.
 */
export interface TreeEntry {
  readonly mode: FileMode;
  /** Git object id of the content (of the commit, for a submodule). */
  readonly id: string;
  readonly path: string;
}

/** Where a source stands, as it is written into a plan. */
export interface SourceIdentity {
  /** `null` before the first commit. */
  readonly commit: string | null;
  /** Id of the tree that is planned: HEAD's, or that of the dirty work tree. */
  readonly tree: string;
  readonly branch: string | null;
  /** Names of tags that point at the commit. */
  readonly tags: readonly string[];
  /** URL of the remote `origin`, credentials removed. */
  readonly origin: string | null;
  /** Paths that differ from HEAD, sorted; empty for a clean tree. */
  readonly dirty: readonly string[];
}

/** Port: what the planner and the exporter ask of git. */
export interface Source {
  readonly identity: SourceIdentity;
  /** Absolute path of the work tree's top, for messages and for local upstreams. */
  readonly root: string;
  /** Paths of the work tree that are not as in the planned tree: they are not what is built. */
  readonly differing: readonly string[];
  /** Every entry, sorted by the bytes of its path. */
  readonly entries: readonly TreeEntry[];
  /** Contents by object id. @throws DarkroomError `git/missing-object` */
  readBlobs(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** Releases temporary objects. */
  close(): Promise<void>;
}
