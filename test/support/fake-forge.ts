/** GitHub in memory, as far as Darkroom uses it: held against its published description, and able to misbehave. */
import { createHash, createVerify, type KeyObject } from 'node:crypto';
import { createFakeGit, type FakeGit } from './fake-git.ts';
import { type FakeRun, iso, type RunPlan, runJson, runState } from './fake-run.ts';
import { checkAnswer, checkRequest, exampleOf } from './forge-contract.ts';

/** What happens instead of the right answer. */
export type ForgeFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The connection breaks before anything was done. */
  | 'reset'
  /** It is done, and the connection breaks before the answer. */
  | 'lost'
  /** It is done, and the answer is an error of something in between. */
  | 'done-502'
  /** It is done, and no answer comes, ever. */
  | 'hang';

/** A fault that strikes matching requests. */
export interface ForgeStrike {
  /** Compared with method and path, such as `POST /repos/acme/vision/actions/runs/5/cancel`. */
  readonly on: RegExp;
  readonly fault: ForgeFault;
  /** Default: all of them. */
  readonly times?: number;
  /** Only while this holds. */
  readonly when?: () => boolean;
}

/** What a fake forge holds and how it behaves. */
export interface FakeForgeOptions {
  readonly now: () => number;
  readonly repository?: string;
  readonly defaultBranch?: string;
  /** Workflow files by name. */
  readonly workflows: Readonly<Record<string, string>>;
  readonly states?: Readonly<Record<string, string>>;
  /** How a dispatched run goes. */
  readonly plan?: (inputs: Readonly<Record<string, string>>, index: number) => RunPlan;
  /** Tokens with the moment they expire, and whom they belong to. */
  readonly tokens?: Readonly<Record<string, number>>;
  readonly login?: string | null;
  /** GHES 3.20 and older: no run id in the answer; 400 for whoever asks for it. */
  readonly isOld?: boolean;
  /** An App that may mint tokens, each good for `livesMs`. */
  readonly app?: { readonly id: string; readonly key: KeyObject; readonly livesMs: number };
  /** How much the server's clock is ahead. */
  readonly skewMs?: number;
  /** Until a run shows in lists, in milliseconds. */
  readonly listedAfterMs?: number;
  /** Requests an hour. */
  readonly limit?: number;
  /** What else it answers, by operation. */
  readonly routes?: Readonly<Record<string, (asked: Asked) => Reply>>;
  /** Files of the default branch, beside the workflows. */
  readonly files?: Readonly<Record<string, string>>;
}

/** One request as it arrived. */
export interface ForgeSeen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly at: number;
}

/** A fake forge. */
export interface FakeForge {
  /** Takes requests for any address. */
  readonly fetch: typeof fetch;
  readonly runs: FakeRun[];
  readonly git: FakeGit;
  readonly seen: ForgeSeen[];
  /** What broke the description; nothing should. */
  readonly broken: string[];
  strike(strike: ForgeStrike): void;
  /** A run that nobody here asked for. */
  addRun(run: Partial<FakeRun> & Pick<FakeRun, 'title'>): FakeRun;
  /** Makes a token worthless at once. */
  revoke(): void;
}

interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Asked {
  readonly operation: string;
  readonly origin: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const HOUR_MS = 3_600_000;
/** Where logs and artifacts lie. */
export const FILES = 'https://blobs.example.invalid';

/** Makes a forge with one repository. */
export function createFakeForge(options: FakeForgeOptions): FakeForge {
  const { repository = 'acme/vision', limit = 5000, skewMs = 0 } = options;
  const time = (): number => options.now() + skewMs;
  const tokens = new Map(Object.entries(options.tokens ?? { secret: Number.POSITIVE_INFINITY }));
  const strikes: { readonly strike: ForgeStrike; left: number }[] = [];
  const runs: FakeRun[] = [];
  const seen: ForgeSeen[] = [];
  const broken: string[] = [];
  const files = Object.entries(options.workflows);
  const { git, routes: gitRoutes } = createFakeGit({
    ...{ now: time, repository, defaultBranch: options.defaultBranch ?? 'main', files: options.files ?? {} },
  });
  let [minted, windowAt, spent] = [0, 0, 0];

  function addRun(run: Partial<FakeRun> & Pick<FakeRun, 'title'>): FakeRun {
    const added: FakeRun = {
      ...{
        id: 30_000_000_000 + runs.length,
        workflowId: 1,
        branch: 'main',
        inputs: {},
        actor: options.login ?? 'github-actions[bot]',
      },
      ...{ createdAt: Math.floor(time() / 1000) * 1000, listedAt: time() + (options.listedAfterMs ?? 0) },
      ...{ plan: {}, cancelledAt: null, isDeleted: false },
      ...run,
    };
    runs.push(added);
    return added;
  }

  const workflowJson = (index: number): object => ({
    ...exampleOf<object>('get /repos/{owner}/{repo}/actions/workflows/{workflow_id}'),
    ...{ id: index + 1, name: files[index]?.[0], path: `.github/workflows/${files[index]?.[0]}` },
    state: options.states?.[files[index]?.[0] ?? ''] ?? 'active',
  });
  const workflowIndex = (name: string): number =>
    /^\d+$/.test(name) ? Number(name) - 1 : files.findIndex(([file]) => file === name);
  const findRun = (path: string): FakeRun | undefined => {
    const id = Number(/\/runs\/(\d+)/.exec(path)?.[1]);
    return runs.find((run) => run.id === id && !run.isDeleted);
  };

  function dispatch({ path, body, origin }: Asked): Reply {
    const index = workflowIndex(decodeURIComponent(/workflows\/([^/]+)\/dispatches$/.exec(path)?.[1] ?? ''));
    const {
      ref,
      inputs = {},
      return_run_details: wantsDetails,
    } = body as {
      ref: string;
      inputs?: Record<string, string>;
      return_run_details?: boolean;
    };
    if (options.isOld && wantsDetails !== undefined) {
      return {
        status: 400,
        json: { message: 'Invalid request.\n\n"return_run_details" is not a permitted key.' },
      };
    }
    const [, text = ''] = files[index] ?? [];
    const title = /^run-name: *(.*)$/m
      .exec(text)?.[1]
      ?.replace(/\$\{\{ *inputs\.([\w-]+) *\}\}/g, (_, name) => inputs[name] ?? '');
    const run = addRun({
      ...{ title: title ?? `a run of ${index}`, workflowId: index + 1, branch: ref, inputs },
      plan: options.plan?.(inputs, runs.length) ?? { jobs: [{ name: 'build', steps: [['Build', 10]] }] },
    });
    if (!wantsDetails) return { status: 204 };
    const address = `repos/${repository}/actions/runs/${run.id}`;
    return {
      status: 200,
      json: {
        workflow_run_id: run.id,
        run_url: `${origin}/${address}`,
        html_url: `${origin}/${repository}/actions/runs/${run.id}`,
      },
    };
  }

  function listed({ path, query, origin }: Asked): Reply {
    const index = workflowIndex(/workflows\/([^/]+)\/runs$/.exec(path)?.[1] ?? '');
    const since = Date.parse(query.get('created')?.replace('>=', '') ?? '') || 0;
    // Runs of pushes would be among them.
    if (query.get('event') !== 'workflow_dispatch') broken.push('runs of every event were listed');
    const found = runs.filter((run) => {
      const isThere = run.workflowId === index + 1 && !run.isDeleted && run.listedAt <= time();
      return isThere && run.createdAt >= since && (query.get('branch') ?? run.branch) === run.branch;
    });
    const items = paged(query, found.toReversed()).map((run) => runJson(run, time(), origin, repository));
    return { status: 200, json: { total_count: found.length, workflow_runs: items } };
  }

  const routes: Readonly<Record<string, (asked: Asked) => Reply>> = {
    ...options.routes,
    ...gitRoutes,
    'get /repos/{owner}/{repo}': () => {
      // The description's example lacks what its schema requires.
      const { source: _, ...example } = exampleOf<Record<string, unknown>>('get /repos/{owner}/{repo}');
      return {
        status: 200,
        json: { ...example, language: null, default_branch: options.defaultBranch ?? 'main' },
      };
    },
    'get /repos/{owner}/{repo}/contents/{path}': ({ path, query }) => {
      const name = path.split('/').at(-1) ?? '';
      const file = decodeURIComponent(path.replace(/^.*?\/contents\//, ''));
      const text = options.workflows[name] ?? git.read(query.get('ref') ?? '', file);
      if (text === undefined) return notFound;
      const content = Buffer.from(text).toString('base64').replace(/.{60}/g, '$&\n');
      const example = exampleOf<object>('get /repos/{owner}/{repo}/contents/{path}');
      return { status: 200, json: { ...example, type: 'file', name, encoding: 'base64', content } };
    },
    'get /repos/{owner}/{repo}/actions/workflows': ({ query }) => ({
      status: 200,
      json: {
        total_count: files.length,
        workflows: paged(
          query,
          files.map((_, index) => workflowJson(index)),
        ),
      },
    }),
    'get /repos/{owner}/{repo}/actions/workflows/{workflow_id}': ({ path }) => {
      const index = workflowIndex(decodeURIComponent(path.split('/').at(-1) ?? ''));
      return index in files ? { status: 200, json: workflowJson(index) } : notFound;
    },
    'post /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches': dispatch,
    'get /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs': listed,
    'get /repos/{owner}/{repo}/actions/runs/{run_id}': ({ path, origin }) => {
      const run = findRun(path);
      return run === undefined ? notFound : { status: 200, json: runJson(run, time(), origin, repository) };
    },
    'get /repos/{owner}/{repo}/actions/runs/{run_id}/jobs': ({ path, query }) => {
      const run = findRun(path);
      if (run === undefined) return notFound;
      const { jobs } = runState(run, time());
      return { status: 200, json: { total_count: jobs.length, jobs: paged(query, jobs) } };
    },
    'get /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts': ({ path, query }) => {
      const run = findRun(path);
      if (run === undefined) return notFound;
      const example = exampleOf<{ artifacts: object[] }>(
        'get /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
      ).artifacts[0];
      const artifact = { ...example, id: run.id, name: query.get('name'), expired: false };
      const isThere = run.plan.artifact !== undefined && runState(run, time()).status === 'completed';
      return { status: 200, json: { total_count: Number(isThere), artifacts: isThere ? [artifact] : [] } };
    },
    'post /repos/{owner}/{repo}/actions/runs/{run_id}/cancel': ({ path }) => {
      const run = findRun(path);
      if (run === undefined) return notFound;
      if (runState(run, time()).status === 'completed') {
        return { status: 409, json: { message: 'Cannot cancel a workflow run that is completed.' } };
      }
      run.cancelledAt ??= time();
      return { status: 202, json: {} };
    },
    'get /repos/{owner}/{repo}/actions/jobs/{job_id}/logs': ({ path }) => {
      const id = Number(/jobs\/(\d+)/.exec(path)?.[1]);
      const job = runs.find((run) => run.id === Math.floor(id / 100))?.plan.jobs?.[id % 100];
      return job?.log === undefined ? notFound : { status: 302, headers: { location: `${FILES}/log/${id}` } };
    },
    'get /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}': ({ path }) => ({
      status: 302,
      headers: { location: `${FILES}/zip/${/artifacts\/(\d+)/.exec(path)?.[1]}` },
    }),
    'get /repos/{owner}/{repo}/installation': () => ({
      status: 200,
      json: { ...exampleOf<object>('get /repos/{owner}/{repo}/installation'), id: 77 },
    }),
    'post /app/installations/{installation_id}/access_tokens': () => {
      const [token, expires] = [`ghs_minted${++minted}`, time() + (options.app?.livesMs ?? HOUR_MS)];
      tokens.set(token, expires);
      return { status: 201, json: { token, expires_at: iso(expires), permissions: { actions: 'write' } } };
    },
    'get /user': () =>
      options.login === null || options.login === undefined
        ? { status: 403, json: { message: 'Resource not accessible by integration' } }
        : { status: 200, json: { ...exampleOf<object>('get /user'), login: options.login } },
  };

  /** Logs and artifacts lie elsewhere, where the token has no business. */
  function file(url: URL, headers: Headers): Reply {
    if (headers.has('authorization')) broken.push(`the token was sent to ${url.origin}`);
    const [, kind, id] = url.pathname.split('/');
    if (kind === 'zip')
      return {
        status: 200,
        bytes: runs.find((run) => run.id === Number(id))?.plan.artifact ?? new Uint8Array(),
      };
    const run = runs.find((one) => one.id === Math.floor(Number(id) / 100));
    return { status: 200, text: run?.plan.jobs?.[Number(id) % 100]?.log ?? '' };
  }

  function isAuthorised(operation: string, headers: Headers): boolean {
    const token = headers.get('authorization')?.replace(/^Bearer /, '') ?? '';
    const isOfApp = operation.endsWith('/installation') || operation.endsWith('/access_tokens');
    if (isOfApp) return options.app !== undefined && isGoodJwt(token, options.app, time());
    return (tokens.get(token) ?? 0) > time();
  }

  function answer(url: URL, method: string, headers: Headers, text: string): Reply {
    if (url.origin === FILES) return file(url, headers);
    const path = url.pathname.replace(/^\/api\/v3(?=\/)/, '');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    let operation = '';
    try {
      operation = checkRequest({ method, path, query: url.searchParams, body });
      if (!isAuthorised(operation, headers)) return { status: 401, json: { message: 'Bad credentials' } };
      const reply =
        routes[operation]?.({ operation, path, query: url.searchParams, body, origin: url.origin }) ??
        notFound;
      // Refusals of older servers, and those nobody describes.
      if (reply.status < 400) checkAnswer(operation, reply.status, reply.json);
      return reply;
    } catch (error) {
      broken.push(String(error));
      return { status: 418 };
    }
  }

  function finish(reply: Reply, headers: Headers): Response {
    const body =
      reply.bytes ?? (reply.json === undefined ? (reply.text ?? null) : JSON.stringify(reply.json));
    const etag = `W/"${createHash('sha256')
      .update(body ?? '')
      .digest('hex')
      .slice(0, 32)}"`;
    const isSame = reply.status === 200 && headers.get('if-none-match') === etag;
    if (time() - windowAt >= HOUR_MS) [windowAt, spent] = [time(), 0];
    if (!isSame) spent += 1;
    const rate = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - spent)),
      'x-ratelimit-reset': String(Math.ceil((windowAt + HOUR_MS) / 1000)),
    };
    const sent = { date: new Date(time()).toUTCString(), etag, ...rate, ...reply.headers };
    if (spent > limit && !isSame) {
      return new Response('{"message":"API rate limit exceeded"}', {
        status: 403,
        headers: { ...sent, ...rate },
      });
    }
    const isEmpty = isSame || reply.status === 204;
    return new Response(isEmpty ? null : (body as string | Uint8Array<ArrayBuffer> | null), {
      status: isSame ? 304 : reply.status,
      headers: sent,
    });
  }

  async function take(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const url = new URL(String(input));
    const [method, headers] = [init.method ?? 'GET', new Headers(init.headers)];
    const note = (response: Response): Response => {
      seen.push({ method, path: url.pathname, status: response.status, at: options.now() });
      return response;
    };
    const struck = strikes.find(
      ({ strike, left }) =>
        left > 0 && strike.on.test(`${method} ${url.pathname}`) && (strike.when?.() ?? true),
    );
    if (struck !== undefined) struck.left -= 1;
    const fault = struck?.strike.fault;
    if (fault === 'reset') throw broke();
    if (typeof fault === 'object') {
      const { status, headers: more = {}, body = { message: 'struck' } } = fault;
      return note(finish({ status, headers: more, json: body }, new Headers()));
    }
    const response = note(finish(answer(url, method, headers, String(init.body ?? '')), headers));
    if (fault === 'hang') await new Promise((_, fail) => init.signal?.addEventListener('abort', fail));
    if (fault === 'lost') throw broke();
    return fault === 'done-502' ? new Response('<html>Bad Gateway</html>', { status: 502 }) : response;
  }

  return {
    ...{ fetch: take as typeof fetch, runs, git, seen, broken, addRun },
    strike: (strike) => strikes.push({ strike, left: strike.times ?? Number.POSITIVE_INFINITY }),
    revoke: () => tokens.clear(),
  };
}

const notFound: Reply = {
  status: 404,
  json: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' },
};

function broke(): Error {
  return new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  });
}

function paged<T>(query: URLSearchParams, items: readonly T[]): readonly T[] {
  const [size, page] = [Number(query.get('per_page') ?? 30), Number(query.get('page') ?? 1)];
  return items.slice((page - 1) * size, page * size);
}

/** https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
function isGoodJwt(token: string, app: NonNullable<FakeForgeOptions['app']>, now: number): boolean {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const check = createVerify('sha256').update(`${head}.${claims}`);
  if (!check.verify(app.key, Buffer.from(signature, 'base64url'))) return false;
  const { iat, exp, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Record<
    string,
    number | string
  >;
  const seconds = now / 1000;
  return iss === app.id && Number(iat) <= seconds && Number(exp) > seconds && Number(exp) <= seconds + 600;
}
