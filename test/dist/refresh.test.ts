import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { emptyLock } from '../../actions/lib/matrix/lock.ts';
import { parseLock, printLock } from '../../actions/lib/matrix/parse-lock.ts';
import { runStep, type StepRequest } from '../support/action-step.ts';
import { startCommand } from '../support/darkroom-command.ts';
import { type FakeRegistry, startFakeRegistry } from '../support/fake-registry.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { type ServedForge, serveForge } from '../support/serve-forge.ts';

jest.setTimeout(120_000);

const DAY = 86_400_000;
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const IMAGES_YML = 'name: Images\non:\n  push:\n  workflow_dispatch:\njobs: {}\n';

let registry: FakeRegistry;
let forge: ServedForge;
let repo: TestRepo;
let tools: TestRepo;
let state: string;

/** Puts an image under a tag; gives its digest. */
function setImage(
  name: string,
  more: { readonly created: string | null; readonly version?: string },
): string {
  const { created, version } = more;
  const labels = version === undefined ? {} : { 'org.opencontainers.image.version': version };
  const text = JSON.stringify({
    ...{ architecture: 'amd64', os: 'linux', config: { Labels: labels } },
    ...(created === null ? { created: '1970-01-01T00:00:00Z', comment: version } : { created }),
  });
  const config = Buffer.from(text);
  const digest = registry.setBlob(name, config);
  const manifest = {
    ...{ schemaVersion: 2, mediaType: IMAGE, layers: [] },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
  };
  return registry.setManifest(name, 'stable', Buffer.from(JSON.stringify(manifest)), IMAGE);
}

/** When the images of the lock were made. */
const BEFORE = new Date(Date.now() - 90 * DAY).toISOString();
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const named = (name: string): string => `${registry.host}/base/${name}:stable`;
const pinOf = (text: string | undefined, name: string): string | undefined =>
  parseLock(text ?? '{}', 'lock').images[named(name)]?.['linux/amd64'];

/** A repository with four images, a lock of how things stood, and a forge that has both. */
beforeEach(async () => {
  registry = await startFakeRegistry();
  state = mkdtempSync(path.join(tmpdir(), 'darkroom-refresh-'));
  tools = await createRepo();
  tools.write('tool.txt', 'one');
  const commit = tools.commit();
  repo = await createRepo();
  const python = setImage('base/python', { created: BEFORE, version: '3.11.9' });
  const node = setImage('base/node', { created: BEFORE, version: '22.1' });
  const url = `file://${tools.dir}`;
  repo.write(
    'action-matrix.yml',
    `upstreams:\n  tools: { git: "${url}", ref: main }\nimages:\n  app: {}\n  web: {}\n  child: {}\n`,
  );
  repo.write('containers/app/Dockerfile', `FROM ${named('python')}\n`);
  repo.write('containers/web/Dockerfile', `FROM ${named('node')}\n`);
  repo.write('containers/child/Dockerfile', 'FROM app\nCOPY --from=tools /tool.txt /\n');
  const pin = (digest: string) => ({ 'linux/amd64': digest });
  const images = { [named('node')]: pin(node), [named('python')]: pin(python) };
  repo.write('action-matrix.lock', printLock({ ...emptyLock(), images, git: { [`${url}#main`]: commit } }));
  repo.commit();
  forge = await serveForge({
    workflows: { 'images.yml': IMAGES_YML },
    files: { 'action-matrix.lock': lockHere() },
  });
});

afterEach(async () => {
  for (const one of [repo, tools]) one.remove();
  rmSync(state, { recursive: true, force: true });
  await registry.close();
  await forge.close();
});

function lockHere(): string {
  return readFileSync(path.join(repo.dir, 'action-matrix.lock'), 'utf8');
}

function refresh(inputs: Readonly<Record<string, string>> = {}, event: StepRequest['event'] = undefined) {
  const env = { GITHUB_API_URL: forge.api, GITHUB_REPOSITORY: 'acme/vision' };
  const step = { action: 'refresh', cwd: repo.dir, env, inputs: { token: 'secret', ...inputs } };
  return runStep({ ...step, ...(event === undefined ? {} : { event }) });
}

const written = () => forge.seen.filter(({ method }) => method !== 'GET');

describe('the bundle of refresh', () => {
  it('says in one line that nothing moved, and writes nothing', async () => {
    const { exitCode, outputs, log, annotations } = await refresh();
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    expect(log).toContain('Nothing moves: 3 upstreams looked up.');
    expect(outputs).toMatchObject({ moved: '0', commit: '', 'pull-request': '' });
    expect({ annotations, written: written(), runs: forge.runs }).toEqual({
      ...{ annotations: [], written: [], runs: [] },
    });
  });

  it('commits what has soaked, holds what has not, and starts the build', async () => {
    const before = pinOf(lockHere(), 'python');
    const after = setImage('base/python', { created: ago(2 * DAY), version: '3.11.10' });
    setImage('base/node', { created: ago(DAY / 2), version: '22.2' });
    const { exitCode, outputs, log, summary } = await refresh();
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    const lock = forge.git.read('main', 'action-matrix.lock');
    expect(pinOf(lock, 'python')).toBe(after);
    expect(pinOf(lock, 'node')).toBe(pinOf(lockHere(), 'node'));
    expect(outputs.commit).toBe(forge.git.refs.get('heads/main'));
    expect(forge.runs).toMatchObject([{ branch: 'main' }]);
    expect(log).toContain(`${before?.slice(0, 19)} → ${after.slice(0, 19)}`);
    expect(log).toContain('version 3.11.9 → 3.11.10');
    expect(log).toContain('makes new: app, child');
    expect(log).toMatch(/base\/node:stable linux\/amd64: moves from \d{4}-\d\d-\d\d \d\d:\d\d UTC on/);
    expect(summary).toContain('### 1 of 3 upstreams moves; 1 waits.');
    const { moves, waiting } = JSON.parse(outputs.result ?? '{}');
    expect({ moves, waiting }).toMatchObject({
      moves: [{ kind: 'image', to: after, basis: 'dated', images: ['app', 'child'] }],
      waiting: [{ images: ['web'] }],
    });
  });

  it('starts the build that a stopped step left out, once', async () => {
    setImage('base/python', { created: ago(2 * DAY), version: '3.11.10' });
    forge.strike({ on: /dispatches$/, fault: { status: 422 }, times: 1 });
    expect((await refresh()).exitCode).toBe(1);
    expect(forge.runs).toEqual([]);
    repo.write('action-matrix.lock', forge.git.read('main', 'action-matrix.lock') ?? '');
    repo.commit();
    const next = await refresh();
    expect(next.log).toContain('was committed before and never built; started: ');
    expect(forge.runs).toHaveLength(1);
    await refresh();
    expect(forge.runs).toHaveLength(1);
  });

  it('commits nothing that it could not have built', async () => {
    setImage('base/python', { created: ago(2 * DAY), version: '3.11.10' });
    const { exitCode, annotations } = await refresh({ workflow: 'image.yml' });
    expect({ exitCode, annotations }).toMatchObject({
      exitCode: 1,
      annotations: [{ properties: { title: 'dispatch/unknown-workflow' } }],
    });
    expect(written()).toEqual([]);
  });

  it('keeps one pull request, and closes it when nothing is left', async () => {
    const after = setImage('base/python', { created: ago(2 * DAY), version: '@acme #7 <b>' });
    const pull = { 'pull-request-token': 'secret' };
    const { outputs, log } = await refresh(pull);
    expect(log).toContain('A pull request was opened');
    expect(outputs['pull-request']).toMatch(/\/acme\/vision\/pull\/1$/);
    expect(forge.git.pulls).toMatchObject([{ title: 'Refresh python:stable', head: 'darkroom/refresh' }]);
    expect(pinOf(forge.git.read('darkroom/refresh', 'action-matrix.lock'), 'python')).toBe(after);
    const body = forge.git.pulls[0]?.body ?? '';
    expect(body).toContain('| app, child |');
    expect(body).not.toMatch(/@acme|#7|<b>/);
    expect(forge.runs).toEqual([]);

    // Younger than the soak time: what soaked stays in it.
    setImage('base/python', { created: ago(DAY / 2), version: '3.11.11' });
    expect((await refresh(pull)).log).toContain('proposed before');
    expect(pinOf(forge.git.read('darkroom/refresh', 'action-matrix.lock'), 'python')).toBe(after);

    setImage('base/python', { created: BEFORE, version: '3.11.9' });
    expect((await refresh(pull)).log).toContain('the pull request was closed');
    expect(forge.git.pulls).toMatchObject([{ state: 'closed' }]);
    expect(forge.git.refs.has('heads/darkroom/refresh')).toBe(false);
  });

  it('respects a pull request that a person closed', async () => {
    setImage('base/python', { created: ago(2 * DAY), version: '3.11.10' });
    await refresh({ 'pull-request-token': 'secret' });
    for (const pull of forge.git.pulls) pull.state = 'closed';
    const { exitCode, log } = await refresh({ 'pull-request-token': 'secret' });
    expect(exitCode).toBe(0);
    expect(log).toContain('declined: the pull request with it was closed');
    expect(forge.git.pulls).toHaveLength(1);
  });

  it('waits for what has no date from when it saw it first, and keeps that beside the branches', async () => {
    const after = setImage('base/python', { created: null, version: 'reproducible' });
    const first = await refresh();
    expect(first.log).toMatch(/no date; first seen/);
    expect([...forge.git.refs.keys()]).toEqual(['heads/main', 'darkroom/seen']);
    const seen = JSON.parse(forge.git.read('darkroom/seen', 'seen.json') ?? '{}') as Record<
      string,
      { at: number }
    >;
    const [[id, entry] = ['', undefined]] = Object.entries(seen);
    const before = written().length;
    await refresh();
    expect(written()).toHaveLength(before);
    const earlier = JSON.stringify({ [id]: { ...entry, at: Date.now() - 2 * DAY } });
    forge.git.refs.set('darkroom/seen', forge.git.push('elsewhere', { 'seen.json': earlier }));
    await refresh();
    expect(pinOf(forge.git.read('main', 'action-matrix.lock'), 'python')).toBe(after);
  });

  it('shows the commits of a git upstream, and moves what else can be looked up', async () => {
    tools.write('tool.txt', 'two');
    tools.commit();
    registry.strike({ path: /base\/node/, answer: { status: 404 } });
    const { exitCode, log, annotations, outputs } = await refresh({ soak: '0' });
    expect(exitCode).toBe(1);
    expect(annotations).toMatchObject([{ properties: { title: 'upstream/missing' } }]);
    expect(log).toContain('1 commit');
    expect(log).toContain('makes new: child');
    expect(outputs.moved).toBe('1');
    const lock = parseLock(forge.git.read('main', 'action-matrix.lock') ?? '{}', 'lock');
    expect(Object.values(lock.git)).not.toEqual(Object.values(parseLock(lockHere(), 'lock').git));
    expect(pinOf(printLock(lock), 'node')).toBe(pinOf(lockHere(), 'node'));
  });

  it('moves nothing for another branch, which may need other things', async () => {
    setImage('base/python', { created: ago(2 * DAY), version: '3.11.10' });
    const event = { name: 'workflow_dispatch', ref: 'refs/heads/topic' };
    const { exitCode, annotations } = await refresh({}, event);
    expect({ exitCode, annotations, written: written() }).toMatchObject({
      ...{ exitCode: 1, written: [], annotations: [{ properties: { title: 'refresh/other-branch' } }] },
    });
  });

  it('writes nothing in a dry run', async () => {
    setImage('base/python', { created: ago(2 * DAY), version: '3.11.10' });
    setImage('base/node', { created: null, version: 'x' });
    const { exitCode, log, outputs } = await refresh({ 'dry-run': 'true' });
    expect({ exitCode, moved: outputs.moved, written: written() }).toEqual({
      ...{ exitCode: 0, moved: '1', written: [] },
    });
    expect(log).toContain('A dry run: nothing was written.');
  });

  it.each([
    [{ soak: 'soon' }, 'input/soak'],
    [{ token: 'wrong' }, 'forge/unauthorized'],
  ])('says what is wrong with %j', async (inputs, title) => {
    const { exitCode, annotations } = await refresh(inputs);
    expect({ exitCode, annotations }).toMatchObject({
      exitCode: 1,
      annotations: [{ properties: { title } }],
    });
  });
});

describe('darkroom refresh', () => {
  it('moves the lock of a checkout, and nothing in a dry run', async () => {
    const after = setImage('base/python', { created: ago(2 * DAY), version: '3.11.10' });
    const env = { XDG_STATE_HOME: state };
    const dry = await startCommand(repo.dir, ['refresh', '--dry-run', '--json'], env);
    expect(JSON.parse(dry.stdout)).toMatchObject({ version: 1, upstreams: 3, moves: [{ to: after }] });
    expect(pinOf(lockHere(), 'python')).not.toBe(after);
    expect((await startCommand(repo.dir, ['refresh', '--soak', '3d'], env)).stdout).toContain(
      'Nothing moves',
    );
    const ran = await startCommand(repo.dir, ['refresh'], env);
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toContain('1 of 3 upstreams moves.');
    expect(pinOf(lockHere(), 'python')).toBe(after);
    const wrong = await startCommand(repo.dir, ['refresh', '--soak', '1w'], env);
    expect({ exitCode: wrong.exitCode, stderr: wrong.stderr }).toMatchObject({ exitCode: 2 });
  });
});
