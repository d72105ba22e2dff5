import type { Comments } from './plan-comment.ts';

/** Reaches the comments of a pull request through GitHub's API; the client is loaded only when there is something to say. */
export async function createComments(token: string, repository: string, number: number): Promise<Comments> {
  const { getOctokit } = await import('@actions/github');
  const octokit = getOctokit(token);
  const [owner = '', repo = ''] = repository.split('/');
  const { issues } = octokit.rest;
  return {
    async list() {
      const found = await octokit.paginate(issues.listComments, {
        ...{ owner, repo },
        issue_number: number,
        per_page: 100,
      });
      return found.map(({ id, body, user }) => ({ id, body: body ?? '', isBot: user?.type === 'Bot' }));
    },
    create: async (body) => void (await issues.createComment({ owner, repo, issue_number: number, body })),
    update: async (id, body) => void (await issues.updateComment({ owner, repo, comment_id: id, body })),
  };
}
