import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stopEngine } from '../../scripts/engine/engine.ts';
import { createProject, PLATFORM, type Project, planned } from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';
import { platformManifest } from '../support/pull-files.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';

jest.setTimeout(180_000);

const MATRIX = `images:
  base: {}
  app: {}
  web: {}
  lone: {}
  twin: {}
`;

const FILES = {
  'action-matrix.yml': MATRIX,
  'containers/base/Dockerfile': 'FROM scratch\nCOPY base.txt /\n',
  'containers/base/base.txt': 'base\n',
  'containers/app/Dockerfile': 'FROM base\nCOPY app.txt /\n',
  'containers/app/app.txt': 'app\n',
  'containers/app/notes.md': 'copied by nothing\n',
  'containers/web/Dockerfile': 'FROM app\nCOPY . /web/\n',
  'containers/web/.dockerignore': '*.log\n',
  'containers/web/index.html': 'web\n',
  'containers/web/debug.log': 'ignored by the build\n',
  'containers/lone/Dockerfile': 'FROM scratch\nCOPY name.txt /\n',
  'containers/lone/name.txt': 'lone\n',
  'containers/twin/Dockerfile': 'FROM scratch\nCOPY name.txt /\n',
  'containers/twin/name.txt': 'twin\n',
};

const ALL = ['base', 'app', 'web', 'lone', 'twin'];
const NOTHING = { built: [], failed: [], skipped: [], blocked: [], exitCode: 0 };

describe('rebuild', () => {
  let project: Project;
  let first: Readonly<Record<string, string | null>>;

  const mainTags = async (): Promise<Record<string, string | null>> =>
    Object.fromEntries(
      await Promise.all(ALL.map(async (image) => [image, await project.tag(image, 'main')] as const)),
    );

  beforeAll(async () => {
    project = await createProject(FILES);
  });

  afterAll(() => project?.repo.remove());

  it('plans parents in earlier waves than their children', async () => {
    const plan = await project.plan();
    expect(plan.images.map(({ name, wave, action }) => [name, wave, action])).toEqual([
      ['base', 1, 'build'],
      ['app', 2, 'build'],
      ['web', 3, 'build'],
      ['lone', 1, 'build'],
      ['twin', 1, 'build'],
    ]);
  });

  it('builds everything the first time and moves every tag', async () => {
    const rebuilt = await project.rebuild();
    expect(rebuilt).toMatchObject({ built: ALL, hits: [], exitCode: 0 });
    first = await mainTags();
    for (const image of ALL) {
      expect(first[image]).toMatch(/^sha256:/);
      expect(rebuilt.published[image]).toEqual({
        ref: `${project.address}/${project.name}/${image}:main`,
        digest: first[image],
      });
    }
    expect(await project.files('web')).toEqual({
      'base.txt': '644 base\n',
      'app.txt': '644 app\n',
      web: 'folder',
      'web/.dockerignore': '644 *.log\n',
      'web/Dockerfile': `644 ${FILES['containers/web/Dockerfile']}`,
      'web/index.html': '644 web\n',
    });
  });

  it('builds nothing the second time and says so in one line', async () => {
    expect(await project.rebuild()).toMatchObject({ ...NOTHING, hits: ALL });
    const { stdout, stderr, exitCode } = await project.run(['rebuild']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([expect.stringContaining('5'), '']);
    expect(await mainTags()).toEqual(first);
  });

  it('starts no builder when there is nothing to build', async () => {
    const { folders } = await startTestEngine();
    const home = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
    const state = path.join(home, 'darkroom');
    try {
      mkdirSync(state);
      cpSync(path.join(folders.state, 'registry'), path.join(state, 'registry'), { recursive: true });
      const { hits, exitCode } = await project.rebuild([], { XDG_STATE_HOME: home });
      expect({ hits, exitCode }).toEqual({ hits: ALL, exitCode: 0 });
      // A daemon would have its data and its socket here.
      expect(readdirSync(state).sort()).toEqual(['registry', 'registry.json', 'run']);
      expect(readdirSync(path.join(state, 'run')).filter((name) => name.startsWith('docker'))).toEqual([]);
    } finally {
      await stopEngine({ ...folders, state });
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('rebuilds an image and what stands on it when one file changes, and names the file', async () => {
    project.repo.write('containers/app/app.txt', 'ape\n');
    project.repo.commit();
    const plan = await project.plan();
    expect(planned(plan, 'app').reasons).toEqual(['containers/app/app.txt changed']);
    expect(planned(plan, 'web').reasons).toEqual(['parent app changed']);
    expect(await project.rebuild()).toMatchObject({ built: ['app', 'web'], hits: ['base', 'lone', 'twin'] });
    const tags = await mainTags();
    expect(tags).toMatchObject({ base: first.base, lone: first.lone });
    expect([tags.app, tags.web]).not.toContain(first.app);
    expect(await project.files('web')).toMatchObject({ 'app.txt': '644 ape\n' });
  });

  it('finds what was built before when the change is reverted, and moves the tags back', async () => {
    project.repo.write('containers/app/app.txt', FILES['containers/app/app.txt']);
    project.repo.commit();
    expect(await project.rebuild()).toMatchObject({ ...NOTHING, hits: ALL });
    expect(await mainTags()).toEqual(first);
  });

  it('builds nothing for a file that nothing copies or that is ignored', async () => {
    project.repo.write('containers/app/notes.md', 'changed\n');
    project.repo.write('containers/web/debug.log', 'changed\n');
    project.repo.write('README.md', 'new\n');
    expect(await project.rebuild()).toMatchObject({ ...NOTHING, hits: ALL });
    project.repo.commit();
    expect(await project.rebuild()).toMatchObject({ ...NOTHING, hits: ALL });
  });

  it('builds nothing for another time, umask or folder, nor in a shallow clone', async () => {
    for (const file of Object.keys(FILES)) utimesSync(path.join(project.repo.dir, file), 1, 1);
    expect(await project.rebuild()).toMatchObject({ ...NOTHING, hits: ALL });
    const umask = process.umask(0o077);
    const clone = project.repo.clone('--depth=1');
    process.umask(umask);
    try {
      clone.git('remote', 'set-url', 'origin', project.repo.git('remote', 'get-url', 'origin'));
      expect(await project.from(clone).rebuild()).toMatchObject({ ...NOTHING, hits: ALL });
    } finally {
      clone.remove();
    }
  });

  // BuildKit takes files for the same by size and time, across everything it was ever sent.
  it('builds the new content of a file whose size and time stay', async () => {
    for (const content of ['lane\n', 'line\n']) {
      project.repo.write('containers/lone/name.txt', content);
      expect((await project.rebuild()).built).toEqual(['lone']);
      expect(await project.files('lone')).toEqual({ 'name.txt': `644 ${content}` });
    }
    project.repo.write('containers/twin/name.txt', 'twig\n');
    expect((await project.rebuild()).built).toEqual(['twin']);
    expect(await project.files('twin')).toEqual({ 'name.txt': '644 twig\n' });
    project.repo.git('checkout', '--quiet', '.');
  });

  it('gives a new branch its tags without building', async () => {
    project.repo.git('checkout', '--quiet', '-b', 'feature/one');
    const rebuilt = await project.rebuild();
    expect(rebuilt).toMatchObject({ ...NOTHING, hits: ALL });
    for (const image of ALL) expect(await project.tag(image, 'feature-one')).toBe(first[image]);
    project.repo.git('checkout', '--quiet', 'main');
  });
});

describe('a parent that is rebuilt to the same content', () => {
  let project: Project;

  beforeAll(async () => {
    project = await createProject({
      'action-matrix.yml': `images:\n  base: { platforms: [${PLATFORM}] }\n  child: { platforms: [${PLATFORM}] }\n`,
      'containers/base/Dockerfile': 'FROM scratch\nCOPY root /\n',
      'containers/child/Dockerfile': 'FROM base\nRUN cat /proc/sys/kernel/random/uuid > /once\n',
    });
    await makeTinyRoot(path.join(project.repo.dir, 'containers/base/root'));
    project.repo.commit();
  });

  afterAll(() => project?.repo.remove());

  it('leaves the child fully cached and byte for byte the same', async () => {
    const childImage = { registry: project.address, repository: `${project.name}/child`, tag: 'main' };
    expect(await project.rebuild()).toMatchObject({ built: ['base', 'child'], exitCode: 0 });
    const before = await platformManifest(project.client, childImage, PLATFORM);
    project.repo.write('containers/base/Dockerfile', '# A comment.\nFROM scratch\nCOPY root /\n');
    project.repo.commit();
    expect(await project.rebuild()).toMatchObject({ built: ['base', 'child'], exitCode: 0 });
    // The RUN writes something else every time it runs.
    expect((await platformManifest(project.client, childImage, PLATFORM)).digest).toBe(before.digest);
  });
});
