import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ActionRun } from '../../../../actions/lib/action/action-run.ts';
import { restoreHadolint } from '../../../../actions/lib/action/hadolint-cache.ts';
import { PINNED_VERSION } from '../../../../actions/lib/hadolint/wheel.ts';

/** The cache of workflows as servers of one's own have it: https://github.com/actions/toolkit/tree/main/packages/cache */
function startCache() {
  const kept = new Map<string, Buffer>();
  const asked: string[] = [];
  const state = { status: 200, kept, asked };
  let reserved = '';
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    const what = `${request.method} ${url.pathname.replace('/_apis/artifactcache', '')}`;
    asked.push(what);
    const json = (status: number, value?: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(value === undefined ? '' : JSON.stringify(value));
    };
    if (state.status !== 200) return json(state.status, { message: 'no' });
    const key = url.searchParams.get('keys') ?? '';
    if (what === 'GET /cache') {
      const found = { cacheKey: key, archiveLocation: `${url.origin}/archive?keys=${key}` };
      return kept.has(key) ? json(200, found) : json(204);
    }
    if (what === 'GET /archive') {
      const archive = kept.get(key) ?? Buffer.of();
      response.writeHead(200, { 'content-length': archive.length });
      return response.end(archive);
    }
    if (what === 'POST /caches') {
      reserved = (JSON.parse(body.toString()) as { key: string }).key;
      return json(201, { cacheId: 1 });
    }
    if (request.method === 'PATCH') kept.set(reserved, body);
    return json(204);
  });
  return { server, state };
}

describe('hadolint in the cache of the workflow', () => {
  const { server, state } = startCache();
  const temp = mkdtempSync(path.join(tmpdir(), 'darkroom-cache-'));
  const folder = path.join(temp, 'darkroom');
  const program = path.join(folder, 'hadolint', PINNED_VERSION, 'hadolint');
  const before = { ...process.env };
  let said: string[];

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    // The library asks the process itself.
    Object.assign(process.env, { ACTIONS_CACHE_URL: url, ACTIONS_RUNTIME_TOKEN: 'x', RUNNER_TEMP: temp });
    Object.assign(process.env, { GITHUB_WORKSPACE: temp, ACTIONS_CACHE_SERVICE_V2: '' });
  });
  afterAll(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(temp, { recursive: true });
  });
  beforeEach(() => {
    said = [];
    state.kept.clear();
    state.asked.length = 0;
    state.status = 200;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function restore(env: Record<string, string | undefined> = {}) {
    const run = {
      ...{ env: { ACTIONS_CACHE_URL: process.env.ACTIONS_CACHE_URL, GITHUB_EVENT_NAME: 'push', ...env } },
      say: (line: string) => void said.push(line),
    };
    return restoreHadolint(run as unknown as ActionRun, folder);
  }

  function download(): void {
    mkdirSync(path.dirname(program), { recursive: true });
    writeFileSync(program, 'the program');
  }

  it('is kept once it was downloaded, and is there in the next run', async () => {
    const keep = await restore();
    expect(existsSync(program)).toBe(false);
    download();
    await keep();
    expect([...state.kept.keys()]).toEqual([
      expect.stringMatching(new RegExp(`^darkroom-hadolint-${PINNED_VERSION}-[0-9a-f]{64}$`)),
    ]);
    rmSync(folder, { recursive: true });
    const again = await restore();
    expect(readFileSync(program, 'utf8')).toBe('the program');
    state.asked.length = 0;
    await again();
    expect(state.asked).toEqual([]);
  });

  it('is not kept by a pull request, whose cache nobody else reads', async () => {
    const keep = await restore({ GITHUB_EVENT_NAME: 'pull_request' });
    download();
    await keep();
    expect([...state.kept.keys()]).toEqual([]);
  });

  it('is not kept where it could not be downloaded', async () => {
    const keep = await restore();
    state.asked.length = 0;
    await keep();
    expect({ asked: state.asked, said }).toEqual({ asked: [], said: [] });
  });

  it('is not asked for where it lies already, nor where there is no cache', async () => {
    await restore({ ACTIONS_CACHE_URL: '' });
    download();
    await restore();
    expect(state.asked).toEqual([]);
  });

  it('is no failure where the cache refuses', async () => {
    state.status = 403;
    const keep = await restore();
    download();
    await keep();
    expect(state.asked.length).toBeGreaterThan(0);
  });
});
