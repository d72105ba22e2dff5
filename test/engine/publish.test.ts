import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  createProject,
  PLATFORM,
  type Project,
  planned,
  type Variables,
} from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestRepo } from '../support/git-repo.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';

jest.setTimeout(180_000);

describe('publishing for real', () => {
  let project: Project;
  let storage: string;

  const json = async (args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await project.run([...args, '--json']);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const tags = async () => [await project.tag('base', 'main'), await project.tag('app', 'main')];
  const change = (text: string) => {
    project.repo.write('containers/app/app.txt', text);
    project.repo.commit();
  };

  beforeAll(async () => {
    const on = `platforms: [${PLATFORM}]`;
    project = await createProject({
      'action-matrix.yml': `images:\n  base: { ${on} }\n  app: { ${on} }\n`,
      // No two builds of it are the same.
      'containers/base/Dockerfile':
        'FROM scratch\nCOPY root /\nRUN cat /proc/sys/kernel/random/uuid > /once\n',
      'containers/app/Dockerfile': 'FROM base\nCOPY app.txt /\n',
      'containers/app/app.txt': 'one\n',
    });
    await makeTinyRoot(path.join(project.repo.dir, 'containers/base/root'));
    project.repo.commit();
    const { folders } = await startTestEngine();
    storage = path.join(folders.state, 'registry/docker/registry/v2/repositories', project.name);
    expect(await project.rebuild()).toMatchObject({ built: ['base', 'app'], exitCode: 0 });
  });

  afterAll(() => project?.repo.remove());

  it('goes back with one command, stays there, and comes again when a person asks', async () => {
    const first = await tags();
    change('two\n');
    await project.rebuild();
    const second = await tags();
    expect(second[1]).not.toBe(first[1]);

    expect(await json(['publish', '--rollback'])).toMatchObject({ version: 1, notices: [] });
    expect(await tags()).toEqual(first);
    expect((await project.files('app'))['app.txt']).toBe('644 one\n');

    const again = await project.rebuild();
    expect(again).toMatchObject({ built: [], published: {}, exitCode: 0 });
    expect(again.stderr).toMatch(/Nothing was published: this plan of [0-9a-f]{12} was rolled back/);
    expect(await tags()).toEqual(first);

    await json(['publish']);
    expect(await tags()).toEqual(second);
  });

  it('says that there is nothing to roll back to', async () => {
    const none = await project.run(['publish', '--rollback', '--registry', `${project.address}/never`]);
    expect(none.exitCode).toBe(1);
    expect(none.stderr).toContain('There is nothing to roll back to');
  });

  it('rebuilds a child when its parent is rebuilt or came out as something else, and publishes two that fit', async () => {
    await project.rebuild();
    const before = await tags();
    const base = planned(await project.plan(), 'base');
    const repository = { registry: project.address, repository: `${project.name}/base` };
    rmSync(path.join(storage, 'base/_manifests/tags', base.tag ?? ''), { recursive: true });
    const lost = await project.plan();
    expect(lost.images.map(({ action }) => action)).toEqual(['build', 'build']);
    expect(planned(lost, 'app').reasons).toEqual(['its parent base is rebuilt']);
    const refused = await project.run(['publish']);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('Nothing was published: base is not built yet.');

    // Another base, as a machine without this one's cache would build it.
    project.repo.write('containers/base/root/other.txt', 'other\n');
    await project.run(['build', 'base']);
    const other = planned(await project.plan(), 'base').digest ?? '';
    project.repo.git('clean', '--quiet', '--force');
    await project.client.copyManifestTag({ ...repository, digest: other }, base.tag ?? '');
    const moved = await project.plan();
    expect(moved.images.map(({ action }) => action)).toEqual(['hit', 'build']);
    expect(planned(moved, 'app').reasons).toEqual([
      'it was built on another base than the one that is there now',
    ]);
    expect((await project.run(['publish'])).stderr).toContain('"app" was built on another "base"');
    expect(await tags()).toEqual(before);

    expect(await project.rebuild()).toMatchObject({ built: ['app'], exitCode: 0 });
    expect(await project.files('app')).toMatchObject({ 'other.txt': '644 other\n', 'app.txt': '644 two\n' });
    expect(await project.rebuild()).toMatchObject({ built: [], hits: ['base', 'app'], exitCode: 0 });
  });
});

describe('publishing in a workflow, with a shallow clone', () => {
  let project: Project;
  let event: string;
  let commits: string[];
  const clones: TestRepo[] = [];

  const flags = () => ['--registry', `${project.address}/${project.name}`];
  const workflow = (more: Variables = {}): Variables => ({
    ...{
      GITHUB_ACTIONS: 'true',
      GITHUB_REF_NAME: 'main',
      GITHUB_REF_TYPE: 'branch',
      GITHUB_EVENT_NAME: 'push',
    },
    ...{ GITHUB_EVENT_PATH: event, ...more },
  });
  /** Runs as a workflow of one commit does. */
  const runOf = (commit: string | undefined, more: Variables = {}) => {
    const clone = project.repo.clone('--depth=1');
    clones.push(clone);
    clone.git('fetch', '--quiet', '--depth=1', 'origin', commit ?? '');
    clone.git('checkout', '--quiet', commit ?? '');
    return project.from(clone).rebuild(flags(), workflow(more));
  };
  const main = () => project.tag('one', 'main');

  beforeAll(async () => {
    project = await createProject({
      'action-matrix.yml': 'images:\n  one: { tags: ["{branch}", "{semver}", "{major}"] }\n',
      'containers/one/Dockerfile': 'FROM scratch\nCOPY one.txt /\n',
    });
    commits = ['1', '2', '3'].map((text) => {
      project.repo.write('containers/one/one.txt', text);
      return project.repo.commit();
    });
    event = path.join(project.repo.dir, '.git/event.json');
    writeFileSync(event, JSON.stringify({ repository: { default_branch: 'main' } }));
  });

  afterAll(() => {
    for (const repo of [...clones, ...(project === undefined ? [] : [project.repo])]) repo.remove();
  });

  it('publishes what is newer, and lets what comes late end well without moving anything', async () => {
    expect(await runOf(commits[1])).toMatchObject({ built: ['one'], exitCode: 0 });
    const second = await main();
    const late = await runOf(commits[0]);
    expect(late).toMatchObject({ published: {}, exitCode: 0 });
    expect(late.stderr).toContain(
      `Nothing was published: main stands at ${commits[1]?.slice(0, 12)} already`,
    );
    expect(await main()).toBe(second);
    expect(await runOf(commits[2])).toMatchObject({ exitCode: 0 });
    expect(await main()).not.toBe(second);
  });

  it('leaves the tag of a major version to its highest release', async () => {
    const release = (tag: string, commit: string | undefined) =>
      runOf(commit, { GITHUB_REF_NAME: tag, GITHUB_REF_TYPE: 'tag' });
    expect(await release('v1.2.3', commits[1])).toMatchObject({ exitCode: 0 });
    const older = await release('v1.1.0', commits[0]);
    expect(older).toMatchObject({ exitCode: 0 });
    expect(older.stderr).toContain('"one:1" stays at v1.2.3: it is published, and higher than v1.1.0.');
    expect((await project.files('one', '1'))['one.txt']).toBe('644 2');
    expect((await project.files('one', '1.1.0'))['one.txt']).toBe('644 1');
  });

  it('publishes the tip after a forced push, and nothing of the line that was left', async () => {
    project.repo.git('reset', '--quiet', '--hard', commits[1] ?? '');
    project.repo.write('containers/one/one.txt', 'forced');
    const forced = project.repo.commit();
    expect(await runOf(forced)).toMatchObject({ exitCode: 0 });
    expect((await project.files('one'))['one.txt']).toBe('644 forced');
    project.repo.git('branch', 'left', commits[2] ?? '');
    expect(await runOf(commits[2])).toMatchObject({ published: {}, exitCode: 0 });
    expect((await project.files('one'))['one.txt']).toBe('644 forced');
  });
});
