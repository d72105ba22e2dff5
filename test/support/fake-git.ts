/** Commits, refs and pull requests of a fake forge: one flat tree per commit. */
import { createHash } from 'node:crypto';
import { exampleOf } from './forge-contract.ts';

/** A commit that is there. */
export interface FakeCommit {
  readonly message: string;
  readonly parents: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly at: number;
}

/** A pull request that is there. */
export interface FakePull {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  title: string;
  body: string;
  state: 'open' | 'closed';
  mergedAt: string | null;
}

/** Requests as they are routed, answers as they are sent. */
interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly origin: string;
}
interface Reply {
  readonly status: number;
  readonly json?: unknown;
}

/** What a test sees and does. */
export interface FakeGit {
  readonly commits: ReadonlyMap<string, FakeCommit>;
  /** By full name without `refs/`: `heads/main`. */
  readonly refs: Map<string, string>;
  readonly pulls: FakePull[];
  /** Branches that nobody may push to. */
  readonly protected: Set<string>;
  /** Somebody pushes a commit with files changed; gives its id. */
  push(
    branch: string,
    files: Readonly<Record<string, string>>,
    message?: string,
    more?: readonly string[],
  ): string;
  /** Text of a file at a ref. */
  read(ref: string, path: string): string | undefined;
}

const REPO = '/repos/{owner}/{repo}';
const notFound: Reply = { status: 404, json: { message: 'Not Found' } };
const refusal = (message: string): Reply => ({
  status: 422,
  json: { message, documentation_url: '', errors: [] },
});

/** Makes the git of a repository, and what answers for it. */
export function createFakeGit(options: {
  readonly now: () => number;
  readonly repository: string;
  readonly defaultBranch: string;
  readonly files: Readonly<Record<string, string>>;
}): { readonly git: FakeGit; readonly routes: Readonly<Record<string, (asked: Asked) => Reply>> } {
  const { now, repository } = options;
  const commits = new Map<string, FakeCommit>();
  const trees = new Map<string, Readonly<Record<string, string>>>();
  const refs = new Map<string, string>();
  const pulls: FakePull[] = [];
  const closed = new Set<string>();

  const idOf = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex');
  const add = (commit: FakeCommit): string => {
    const id = idOf([commit, commits.size]);
    commits.set(id, commit);
    trees.set(idOf(commit.files), commit.files);
    return id;
  };
  const isAncestor = (older: string, newer: string): boolean =>
    older === newer || (commits.get(newer)?.parents ?? []).some((parent) => isAncestor(older, parent));
  const filesAt = (name: string) => commits.get(refs.get(name) ?? refs.get(`heads/${name}`) ?? name)?.files;
  const refOf = (path: string, kind: string): string =>
    decodeURIComponent(path.slice(path.indexOf(`/git/${kind}/`) + kind.length + 6));

  function commitJson(id: string, status: number): Reply {
    const commit = commits.get(id);
    if (commit === undefined) return notFound;
    const example = exampleOf<{ author: object; parents: readonly object[] }>(
      `get ${REPO}/git/commits/{commit_sha}`,
    );
    const date = new Date(commit.at).toISOString();
    const person = { ...example.author, date };
    return {
      status,
      json: {
        ...example,
        ...{ sha: id, message: commit.message, author: person, committer: person },
        tree: { url: 'https://example.invalid/tree', sha: idOf(commit.files) },
        parents: commit.parents.map((sha) => ({ ...example.parents[0], sha })),
      },
    };
  }

  const historyOf = (id: string): ReadonlySet<string> =>
    new Set([...commits.keys()].filter((older) => isAncestor(older, id)));

  function compareJson(base: string, head: string): Reply {
    const [theirs, ours] = [historyOf(base), historyOf(head)];
    const mergeBase = [...ours].filter((id) => theirs.has(id)).at(-1);
    if (mergeBase === undefined) return notFound;
    const name = `get ${REPO}/compare/{basehead}`;
    type Compared = Record<string, object> & { commit: object };
    const example = exampleOf<{ base_commit: Compared; files: readonly object[] }>(name);
    const commitOf = (id: string): object => {
      const { message = '', parents = [] } = commits.get(id) ?? {};
      const like = example.base_commit;
      const place = { url: 'https://example.invalid/commit' };
      return {
        ...{ ...like, sha: id, commit: { ...like.commit, message } },
        parents: parents.map((sha) => ({ ...place, sha })),
      };
    };
    const [before, after] = [commits.get(mergeBase)?.files ?? {}, commits.get(head)?.files ?? {}];
    const changed = Object.keys({ ...before, ...after }).filter((path) => before[path] !== after[path]);
    const ahead = [...ours].filter((id) => !theirs.has(id));
    return {
      status: 200,
      json: {
        ...example,
        ...{ merge_base_commit: commitOf(mergeBase), ahead_by: ahead.length, total_commits: ahead.length },
        commits: ahead.map(commitOf),
        files: changed.map((filename) => ({ ...example.files[0], filename })),
      },
    };
  }

  function refJson(ref: string, status: number): Reply {
    const sha = refs.get(ref);
    const object = { type: 'commit', sha, url: 'https://example.invalid/commit' };
    return { status, json: { ref: `refs/${ref}`, node_id: 'x', url: 'https://example.invalid/ref', object } };
  }

  function pullJson(pull: FakePull, origin: string, whole: boolean): object {
    const example = exampleOf<Record<string, object>[]>(`get ${REPO}/pulls`)[0] ?? {};
    const full = whole ? exampleOf<Record<string, object>>(`post ${REPO}/pulls`, 201) : example;
    const head = full.head as { repo: object };
    return {
      ...full,
      ...{
        number: pull.number,
        title: pull.title,
        body: pull.body,
        state: pull.state,
        merged_at: pull.mergedAt,
      },
      // The description's example lacks what its schema requires of a team.
      requested_teams: [],
      html_url: `${origin}/${repository}/pull/${pull.number}`,
      head: { ...head, ref: pull.head, repo: { ...head.repo, full_name: repository } },
    };
  }

  const routes: Readonly<Record<string, (asked: Asked) => Reply>> = {
    [`get ${REPO}/git/ref/{ref}`]: ({ path }) => {
      const ref = refOf(path, 'ref');
      return refs.has(ref) ? refJson(ref, 200) : notFound;
    },
    [`post ${REPO}/git/refs`]: ({ body }) => {
      const { ref: full, sha } = body as { ref: string; sha: string };
      const ref = full.replace(/^refs\//, '');
      if (refs.has(ref)) return refusal('Reference already exists');
      if (!commits.has(sha)) return refusal('Object does not exist');
      refs.set(ref, sha);
      return refJson(ref, 201);
    },
    [`patch ${REPO}/git/refs/{ref}`]: ({ path, body }) => {
      const ref = refOf(path, 'refs');
      const { sha, force = false } = body as { sha: string; force?: boolean };
      const before = refs.get(ref);
      if (before === undefined) return refusal('Reference does not exist');
      if (!commits.has(sha)) return refusal('Object does not exist');
      if (closed.has(ref)) return refusal('Changes must be made through a pull request.');
      if (!force && !isAncestor(before, sha)) return refusal('Update is not a fast forward');
      refs.set(ref, sha);
      return refJson(ref, 200);
    },
    [`delete ${REPO}/git/refs/{ref}`]: ({ path }) =>
      refs.delete(refOf(path, 'refs')) ? { status: 204 } : refusal('Reference does not exist'),
    [`get ${REPO}/git/commits/{commit_sha}`]: ({ path }) => commitJson(path.split('/').at(-1) ?? '', 200),
    [`get ${REPO}/compare/{basehead}`]: ({ path }) => {
      const [base = '', head = ''] = (path.split('/').at(-1) ?? '').split('...');
      return compareJson(base, head);
    },
    [`post ${REPO}/git/trees`]: ({ body }) => {
      const { base_tree: base, tree } = body as {
        base_tree?: string;
        tree: { path: string; content: string }[];
      };
      if (base !== undefined && !trees.has(base)) return refusal('Base tree does not exist');
      const entries = tree.map(({ path, content }) => [path, content] as const);
      const files = { ...trees.get(base ?? ''), ...Object.fromEntries(entries) };
      trees.set(idOf(files), files);
      const example = exampleOf<object>(`post ${REPO}/git/trees`, 201);
      return { status: 201, json: { ...example, sha: idOf(files) } };
    },
    [`post ${REPO}/git/commits`]: ({ body }) => {
      const { message, tree, parents = [] } = body as { message: string; tree: string; parents?: string[] };
      const files = trees.get(tree);
      if (files === undefined) return refusal('Tree SHA does not exist');
      return commitJson(add({ message, parents, files, at: now() }), 201);
    },
    [`get ${REPO}/pulls`]: ({ query, origin }) => {
      const [state, head, base] = ['state', 'head', 'base'].map((name) => query.get(name));
      const [owner] = repository.split('/');
      const found = pulls.filter(
        (pull) =>
          `${owner}:${pull.head}` === head && pull.base === base && (state === 'all' || state === pull.state),
      );
      return { status: 200, json: found.toReversed().map((pull) => pullJson(pull, origin, false)) };
    },
    [`post ${REPO}/pulls`]: ({ body, origin }) => {
      const {
        title = '',
        head,
        base,
        body: text = '',
      } = body as Record<'head' | 'base', string> & Partial<FakePull>;
      const [from, to] = [refs.get(`heads/${head}`), refs.get(`heads/${base}`)];
      if (from === undefined || to === undefined) return refusal('Validation Failed: head is invalid');
      if (isAncestor(from, to)) return refusal(`No commits between ${base} and ${head}`);
      if (pulls.some((pull) => pull.state === 'open' && pull.head === head)) {
        return refusal('A pull request already exists');
      }
      const pull: FakePull = {
        ...{ number: pulls.length + 1, head, base, title, body: text, state: 'open', mergedAt: null },
      };
      pulls.push(pull);
      return { status: 201, json: pullJson(pull, origin, true) };
    },
    [`patch ${REPO}/pulls/{pull_number}`]: ({ path, body, origin }) => {
      const pull = pulls.find(({ number }) => number === Number(path.split('/').at(-1)));
      if (pull === undefined) return notFound;
      Object.assign(pull, body);
      return { status: 200, json: pullJson(pull, origin, true) };
    },
  };

  const git: FakeGit = {
    ...{ commits, refs, pulls, protected: closed },
    push(branch, files, message = 'work', more = []) {
      const parent = refs.get(`heads/${branch}`) ?? refs.get(`heads/${options.defaultBranch}`);
      const parents = [...(parent === undefined ? [] : [parent]), ...more];
      const before = commits.get(parent ?? '')?.files;
      const id = add({ message, parents, files: { ...before, ...files }, at: now() });
      refs.set(`heads/${branch}`, id);
      return id;
    },
    read: (ref, path) => filesAt(ref)?.[path],
  };
  git.push(options.defaultBranch, options.files, 'first');
  return { git, routes };
}
