/** Pull requests as GitHub's API shows them, over a repository on this machine: https://docs.github.com/rest/pulls */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { TestRepo } from './git-repo.ts';

/** A comment on lines of a pull request. */
export interface FakeComment {
  readonly path: string;
  readonly body: string;
  readonly line: number;
  readonly side: string;
  readonly start_line?: number;
  readonly start_side?: string;
}

/** What was sent as a review. */
export interface FakeReview {
  readonly commit_id: string;
  readonly event: string;
  readonly body: string;
  readonly comments: readonly FakeComment[];
}

/** A server that runs until it is closed. */
export interface FakeGitHub {
  /** For `GITHUB_API_URL`. */
  readonly api: string;
  /** `METHOD path` of what was asked. */
  readonly requests: readonly string[];
  readonly reviews: readonly FakeReview[];
  /** Comments that stand in the pull request. */
  readonly comments: FakeComment[];
  /** The token only reads. */
  isReadOnly: boolean;
  /** Every answer is this status. */
  status: number;
  close(): Promise<void>;
}

/** Most answers of a page; GitHub's own limit is 100. */
const PAGE = 2;

/** Starts a server for the pull request 7 of `acme/vision`, which brings `topic` into `main` of a repository. */
export async function startFakeGitHub(origin: TestRepo): Promise<FakeGitHub> {
  const requests: string[] = [];
  const reviews: FakeReview[] = [];
  const comments: FakeComment[] = [];
  const state = { isReadOnly: false, status: 200 };

  function answer(method: string, url: URL, body: string): { status: number; json: unknown; isList?: true } {
    if (state.status !== 200) return { status: state.status, json: { message: 'Something is wrong' } };
    const compared = /^\/repos\/acme\/vision\/compare\/(\w+)\.\.\.(\w+)$/.exec(url.pathname);
    if (compared !== null) {
      const [, base = '', head = ''] = compared;
      const sha = origin.git('merge-base', base, head);
      return {
        status: 200,
        json: { status: 'diverged', merge_base_commit: { sha }, commits: [], files: [] },
      };
    }
    const [, what] = /^\/repos\/acme\/vision\/pulls\/7\/(\w+)$/.exec(url.pathname) ?? [];
    if (method === 'GET' && what === 'files')
      return { status: 200, json: changedFiles(origin), isList: true };
    if (method === 'GET' && what === 'comments') return { status: 200, json: comments, isList: true };
    if (method !== 'POST' || what !== 'reviews') return { status: 404, json: { message: 'Not Found' } };
    if (state.isReadOnly)
      return { status: 403, json: { message: 'Resource not accessible by integration', status: '403' } };
    const review = JSON.parse(body) as FakeReview;
    const wrong = review.comments.filter((comment) => !isInDiff(origin, comment));
    if (wrong.length > 0) {
      return {
        status: 422,
        json: { message: 'Unprocessable Entity', errors: ['Line could not be resolved'] },
      };
    }
    reviews.push(review);
    comments.push(...review.comments);
    return { status: 200, json: { id: reviews.length, state: 'COMMENTED' } };
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const text = await readText(request);
    requests.push(`${request.method} ${url.pathname}`);
    const { status, json, isList } = answer(request.method ?? '', url, text);
    const page = Number(url.searchParams.get('page') ?? 1);
    const all = json as readonly unknown[];
    const next = new URL(url);
    next.searchParams.set('page', String(page + 1));
    next.host = request.headers.host ?? '';
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      ...(isList && all.length > page * PAGE ? { link: `<${next.href}>; rel="next"` } : {}),
    });
    response.end(JSON.stringify(isList ? all.slice((page - 1) * PAGE, page * PAGE) : json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    ...{ requests, reviews, comments },
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** What is changed since the branches parted, with three lines around each change. */
function changedFiles(origin: TestRepo) {
  const names = origin.git('diff', '--name-only', 'main...topic').split('\n');
  return names.map((filename) => {
    const patch = origin.git('diff', '--unified=3', 'main...topic', '--', filename);
    return { filename, status: 'modified', patch: patch.slice(patch.indexOf('@@')) };
  });
}

/** GitHub refuses a comment on lines that no one part of the diff shows. */
function isInDiff(origin: TestRepo, { path, line, start_line: first = line, side }: FakeComment): boolean {
  const patch = changedFiles(origin).find(({ filename }) => filename === path)?.patch ?? '';
  return [...patch.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)].some(([, start, count = '1']) => {
    const last = Number(start) + Number(count) - 1;
    return side === 'RIGHT' && Number(start) <= first && first <= line && line <= last;
  });
}
