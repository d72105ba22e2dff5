import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runStep, type StepRequest, type StepResult } from '../support/action-step.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';

const FROM =
  'FROM python:3.12.9-slim-bookworm@sha256:8f1a3e2c4b5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7\n';
const OLD = 'RUN pip install old>=1\n';
const NEW = 'RUN pip install new>=2\n';
const FIXED = 'RUN pip install "new>=2"';

let root: string;
let repo: TestRepo;

// Only what a runner has: the action without the modules and sources beside it.
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'darkroom-lint-action-'));
  for (const part of ['action.yml', 'dist'])
    await cp(path.join('actions/lint', part), path.join(root, 'actions/lint', part), { recursive: true });
});
afterAll(() => rm(root, { recursive: true, force: true }));

beforeEach(async () => {
  repo = await createRepo();
});
afterEach(() => repo.remove());

function lint({ inputs, env, ...request }: Partial<StepRequest> = {}): Promise<StepResult> {
  return runStep({
    ...{ action: 'lint', root, cwd: repo.dir, inputs: { hadolint: 'false', ...inputs }, ...request },
    env: { GITHUB_ACTION_REPOSITORY: 'acme/darkroom', GITHUB_ACTION_REF: 'v1', ...env },
  });
}

/** `level file:line title` of each annotation. */
function shown({ annotations }: StepResult): readonly string[] {
  return annotations.map(
    ({ level, properties }) =>
      `${level} ${properties.file ?? ''}:${properties.line ?? ''} ${properties.title}`,
  );
}

describe('the bundle of lint', () => {
  it('fails a push at the line, with the fix and an address that explains it', async () => {
    repo.write('services/api/Dockerfile', FROM + OLD);
    repo.commit();
    const { exitCode, outputs, annotations, summary } = await lint();
    expect({ exitCode, outputs }).toEqual({ exitCode: 1, outputs: { findings: '1', errors: '1' } });
    const page = 'https://github.com/acme/darkroom/blob/v1/actions/lib/lint/rules/unquoted-specifier.md';
    expect(annotations).toEqual([
      {
        level: 'error',
        properties: {
          ...{ title: 'unquoted-specifier', file: 'services/api/Dockerfile' },
          ...{ line: '2', endLine: '2', col: '17', endColumn: '22' },
        },
        text: expect.stringMatching(
          /^the shell takes ">=1" for a redirect: .*\.\nFix: quote the requirement:\n/,
        ),
      },
    ]);
    expect(annotations[0]?.text).toContain(`\n  RUN pip install "old>=1"\n${page}`);
    const head = repo.git('rev-parse', 'HEAD');
    expect(summary).toMatch(/^### 1 error in 1 Dockerfile; 1 can be mended with --fix\n/);
    expect(summary).toContain(`https://github.com/acme/vision/blob/${head}/services/api/Dockerfile#L2`);
    expect(summary).toContain(`| [unquoted-specifier](${page}) |`);
  });

  it.each([
    ['none', 0],
    ['error', 1],
  ])('fails by what "fail-on: %s" says', async (level, expected) => {
    repo.write('Dockerfile', FROM + OLD);
    repo.commit();
    const { exitCode, outputs } = await lint({ inputs: { 'fail-on': level } });
    expect({ exitCode, findings: outputs.findings }).toEqual({ exitCode: expected, findings: '1' });
  });

  it('refuses a severity that is none', async () => {
    const { exitCode, annotations } = await lint({ inputs: { 'fail-on': 'erorr' } });
    expect(exitCode).toBe(1);
    expect(annotations[0]?.text).toContain('Did you mean "error"?');
  });

  it('knows what the baseline has, and looks at the paths that were asked for', async () => {
    const entry = (await lintedEntry()) ?? '';
    repo.write('known.json', `{ "version": 1, "findings": [${entry}] }`);
    repo.write('b/Dockerfile', FROM + NEW);
    repo.write('c/Dockerfile', FROM + NEW);
    repo.commit();
    const { outputs, summary } = await lint({ inputs: { baseline: 'known.json', paths: 'a\nb/Dockerfile' } });
    expect(outputs.findings).toBe('1');
    expect(summary).toContain('1 in the baseline');
  });

  /** What a baseline says of `a/Dockerfile`. */
  async function lintedEntry(): Promise<string | undefined> {
    repo.write('a/Dockerfile', FROM + OLD);
    repo.commit();
    await lint({ inputs: { sarif: 'out.sarif' } });
    const log = JSON.parse(readFileSync(path.join(repo.dir, 'out.sarif'), 'utf8')) as {
      runs: { results: { ruleId: string; partialFingerprints: Record<string, string> }[] }[];
    };
    repo.delete('out.sarif');
    const [found] = log.runs[0]?.results ?? [];
    const [fingerprint] = (found?.partialFingerprints['darkroomPlace/v1'] ?? '').split(':');
    return JSON.stringify({ file: 'a/Dockerfile', rule: found?.ruleId, fingerprint });
  }

  it('names files from the top of the repository, wherever the checkout lies and whatever folder is asked for', async () => {
    const workspace = await mkdtemp(path.join(tmpdir(), 'darkroom-workspace-'));
    repo.write('services/api/Dockerfile', FROM + OLD);
    repo.write('other/Dockerfile', FROM + OLD);
    repo.commit();
    repo.git('worktree', 'add', '--quiet', path.join(workspace, 'src'), '--detach');
    const result = await lint({ cwd: workspace, inputs: { directory: 'src/services' } });
    await rm(workspace, { recursive: true });
    expect(shown(result)).toEqual(['error services/api/Dockerfile:2 unquoted-specifier']);
  });

  it('runs the hadolint that it is given, and says its findings once', async () => {
    repo.write('Dockerfile', `${FROM}RUN cd /x && ls\n`);
    const report =
      '[{"file":"./Dockerfile","line":2,"column":1,"level":"warning","code":"DL3003","message":"m"}]';
    const script = `#!/bin/sh\n[ "$1" = --version ] && echo "Haskell Dockerfile Linter 2.15.1" && exit\necho '${report}'\n`;
    repo.write('bin/hadolint', script, { mode: 0o755 });
    repo.commit();
    const result = await lint({ inputs: { hadolint: './bin/hadolint' } });
    expect(shown(result)).toContain('warning Dockerfile:2 DL3003');
    expect(result.exitCode).toBe(0);
  });

  it('warns where hadolint cannot be had, and says what its own rules found', async () => {
    repo.write('Dockerfile', FROM + OLD);
    repo.commit();
    const env = { PIP_INDEX_URL: 'http://127.0.0.1:9/simple', RUNNER_TEMP: path.join(repo.dir, '..') };
    const { annotations } = await lint({ inputs: { hadolint: '' }, env });
    expect(annotations.map(({ level, properties }) => `${level} ${properties.title}`)).toEqual([
      ...['warning lint/no-hadolint', 'error unquoted-specifier'],
    ]);
  });

  it('prints nothing of a hostile repository that the runner would obey', async () => {
    repo.write(
      'a::error::b\n::add-mask::x/Dockerfile',
      `${FROM}RUN pip install "::error::x"'\n::stop-commands::y'>=1\n`,
    );
    repo.write('Dockerfile', `${FROM}RUN pip install ::set-output##[add-mask]>=1\n::error::hello\n`);
    repo.commit('::error::hello');
    const { log, exitCode, summary } = await lint();
    expect(exitCode).toBe(1);
    expect(log).not.toMatch(/^\s*::(?!error title|warning title|notice title|group|endgroup)/m);
    expect(log).not.toContain('##[');
    expect(summary).not.toContain('\n::');
  });
});

describe('in a pull request, the bundle of lint', () => {
  let github: FakeGitHub;
  let clone: TestRepo;

  beforeEach(async () => {
    repo.write('old/Dockerfile', FROM + OLD);
    repo.write('moved/Dockerfile', `${FROM}${OLD}RUN echo 1\nRUN echo 2\nRUN echo 3\n`);
    repo.write('fixed/Dockerfile', FROM + OLD);
    repo.commit();
    repo.git('checkout', '--quiet', '-b', 'topic');
    repo.write('new/Dockerfile', FROM + NEW);
    repo.git('mv', 'moved', 'now here');
    repo.write('fixed/Dockerfile', `${FROM}RUN pip install 'old>=1'\n`);
    repo.commit();
    repo.git('checkout', '--quiet', 'main');
    repo.write('later/Dockerfile', FROM + OLD);
    repo.commit('what the branch does not have');
    github = await startFakeGitHub(repo);
  });
  afterEach(async () => {
    await github.close();
    clone?.remove();
  });

  interface PullRequestStep extends Pick<StepRequest, 'env' | 'inputs'> {
    readonly depth?: string;
    readonly token?: string;
  }

  /** As actions/checkout leaves it: the last commit of the branch, and no other. */
  function lintPullRequest({
    depth = '--depth=1',
    token = 'secret-token',
    env,
    inputs,
  }: PullRequestStep = {}) {
    clone = repo.clone(...(depth === '' ? [] : [depth]), '--branch=topic', '--no-tags');
    const [base, head] = ['main', 'topic'].map((name) => ({ sha: repo.git('rev-parse', name) }));
    return lint({
      cwd: clone.dir,
      inputs: { token, ...inputs },
      event: {
        ...{ name: 'pull_request', ref: 'refs/pull/7/merge', headRef: 'topic' },
        payload: { repository: { default_branch: 'main' }, pull_request: { number: 7, base, head } },
      },
      env: { GITHUB_API_URL: github.api, ...env },
    });
  }

  it('says what is new, whatever was moved, and suggests the fix on its line', async () => {
    const result = await lintPullRequest();
    expect(result.exitCode).toBe(1);
    expect(shown(result)).toEqual(['error new/Dockerfile:2 unquoted-specifier']);
    expect(result.annotations[0]?.text).not.toContain('Fix:');
    expect(result.outputs).toEqual({ findings: '1', errors: '1' });
    expect(result.summary).toMatch(
      /^### New: 1 error in 4 Dockerfiles; 2 there before, not shown; 1 mended by this change; 1 can be mended with --fix\n/,
    );
    expect(result.summary).toContain('<summary>1 mended by this change</summary>');
    expect(github.reviews).toEqual([
      {
        ...{ commit_id: repo.git('rev-parse', 'topic'), event: 'COMMENT' },
        body: 'Darkroom lint suggests a change.',
        comments: [
          {
            path: 'new/Dockerfile',
            side: 'RIGHT',
            line: 2,
            body: expect.stringContaining('**error** [unquoted'),
          },
        ],
      },
    ]);
    expect(github.comments[0]?.body).toContain(`\n\`\`\`suggestion\n${FIXED}\n\`\`\`\n`);
  });

  it('writes all findings as SARIF, as code scanning compares by itself', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'darkroom-sarif-'));
    const file = path.join(folder, 'lint.sarif');
    await lintPullRequest({ inputs: { sarif: file } });
    const { runs } = JSON.parse(readFileSync(file, 'utf8')) as { runs: { results: unknown[] }[] };
    await rm(folder, { recursive: true });
    expect(runs.map(({ results }) => results.length)).toEqual([3]);
  });

  it('leaves the checkout as it was, and nothing on the disk', async () => {
    const temporary = await mkdtemp(path.join(tmpdir(), 'darkroom-tmp-'));
    await lintPullRequest({ env: { TMPDIR: temporary } });
    expect(readdirSync(temporary)).toEqual([]);
    await rm(temporary, { recursive: true });
    expect(clone.git('status', '--porcelain', '--ignored')).toBe('');
    expect(clone.git('rev-list', '--all', '--count')).toBe('1');
    expect(clone.git('rev-parse', '--is-shallow-repository')).toBe('true');
  });

  it('suggests nothing twice, however often the branch is pushed to', async () => {
    await lintPullRequest();
    clone.remove();
    repo.git('checkout', '--quiet', 'topic');
    repo.write('new/Dockerfile', `${FROM}RUN echo first\n${NEW}`);
    repo.commit();
    const again = await lintPullRequest();
    expect(github.reviews).toHaveLength(1);
    expect(again.annotations[0]?.properties.line).toBe('3');
    expect(again.annotations[0]?.text).not.toContain('Fix:');
  });

  it('puts the fix into the annotation where the token only reads', async () => {
    github.isReadOnly = true;
    const { exitCode, annotations, log } = await lintPullRequest();
    expect(exitCode).toBe(1);
    expect(annotations.map(({ text }) => text)).toEqual([
      expect.stringContaining(`Fix: quote the requirement:\n  ${FIXED}`),
    ]);
    expect(log).toContain('No fixes were suggested, they stand in the annotations: Resource not accessible');
    expect(log).not.toContain('secret-token');
  });

  it('compares with what the clone holds, and asks nobody, where it holds the history', async () => {
    const result = await lintPullRequest({ depth: '' });
    expect(shown(result)).toEqual(['error new/Dockerfile:2 unquoted-specifier']);
    expect(github.requests.filter((request) => request.includes('compare'))).toEqual([]);
  });

  it('finds what a changed ignore file breaks in a Dockerfile that was not touched', async () => {
    repo.git('checkout', '--quiet', 'main');
    repo.write('context/Dockerfile', `${FROM}COPY app.py /\n`);
    repo.write('context/app.py', 'print(1)\n');
    repo.write('action-matrix.yml', 'images:\n  context: { dockerfile: context/Dockerfile }\n');
    repo.commit();
    repo.git('checkout', '--quiet', 'topic');
    repo.git('rebase', '--quiet', 'main');
    repo.write('context/.dockerignore', '*.py\n');
    repo.commit();
    expect(shown(await lintPullRequest())).toContain('error context/Dockerfile:2 copy-source-missing');
  });

  it.each([
    ['GitHub fails', 500, 'secret-token', /all findings count: Something is wrong/],
    ['there is no token', 200, '', /all findings count: there is no token/],
  ])('shows everything, and says why, when %s', async (_, status, token, why) => {
    github.status = status;
    const result = await lintPullRequest({ token });
    expect(result.exitCode).toBe(1);
    expect(result.annotations[0]).toMatchObject({
      ...{ level: 'warning', properties: { title: 'lint/no-merge-base' }, text: expect.stringMatching(why) },
    });
    expect(result.outputs.findings).toBe('3');
    expect(github.reviews).toEqual([]);
  });

  it('suggests nothing on lines of another commit than the branch has', async () => {
    repo.git('checkout', '--quiet', '-B', 'merged', 'topic');
    repo.git('merge', '--quiet', '--no-edit', 'main');
    repo.git('branch', '--force', 'topic-copy', 'topic');
    clone = repo.clone('--depth=1', '--branch=merged', '--no-tags');
    const [base, head] = ['main', 'topic'].map((name) => ({ sha: repo.git('rev-parse', name) }));
    const result = await lint({
      ...{ cwd: clone.dir, inputs: { token: 'secret-token' }, env: { GITHUB_API_URL: github.api } },
      event: { name: 'pull_request', payload: { pull_request: { number: 7, base, head } } },
    });
    expect(shown(result)).toEqual(['error new/Dockerfile:2 unquoted-specifier']);
    expect(result.annotations[0]?.text).toContain('Fix:');
    expect(result.log).toContain('No fixes are suggested:');
    expect(github.reviews).toEqual([]);
  });
});
