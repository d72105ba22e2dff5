/** Reaches pull requests through GitHub's API; the client is loaded only when it is asked something. */

/** A comment on lines of a pull request, all in one part of its diff. */
export interface ReviewComment {
  readonly file: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly body: string;
}

/** Port: what GitHub knows of the pull requests of a repository. */
export interface PullRequests {
  /** Newest commit that both contain. */
  mergeBase(base: string, head: string): Promise<string>;
  /** What each file's diff looks like, by path; GitHub leaves out what is large or no text. */
  patches(number: number): Promise<ReadonlyMap<string, string>>;
  /** Texts of all comments on lines. */
  comments(number: number): Promise<readonly string[]>;
  /** One review that judges nothing; notifies people once. */
  review(
    number: number,
    review: { readonly commit: string; readonly body: string; readonly comments: readonly ReviewComment[] },
  ): Promise<void>;
}

/** @param repository owner and name */
export async function createPullRequests(token: string, repository: string): Promise<PullRequests> {
  const { getOctokit } = await import('@actions/github');
  const octokit = getOctokit(token);
  const [owner = '', repo = ''] = repository.split('/');
  const { pulls, repos } = octokit.rest;
  const pull = (number: number) => ({ owner, repo, pull_number: number });
  return {
    async mergeBase(base, head) {
      const basehead = `${base}...${head}`;
      const { data } = await repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1 });
      return data.merge_base_commit.sha;
    },
    async patches(number) {
      const files = await octokit.paginate(pulls.listFiles, { ...pull(number), per_page: 100 });
      return new Map(
        files.flatMap(({ filename, patch }) => (patch === undefined ? [] : [[filename, patch]])),
      );
    },
    async comments(number) {
      const found = await octokit.paginate(pulls.listReviewComments, { ...pull(number), per_page: 100 });
      return found.map(({ body }) => body);
    },
    async review(number, { commit, body, comments }) {
      await pulls.createReview({
        ...pull(number),
        ...{ commit_id: commit, event: 'COMMENT', body },
        comments: comments.map(({ file, startLine, endLine, body: text }) => ({
          ...{ path: file, side: 'RIGHT', line: endLine, body: text },
          ...(startLine === endLine ? {} : { start_side: 'RIGHT', start_line: startLine }),
        })),
      });
    },
  };
}
