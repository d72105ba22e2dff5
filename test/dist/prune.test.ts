import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readMarks, writeMarks } from '../../actions/lib/prune/prune-marks.ts';
import { publishPlan } from '../../actions/lib/publish/publish-plan.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { runStep } from '../support/action-step.ts';
import { startCommand } from '../support/darkroom-command.ts';
import { type FakeRegistry, startFakeRegistry } from '../support/fake-registry.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { madePlan, putBuilt } from '../support/plan-to-publish.ts';

const DAY = 86_400_000;
const client = createRegistryClient();
let registry: FakeRegistry;
let repo: TestRepo;
let home: string;

beforeEach(async () => {
  [registry, repo] = await Promise.all([startFakeRegistry(), createRepo()]);
  home = `${registry.host}/acme`;
  repo.write('action-matrix.yml', `registry: ${home}\nimages: { colmap: {} }\n`);
  repo.write('containers/colmap/Dockerfile', 'FROM scratch\nCOPY colmap.txt /\n');
  repo.write('containers/colmap/colmap.txt', 'colmap');
  repo.commit();
  repo.git('remote', 'add', 'origin', `file://${repo.dir}`);
  // Branches of their own, each with what it published.
  for (const branch of ['main', 'gone']) {
    for (const content of ['1', '2', '3']) {
      const images = [{ name: 'colmap', content: `${branch} ${content}`, tags: [branch] }];
      await putBuilt(client, { target: home, images });
      const plan = madePlan({ target: home, images, event: { branch, tag: null } });
      await publishPlan(client, { plan, known: new Map(), history: null, explicit: true });
    }
  }
});

afterEach(async () => {
  repo.remove();
  await registry.close();
});

const everything = () => ['colmap', 'darkroom'].flatMap((image) => registry.tags(`acme/${image}`)).sort();
const keys = () => registry.tags('acme/colmap').filter((tag) => tag.startsWith('key-'));
/** The run in which the days of grace begin, and two days. */
async function wait(): Promise<void> {
  const { exitCode, outputs } = await prune({ delete: 'true' });
  expect({ exitCode, manifests: outputs.manifests }).toEqual({ exitCode: 0, manifests: '0' });
  const ref = { registry: registry.host, repository: 'acme/darkroom' };
  const earlier = [...(await readMarks(client, ref))].map(
    ([image, own]) => [image, new Map([...own].map(([one, since]) => [one, since - 2 * DAY]))] as const,
  );
  await writeMarks({ client, ref, store: { listsUntagged: false } }, new Map(earlier));
}

const prune = (inputs: Readonly<Record<string, string>> = {}, more = {}) =>
  runStep({ action: 'prune', cwd: repo.dir, inputs: { 'keep-publishes': '1', ...inputs }, ...more });

/** A machine that has no registry of its own. */
const nowhere = () => ({ XDG_STATE_HOME: `${repo.dir}/../state` });

describe('prune, as a runner and as a person start it', () => {
  it('tells what would go, and writes nothing', async () => {
    await wait();
    registry.requests.length = 0;
    const before = everything();
    const { exitCode, outputs, summary, log, annotations } = await prune({ 'grace-days': '1' });
    expect({ exitCode, annotations }).toEqual({ exitCode: 0, annotations: [] });
    expect(everything()).toEqual(before);
    expect(
      registry.requests.filter(({ method, path }) => method === 'DELETE' || path.endsWith('prune-marks'))
        .length,
    ).toBeLessThan(3);
    expect(Number(outputs.manifests)).toBeGreaterThan(5);
    expect(Number(outputs.bytes)).toBeGreaterThan(100);
    expect(log).toContain('This was a dry run.');
    expect(summary).toContain('| colmap | key-');
    expect(summary).toContain('its branch is gone');
  });

  it('deletes, and leaves every tag for people and what a rollback puts back', async () => {
    await wait();
    const { exitCode, log, annotations } = await prune({ delete: 'true', 'grace-days': '1' });
    expect({ exitCode, annotations, log }).toMatchObject({ exitCode: 0, annotations: [] });
    // Two publishes of main, and what the tag of the branch that is gone stands at.
    expect(keys().length).toBe(3);
    expect(registry.tags('acme/colmap')).toEqual(expect.arrayContaining(['main', 'gone']));
    expect(registry.tags('acme/darkroom').filter((tag) => !tag.startsWith('plan-'))).toEqual(
      ['published-main', 'prune-marks'].sort().reverse(),
    );
    expect((await prune({ delete: 'true', 'grace-days': '1' })).outputs.manifests).toBe('0');
  });

  it('begins the days of grace with the first run that may delete', async () => {
    const before = everything();
    const { outputs, log } = await prune({ delete: 'true' });
    expect(outputs.manifests).toBe('0');
    expect(log).toMatch(/more \(.*\) are named by nothing that is published/);
    expect(everything()).toEqual([...before, 'prune-marks'].sort());
  });

  it('deletes nothing in a run that may not write home', async () => {
    const pull = { name: 'pull_request', ref: 'refs/pull/1/merge', headRef: 'side' };
    const { exitCode, annotations } = await prune({ delete: 'true', 'grace-days': '1' }, { event: pull });
    expect({ exitCode, text: annotations[0]?.text }).toEqual({
      exitCode: 1,
      text: expect.stringContaining('This run may not write home'),
    });
    expect(keys().length).toBe(6);
  });

  it('is red where a repository cannot be read, and leaves that one alone', async () => {
    await wait();
    registry.strike({ method: 'GET', path: /acme\/colmap\/tags/, answer: { status: 403 } });
    const { exitCode, annotations } = await prune({ delete: 'true', 'grace-days': '1' });
    expect(exitCode).toBe(1);
    expect(annotations[0]?.text).toContain('"colmap" was left as it is');
    expect(keys().length).toBe(6);
  });

  it('deletes nothing while a record cannot be read', async () => {
    await wait();
    const before = everything();
    registry.strike({ path: /manifests\/sha256:/, answer: { status: 404 } });
    registry.setManifest(
      'acme/darkroom',
      'published-other',
      Buffer.from('{}'),
      'application/vnd.oci.image.manifest.v1+json',
    );
    const { exitCode } = await prune({ delete: 'true', 'grace-days': '1' });
    expect(exitCode).toBe(1);
    expect(everything()).toEqual([...before, 'published-other'].sort());
  });

  it('refuses what was published under a former name, until that is taken over', async () => {
    repo.git('mv', 'action-matrix.yml', 'images.yml');
    repo.commit();
    const renamed = ['--matrix', 'images.yml', 'prune', '--delete', '--json'];
    const before = everything();
    const refused = await startCommand(repo.dir, renamed, nowhere());
    expect({ exitCode: refused.exitCode, stderr: refused.stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('was published by the matrix "action-matrix.yml"'),
    });
    expect(everything()).toEqual(before);
    const taken = await startCommand(repo.dir, [...renamed, '--take-over'], nowhere());
    expect({ exitCode: taken.exitCode, stderr: taken.stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining(`2 records of ${home} were another's`),
    });
    expect(await startCommand(repo.dir, renamed, nowhere())).toMatchObject({ exitCode: 0 });
  });

  it('does the same from a terminal, as JSON', async () => {
    await wait();
    const args = ['prune', '--json', '--grace-days', '1', '--keep-publishes', '1'];
    const { exitCode, stdout, stderr } = await startCommand(repo.dir, args, nowhere());
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const { manifests, deleted } = JSON.parse(stdout);
    expect(deleted).toBe(false);
    expect(manifests.length).toBeGreaterThan(5);
    const bad = await startCommand(repo.dir, ['prune', '--keep-publishes', '0'], nowhere());
    expect({ exitCode: bad.exitCode, stderr: bad.stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('"keep-publishes" is "0"; expected a whole number from 1 to 3650.'),
    });
  });
});
