/** Port: what Darkroom changes in a repository: files in commits, refs, pull requests. */

/** A commit as far as it matters here. */
export interface Commit {
  readonly message: string;
  readonly parents: readonly string[];
  /** Milliseconds. */
  readonly date: number;
}

/** What one commit has since it parted from another. */
export interface Comparison {
  /** The newest commit that both have. */
  readonly mergeBase: string;
  /** What came after that, the oldest first; at most 250. */
  readonly commits: readonly (Pick<Commit, 'message' | 'parents'> & { readonly id: string })[];
  /** What these changed all together, also by moving it away; at most 300 files. */
  readonly paths: readonly string[];
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
  /** What `head` has and `base` lacks; `null` where no commit is in both histories. */
  compareCommits(base: string, head: string): Promise<Comparison | null>;
  /** Text of a file at a commit; `null` where it is not there. */
  readFile(path: string, commit: string): Promise<string | null>;
  /** Makes a commit that no ref names yet, and gives its id. */
  writeCommit(file: FileCommit): Promise<string>;
  /** Moves a ref forward to a commit that follows the one it is at. */
  advanceRef(ref: string, commit: string): Promise<RefMove>;
  /**
   * Puts a ref from where it was seen (`null`: nowhere) at a commit that need not follow; `false` where it is elsewhere by now.
   * It is looked at immediately before: what is pushed between these two requests is not seen, as the API cannot compare and
   * move at once.
   */
  putRef(ref: string, commit: string, from: string | null): Promise<boolean>;
  /** Deletes a ref that is where it was seen, or gone; `false` where it is elsewhere by now. Looked at as by `putRef`. */
  deleteRef(ref: string, from: string): Promise<boolean>;
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
