/** Port: what Darkroom changes in a repository: files in commits, refs, pull requests. */

/** A commit as far as it matters here. */
export interface Commit {
  readonly message: string;
  readonly parents: readonly string[];
  /** Milliseconds. */
  readonly date: number;
}

/** A pull request. */
export interface PullRequest {
  readonly number: number;
  /** Its page. */
  readonly url: string;
  readonly isOpen: boolean;
  readonly isMerged: boolean;
  readonly title: string;
  readonly body: string;
}

/** One file to be committed. */
export interface FileCommit {
  /** The commit before; `null` for the first of a history, with nothing but this file. */
  readonly base: string | null;
  readonly path: string;
  readonly text: string;
  readonly message: string;
}

/** What came of moving a ref; `failure` says why not, in the forge's words. */
export type RefMove = { readonly moved: true } | { readonly moved: false; readonly failure: Error };

/**
 * One repository. Everything fails with a `PassingFailure` where it makes sense to ask again, and may then be asked again:
 * what was done already is done once. Refs are written as `heads/main`.
 */
export interface ForgeRepository {
  readDefaultBranch(): Promise<string>;
  /** Commit a ref is at; `null` where there is none. */
  readRef(ref: string): Promise<string | null>;
  readCommit(commit: string): Promise<Commit>;
  /** Text of a file at a commit; `null` where it is not there. */
  readFile(path: string, commit: string): Promise<string | null>;
  /** Makes a commit that no ref names yet, and gives its id. */
  writeCommit(file: FileCommit): Promise<string>;
  /** Moves a ref forward to a commit that follows the one it is at. */
  advanceRef(ref: string, commit: string): Promise<RefMove>;
  /** Puts a ref at a commit, wherever it is, and makes it where it is not. */
  putRef(ref: string, commit: string): Promise<void>;
  deleteRef(ref: string): Promise<void>;
  /** Pull requests from a branch of this repository into another one, the newest first; at most 100. */
  listPullRequests(branch: string, base: string): Promise<readonly PullRequest[]>;
  /** `null` where the forge refuses, as it does when there is one already. */
  openPullRequest(pull: {
    readonly branch: string;
    readonly base: string;
    readonly title: string;
    readonly body: string;
  }): Promise<PullRequest | null>;
  updatePullRequest(
    number: number,
    change: { readonly title?: string; readonly body?: string; readonly state?: 'closed' },
  ): Promise<void>;
}
