/** The files, refs and pull requests of a repository on GitHub. */
import { answerFailure, badAnswer } from './forge-failure.ts';
import type { Comparison, ForgeRepository, PullRequest } from './forge-repository.ts';
import { type ForgeSession, parseJson, type Question } from './forge-session.ts';
import { fields, list, number, type Reader, text, time } from './read-answers.ts';

const MOST_PULLS = 100;

/** @param repository `owner/name` */
export function createGitHubRepository(session: ForgeSession, repository: string): ForgeRepository {
  const here = `repos/${repository}`;
  const [owner = ''] = repository.split('/');

  async function send(question: Question) {
    return fields(parseJson(question.doing, await session.ask(question)), question.doing);
  }

  async function treeOf(commit: string): Promise<string> {
    const doing = `read the commit ${commit.slice(0, 12)} of ${repository}`;
    const json = await send({ doing, path: `${here}/git/commits/${commit}`, takes: [200] });
    return text(fields(json.tree, doing), 'sha', doing);
  }

  async function patchRef(ref: string, commit: string, force: boolean) {
    const doing = `move "${ref}" of ${repository} to ${commit.slice(0, 12)}`;
    const body = { sha: commit, force };
    const path = `${here}/git/refs/${placeOf(ref)}`;
    const answer = await session.ask({ method: 'PATCH', doing, path, body, takes: [200, 404, 409, 422] });
    return { doing, answer, moved: answer.status === 200 };
  }

  /** Whether it is there now, and was made by nobody else. */
  async function makeRef(ref: string, commit: string): Promise<boolean> {
    const doing = `make "${ref}" in ${repository}`;
    const question = { doing, path: `${here}/git/refs`, body: { ref: `refs/${ref}`, sha: commit } };
    const answer = await session.ask({ method: 'POST', ...question, takes: [201, 422] });
    if (answer.status === 201) return true;
    const at = await self.readRef(ref);
    if (at === null) throw answerFailure(doing, answer, session.time());
    return at === commit;
  }

  const self: ForgeRepository = {
    async readDefaultBranch() {
      const doing = `read the repository ${repository}`;
      return text(await send({ doing, path: here, takes: [200] }), 'default_branch', doing);
    },
    async readRef(ref) {
      const doing = `read "${ref}" of ${repository}`;
      const path = `${here}/git/ref/${placeOf(ref)}`;
      const json = await session.askJson({ doing, path, takes: [200, 404] });
      return json === null ? null : text(fields(fields(json, doing).object, doing), 'sha', doing);
    },
    async readCommit(commit) {
      const doing = `read the commit ${commit.slice(0, 12)} of ${repository}`;
      const json = await send({ doing, path: `${here}/git/commits/${commit}`, takes: [200] });
      return {
        message: text(json, 'message', doing),
        parents: list(json, 'parents', doing).map((parent) => text(fields(parent, doing), 'sha', doing)),
        date: time(fields(json.committer, doing), 'date', doing),
      };
    },
    async compareCommits(base, head) {
      const doing = `compare ${base.slice(0, 12)} with ${head.slice(0, 12)} of ${repository}`;
      const json = await session.askJson({
        doing,
        path: `${here}/compare/${base}...${head}`,
        takes: [200, 404],
      });
      if (json === null) return null;
      const from = fields(json, doing);
      return {
        mergeBase: text(fields(from.merge_base_commit, doing), 'sha', doing),
        commits: list(from, 'commits', doing).map((one) => readCompared(one, doing)),
        paths: list(from, 'files', doing).flatMap((one) => readPaths(one, doing)),
      };
    },
    async readFile(path, commit) {
      const doing = `read "${path}" of ${repository}`;
      const question = { doing, path: `${here}/contents/${placeOf(path)}`, query: { ref: commit } };
      const json = await session.askJson({ ...question, takes: [200, 404] });
      if (json === null) return null;
      const file = fields(json, doing);
      // Of a file larger than a megabyte, and of a folder, there is none.
      if (file.encoding !== 'base64') throw badAnswer(doing, 'it is not a file of less than a megabyte');
      return Buffer.from(text(file, 'content', doing), 'base64').toString('utf8');
    },
    async writeCommit({ base, path, text: content, message }) {
      const doing = `commit "${path}" to ${repository}`;
      const entry = { path, mode: '100644', type: 'blob', content };
      const tree = await send({
        ...{ method: 'POST', doing, path: `${here}/git/trees`, takes: [201] },
        body: { tree: [entry], ...(base === null ? {} : { base_tree: await treeOf(base) }) },
      });
      const commit = await send({
        ...{ method: 'POST', doing, path: `${here}/git/commits`, takes: [201] },
        body: { message, tree: text(tree, 'sha', doing), parents: base === null ? [] : [base] },
      });
      return text(commit, 'sha', doing);
    },
    async advanceRef(ref, commit) {
      const { doing, answer, moved } = await patchRef(ref, commit, false);
      return moved ? { moved } : { moved, failure: answerFailure(doing, answer, session.time()) };
    },
    async putRef(ref, commit, from) {
      const at = await self.readRef(ref);
      // It was asked before, and the answer was lost.
      if (at === commit) return true;
      if (at !== from) return false;
      if (at === null) return makeRef(ref, commit);
      const { doing, answer, moved } = await patchRef(ref, commit, true);
      if (!moved) throw answerFailure(doing, answer, session.time());
      return true;
    },
    async deleteRef(ref, from) {
      const at = await self.readRef(ref);
      if (at !== from) return at === null;
      const doing = `delete "${ref}" of ${repository}`;
      const path = `${here}/git/refs/${placeOf(ref)}`;
      await session.ask({ method: 'DELETE', doing, path, takes: [204, 404, 422] });
      return true;
    },
    async listPullRequests(branch, base) {
      const doing = `list the pull requests of ${repository}`;
      const query = { head: `${owner}:${branch}`, base, state: 'all', per_page: String(MOST_PULLS) };
      const json = await session.askJson({ doing, path: `${here}/pulls`, query, takes: [200] });
      if (!Array.isArray(json)) throw badAnswer(doing, 'the answer is no list where one was expected');
      // A fork may belong to the same owner.
      return json.flatMap((one) => (isOwn(one, repository) ? [readPullRequest(one, doing)] : []));
    },
    async openPullRequest({ branch, base, title, body }) {
      const doing = `open a pull request in ${repository}`;
      const question = { doing, path: `${here}/pulls`, body: { title, body, head: branch, base } };
      const answer = await session.ask({ method: 'POST', ...question, takes: [201, 422] });
      return answer.status === 201 ? readPullRequest(parseJson(doing, answer), doing) : null;
    },
    async updatePullRequest(number_, change) {
      const doing = `change the pull request ${number_} of ${repository}`;
      const path = `${here}/pulls/${number_}`;
      await session.ask({ method: 'PATCH', doing, path, body: change, takes: [200] });
    },
  };
  return self;
}

const readCompared: Reader<Comparison['commits'][number]> = (value, doing) => {
  const from = fields(value, doing);
  return {
    id: text(from, 'sha', doing),
    message: text(fields(from.commit, doing), 'message', doing),
    parents: list(from, 'parents', doing).map((parent) => text(fields(parent, doing), 'sha', doing)),
  };
};

const readPaths: Reader<readonly string[]> = (value, doing) => {
  const from = fields(value, doing);
  const before = from.previous_filename;
  return [text(from, 'filename', doing), ...(typeof before === 'string' ? [before] : [])];
};

const readPullRequest: Reader<PullRequest> = (value, doing) => {
  const from = fields(value, doing);
  return {
    ...{ number: number(from, 'number', doing), url: text(from, 'html_url', doing) },
    ...{ isOpen: from.state === 'open', isMerged: typeof from.merged_at === 'string' },
    title: text(from, 'title', doing),
    body: typeof from.body === 'string' ? from.body : '',
  };
};

function isOwn(value: unknown, repository: string): boolean {
  const { head } = (value ?? {}) as { head?: { repo?: { full_name?: unknown } | null } };
  const name = head?.repo?.full_name;
  return typeof name === 'string' && name.toLowerCase() === repository.toLowerCase();
}

function placeOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
