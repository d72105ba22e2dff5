import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { readPlan } from '../../actions/lib/plan/read-plan.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { runStep, type StepRequest } from '../support/action-step.ts';
import { type FakeRegistry, startFakeRegistry } from '../support/fake-registry.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';

const IMAGES = {
  base: 'FROM scratch\nCOPY base.txt /\n',
  left: 'FROM base\nCOPY left.txt /\n',
  right: 'FROM base\nCOPY right.txt /\n',
  top: 'FROM left\nCOPY --from=right /right.txt /\n',
};

let registry: FakeRegistry;
let home: string;
let repo: TestRepo;

beforeEach(async () => {
  registry = await startFakeRegistry();
  home = `${registry.host}/acme/vision`;
  repo = await createRepo();
  repo.write(
    'action-matrix.yml',
    `registry: ${home}\nimages:\n  base: {}\n  left: {}\n  right: {}\n  top: {}\n`,
  );
  for (const [name, dockerfile] of Object.entries(IMAGES)) {
    repo.write(`containers/${name}/Dockerfile`, dockerfile);
    repo.write(`containers/${name}/${name}.txt`, name);
  }
  repo.commit();
});

afterEach(async () => {
  await registry.close();
  repo.remove();
});

function plan(request: Partial<StepRequest> = {}) {
  return runStep({ action: 'plan', cwd: repo.dir, ...request });
}

function wave(text: string | undefined): { name: string; runner: string[]; nodes: { name: string }[] }[] {
  return JSON.parse(text ?? '[]');
}

describe('the bundle of plan', () => {
  it('cuts a push to the default branch into waves and keeps the plan by digest', async () => {
    const { exitCode, outputs, log } = await plan();
    expect({ exitCode, mode: outputs.mode }).toEqual({ exitCode: 0, mode: 'waves' });
    const names = [1, 2, 3, 4].map((n) => wave(outputs[`wave-${n}`]).map(({ name }) => name));
    expect(names).toEqual([['base'], ['left', 'right'], ['top'], []]);
    expect(wave(outputs['wave-1'])[0]).toEqual({
      name: 'base',
      runner: ['ubuntu-24.04'],
      nodes: [{ name: 'base', platform: 'linux/amd64', key: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    expect(outputs.plan).toMatch(new RegExp(`^${home}/darkroom@sha256:[0-9a-f]{64}$`));
    const stored = await readPlan(createRegistryClient(), outputs.plan ?? '');
    expect(stored.images.map(({ name, action }) => `${name} ${action}`)).toEqual([
      'base build',
      'left build',
      'right build',
      'top build',
    ]);
    expect(log).toContain('4 of 4 images will be built.');
  });

  it('shows table and picture on the page of the job', async () => {
    const { summary } = await plan();
    expect(summary).toMatch(/^### 4 of 4 images will be built\.\n\n\| image \| action \| why \| key \|/);
    expect(summary).toContain('| left | build | nothing was published before |');
    expect(summary).toContain('```mermaid\nflowchart LR');
  });

  it('leaves few images to one job', async () => {
    repo.write('action-matrix.yml', `registry: ${home}\nimages: { base: {}, left: {} }\n`);
    repo.commit();
    const { outputs } = await plan();
    expect(outputs.mode).toBe('one-job');
    expect(outputs['wave-8']).toBe('[]');
  });

  it('writes nothing for a pull request, tells it the plan in a sentence, and has one runner build it', async () => {
    const { exitCode, outputs, annotations } = await plan({
      event: { name: 'pull_request', ref: 'refs/pull/7/merge', headRef: 'topic' },
    });
    expect({ exitCode, plan: outputs.plan, mode: outputs.mode }).toEqual({
      ...{ exitCode: 0, plan: '', mode: 'one-job' },
    });
    expect(outputs['wave-1']).toBe('[]');
    expect(registry.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    expect(annotations).toEqual([]);
  });

  it('writes nothing for another commit than the run is for: it may be the one of a pull request', async () => {
    const event = { name: 'workflow_run' };
    const { exitCode, outputs, annotations } = await plan({ event, env: { GITHUB_SHA: '0'.repeat(40) } });
    expect({ exitCode, plan: outputs.plan, mode: outputs.mode }).toEqual({
      ...{ exitCode: 0, plan: '', mode: 'one-job' },
    });
    expect(registry.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    expect(annotations.map(({ properties }) => properties)).toEqual([{ title: 'plan/other-commit' }]);
    const { stdout } = await execa('git', ['rev-parse', 'HEAD'], { cwd: repo.dir });
    const own = await plan({ event, env: { GITHUB_SHA: stdout } });
    expect(own.outputs.mode).toBe('waves');
    expect(own.annotations).toEqual([]);
  });

  it('says to a branch that is not the default one that nothing will be published', async () => {
    const { exitCode, outputs, annotations } = await plan({
      event: { name: 'workflow_dispatch', ref: 'refs/heads/topic' },
    });
    expect({ exitCode, plan: outputs.plan }).toEqual({ exitCode: 0, plan: '' });
    expect(annotations.map(({ level, text }) => `${level} ${text}`)).toEqual([
      'notice Nothing will be published: this run is for "topic", and only "main" and tags are.',
    ]);
  });

  it('fails where a push has nowhere to go', async () => {
    repo.write('action-matrix.yml', 'images: { base: {} }\n');
    repo.commit();
    const { exitCode, annotations } = await plan();
    expect(exitCode).toBe(1);
    expect(annotations[0]).toMatchObject({
      properties: { title: 'plan/no-home', file: 'action-matrix.yml' },
      text: expect.stringContaining('Write "registry: ghcr.io/acme/vision" into it'),
    });
  });

  it('gives its own runner to images that ask for no other', async () => {
    const { outputs } = await plan({ inputs: { runner: 'big' } });
    expect(wave(outputs['wave-1'])[0]?.runner).toEqual(['big']);
  });

  it('warns of an image of the matrix that is named by a tag', async () => {
    repo.write('containers/left/Dockerfile', `FROM ${home}/base:main\n`);
    repo.commit();
    registry.setManifest('acme/vision/base', 'main', Buffer.from('{}'), 'text/plain');
    const { annotations } = await plan();
    expect(annotations.map(({ properties }) => properties.title)).toContain('graph/tagged-image');
  });

  it('fails on an error of the person at its place, with what to do', async () => {
    repo.write('action-matrix.yml', `registry: ${home}\nimages:\n  base: { contxt: x }\n`);
    repo.commit();
    const { exitCode, annotations, outputs } = await plan();
    expect(exitCode).toBe(1);
    expect(annotations).toEqual([
      {
        level: 'error',
        properties: {
          title: expect.stringMatching(/^matrix\//),
          file: 'action-matrix.yml',
          line: '3',
          col: '11',
        },
        text: expect.stringContaining('"contxt"'),
      },
    ]);
    expect(outputs).toEqual({});
  });

  it('asks for a checkout where there is none', async () => {
    const { exitCode, annotations } = await plan({ cwd: '/' });
    expect(exitCode).toBe(1);
    expect(annotations[0]?.text).toContain('actions/checkout');
  });

  it.each([
    ['username', { username: 'somebody' }, '"username" and "password" belong together'],
    ['aws-role', { 'aws-role': 'admin' }, 'expected the ARN of a role'],
    ['registry', { registry: 'https://ghcr.io/acme' }, 'https://ghcr.io/acme'],
  ])('refuses a wrong %s', async (_, inputs, text) => {
    const { exitCode, annotations } = await plan({ inputs });
    expect({ exitCode, text: annotations[0]?.text }).toEqual({
      exitCode: 1,
      text: expect.stringContaining(text),
    });
  });

  it('fails when the registry gives no clear answer, and guesses nothing', async () => {
    registry.strike({ path: /\/manifests\/key-/, answer: { status: 400, body: 'odd' } });
    const { exitCode, annotations, outputs } = await plan();
    expect(exitCode).toBe(1);
    expect(annotations[0]?.text).toMatch(/answered 400/);
    expect(outputs.mode).toBeUndefined();
  });

  it('prints nothing of a hostile repository that the runner would obey', async () => {
    repo.write(
      'containers/left/Dockerfile',
      'FROM ::set-output##[add-mask]\nFROM base\nRUN ::stop-commands::x\n',
    );
    repo.commit('::error::hello');
    const { log } = await plan();
    expect(log).not.toMatch(/^\s*::(?!error |warning |notice |add-mask|group|endgroup)/m);
    expect(log).not.toContain('##[');
  });
});

describe('the comment on a pull request', () => {
  interface Received {
    readonly method: string;
    readonly url: string;
    readonly body: { readonly body?: string } | null;
  }
  let server: Server;
  let api: string;
  let comments: { id: number; body: string; user: { type: string } }[] = [];
  let received: Received[] = [];
  let status = 200;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const { method = '', url = '' } = request;
      received.push({ method, url, body: text === '' ? null : JSON.parse(text) });
      response.writeHead(status, { 'content-type': 'application/json' });
      if (status !== 200) response.end(JSON.stringify({ message: 'Resource not accessible by integration' }));
      else response.end(JSON.stringify(method === 'GET' ? comments : { id: 1 }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    comments = [];
    received = [];
    status = 200;
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  function planPullRequest() {
    return plan({
      event: {
        ...{ name: 'pull_request', ref: 'refs/pull/7/merge', headRef: 'topic' },
        payload: { repository: { default_branch: 'main' }, pull_request: { number: 7 } },
      },
      inputs: { token: 'secret-token' },
      env: { GITHUB_API_URL: api },
    });
  }

  it('is written once, with the table, and the notice says the plan in a sentence', async () => {
    const { annotations, log } = await planPullRequest();
    expect(annotations).toEqual([
      { level: 'notice', properties: { title: 'Darkroom' }, text: '4 of 4 images will be built.' },
    ]);
    const written = received.filter(({ method }) => method === 'POST');
    expect(written.map(({ url }) => url)).toEqual(['/repos/acme/vision/issues/7/comments']);
    expect(written[0]?.body?.body).toMatch(/^<!-- darkroom-plan -->\n### 4 of 4 images/);
    expect(log).not.toContain('secret-token\n');
  });

  it('is changed later, and never one that a person wrote', async () => {
    comments = [
      { id: 11, body: '<!-- darkroom-plan -->\nmine', user: { type: 'User' } },
      { id: 12, body: '<!-- darkroom-plan -->\nold', user: { type: 'Bot' } },
    ];
    await planPullRequest();
    const changes = received.filter(({ method }) => method !== 'GET');
    expect(changes.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PATCH /repos/acme/vision/issues/comments/12',
    ]);
  });

  it('is left out where the token may not write, and the plan stands all the same', async () => {
    status = 403;
    const { exitCode, outputs, log } = await planPullRequest();
    expect({ exitCode, mode: outputs.mode }).toEqual({ exitCode: 0, mode: 'one-job' });
    expect(log).toContain('No comment was written on the pull request');
  });
});
