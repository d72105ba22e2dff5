/** An in-memory registry on loopback: the distribution API as far as Darkroom uses it, with faults on demand. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens instead of the right answer. */
export type FaultAnswer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** The connection breaks before an answer. */
  | 'reset'
  /** The right answer, broken off in the middle of its body. */
  | 'truncate'
  /** No answer, ever. */
  | 'hang';

/** A fault that strikes matching requests, `times` of them or all. */
export interface Fault {
  readonly method?: string;
  /** Compared with path and query. */
  readonly path: RegExp;
  readonly times?: number;
  readonly answer: FaultAnswer;
}

/** One request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A running fake; `close` fails when a request came that no registry knows. */
export interface FakeRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly requests: SeenRequest[];
  strike(fault: Fault): void;
  /** Puts bytes where a manifest is expected, whatever they are. */
  setManifest(repository: string, tag: string, bytes: Uint8Array, mediaType: string): string;
  setBlob(repository: string, bytes: Uint8Array): string;
  tags(repository: string): string[];
  /** Takes a tag away, as a registry's own tools do. */
  removeTag(repository: string, tag: string): void;
  /** Makes every token given so far worthless. */
  revokeTokens(): void;
  close(): Promise<void>;
}

interface Options {
  /** Asks for a bearer token that this server gives to anyone. */
  readonly bearer?: boolean;
  /** Lifetime of its tokens in seconds, as stated; default 300. */
  readonly tokenLifetime?: number;
  /** Tags per page, whatever the client asks for. */
  readonly pageSize?: number;
}

interface Repository {
  readonly manifests: Map<string, { bytes: Buffer; mediaType: string }>;
  readonly tags: Map<string, string>;
  readonly blobs: Map<string, Buffer>;
}

interface State {
  readonly options: Options;
  readonly repositories: Map<string, Repository>;
  readonly tokens: Map<string, string>;
  readonly unknownRoutes: string[];
  uploads: number;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
  readonly state: State;
}

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

/** Starts a fake registry on a free port of 127.0.0.1. */
export async function startFakeRegistry(options: Options = {}): Promise<FakeRegistry> {
  const state: State = { options, repositories: new Map(), tokens: new Map(), unknownRoutes: [], uploads: 0 };
  const requests: SeenRequest[] = [];
  const faults: { fault: Fault; left: number }[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    requests.push({ method, path, headers });
    void answerRequest(state, faults, request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    strike: (fault) => faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    setManifest: (repository, tag, bytes, mediaType) =>
      storeManifest(state, repository, tag, Buffer.from(bytes), mediaType),
    setBlob(repository, bytes) {
      repositoryOf(state, repository).blobs.set(digestOf(bytes), Buffer.from(bytes));
      return digestOf(bytes);
    },
    removeTag: (repository, tag) => void state.repositories.get(repository)?.tags.delete(tag),
    tags: (repository) => [...(state.repositories.get(repository)?.tags.keys() ?? [])],
    revokeTokens: () => state.tokens.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      if (state.unknownRoutes.length > 0)
        throw new Error(`no registry knows: ${state.unknownRoutes.join(', ')}`);
    },
  };
}

async function answerRequest(
  state: State,
  faults: { fault: Fault; left: number }[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = request.url ?? '';
  const struck = faults.find(
    ({ fault, left }) =>
      left > 0 && (fault.method ?? request.method) === request.method && fault.path.test(path),
  );
  if (struck !== undefined) struck.left--;
  const answer = struck?.fault.answer;
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.destroy();
    return;
  }
  const url = new URL(path, `http://${request.headers.host}`);
  const reply =
    typeof answer === 'object' ? answer : route({ request, url, body: Buffer.concat(chunks), state });
  const body = Buffer.from(reply.body ?? '');
  const length = reply.headers?.['content-length'] ?? String(body.length);
  response.writeHead(reply.status, { ...reply.headers, 'content-length': length });
  if (answer === 'truncate') response.write(body.subarray(0, body.length / 2), () => response.destroy());
  else response.end(request.method === 'HEAD' ? undefined : body);
}

function route(exchange: Exchange): Reply {
  const { request, url, state } = exchange;
  if (url.pathname === '/token') return giveToken(url, state);
  if (url.pathname === '/v2/') return { status: 200, body: '{}' };
  const [, repository = '', kind, rest = ''] =
    /^\/v2\/(.+?)\/(manifests|blobs|tags)\/(.*)$/.exec(url.pathname) ?? [];
  const unauthorized =
    state.options.bearer === true && kind !== undefined && demandToken(exchange, repository);
  if (unauthorized) return unauthorized;
  const reply =
    kind === 'manifests'
      ? routeManifest(exchange, repository, rest)
      : kind === 'blobs'
        ? routeBlob(exchange, repository, rest)
        : kind === 'tags' && rest === 'list' && request.method === 'GET'
          ? listTags(exchange, repository)
          : undefined;
  if (reply !== undefined) return reply;
  state.unknownRoutes.push(`${request.method} ${request.url}`);
  return { status: 418 };
}

function routeManifest(
  { request, body, state }: Exchange,
  name: string,
  reference: string,
): Reply | undefined {
  const repository = state.repositories.get(name);
  if (request.method === 'PUT') {
    const digest = digestOf(body);
    if (reference.includes(':') && reference !== digest)
      return failure(400, 'DIGEST_INVALID', 'provided digest did not match');
    storeManifest(state, name, reference, body, request.headers['content-type'] ?? '');
    return { status: 201, headers: { 'docker-content-digest': digest } };
  }
  const digest = repository?.tags.get(reference) ?? reference;
  const manifest = repository?.manifests.get(digest);
  if (repository === undefined || manifest === undefined)
    return failure(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  if (request.method === 'DELETE') {
    repository.manifests.delete(digest);
    for (const [tag, target] of repository.tags) if (target === digest) repository.tags.delete(tag);
    return { status: 202 };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  return {
    status: 200,
    headers: { 'content-type': manifest.mediaType, 'docker-content-digest': digest },
    body: manifest.bytes,
  };
}

function routeBlob({ request, url, body, state }: Exchange, name: string, rest: string): Reply | undefined {
  const { blobs } = repositoryOf(state, name);
  if (rest === 'uploads/' && request.method === 'POST') {
    const mounted = url.searchParams.get('mount') ?? '';
    const there = state.repositories.get(url.searchParams.get('from') ?? '')?.blobs.get(mounted);
    if (there !== undefined) {
      blobs.set(mounted, there);
      return { status: 201, headers: { 'docker-content-digest': mounted } };
    }
    state.uploads++;
    return { status: 202, headers: { location: `/v2/${name}/blobs/uploads/${state.uploads}?_state=a%2Bb` } };
  }
  if (rest.startsWith('uploads/') && request.method === 'DELETE') return { status: 204 };
  if (rest.startsWith('uploads/') && request.method === 'PUT') {
    const digest = url.searchParams.get('digest') ?? '';
    if (digest !== digestOf(body) || url.searchParams.get('_state') !== 'a+b') {
      return failure(400, 'DIGEST_INVALID', 'provided digest did not match');
    }
    blobs.set(digest, body);
    return { status: 201, headers: { 'docker-content-digest': digest } };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  const blob = blobs.get(rest);
  return blob === undefined ? failure(404, 'BLOB_UNKNOWN', 'blob unknown') : { status: 200, body: blob };
}

function listTags({ url, state }: Exchange, name: string): Reply {
  const repository = state.repositories.get(name);
  if (repository === undefined) return failure(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  const tags = [...repository.tags.keys()].sort();
  const size = state.options.pageSize ?? Number(url.searchParams.get('n'));
  const last = url.searchParams.get('last') ?? '';
  const page = tags.filter((tag) => tag > last).slice(0, size);
  const end = page.at(-1) ?? '';
  const more = page.length > 0 && end !== tags.at(-1);
  return {
    status: 200,
    headers: more ? { link: `</v2/${name}/tags/list?last=${end}&n=${size}>; rel="next"` } : {},
    body: JSON.stringify({ name, tags: page }),
  };
}

function giveToken(url: URL, state: State): Reply {
  const token = `token-${state.tokens.size + 1}-${Math.random().toString(36).slice(2)}`;
  state.tokens.set(token, url.searchParams.get('scope') ?? '');
  return { status: 200, body: JSON.stringify({ token, expires_in: state.options.tokenLifetime ?? 300 }) };
}

function demandToken({ request, url, state }: Exchange, repository: string): Reply | false {
  const action = { DELETE: 'delete', PUT: 'push', POST: 'push' }[request.method ?? ''] ?? 'pull';
  const scope = state.tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
  const [type, name, actions = ''] = scope?.split(':') ?? [];
  if (type === 'repository' && name === repository && actions.split(',').includes(action)) return false;
  const challenge = `Bearer realm="${url.origin}/token",service="fake",scope="repository:${repository}:${action}"`;
  return {
    ...failure(401, 'UNAUTHORIZED', 'authentication required'),
    headers: { 'www-authenticate': challenge },
  };
}

function storeManifest(
  state: State,
  name: string,
  reference: string,
  bytes: Buffer,
  mediaType: string,
): string {
  const repository = repositoryOf(state, name);
  const digest = digestOf(bytes);
  repository.manifests.set(digest, { bytes, mediaType });
  if (!reference.includes(':')) repository.tags.set(reference, digest);
  return digest;
}

function repositoryOf(state: State, name: string): Repository {
  const known = state.repositories.get(name);
  if (known !== undefined) return known;
  const created: Repository = { manifests: new Map(), tags: new Map(), blobs: new Map() };
  state.repositories.set(name, created);
  return created;
}

function failure(status: number, code: string, message: string): Reply {
  return { status, body: JSON.stringify({ errors: [{ code, message }] }) };
}

/** `sha256:…` of some bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
