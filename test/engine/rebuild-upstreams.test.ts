import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createProject, type Project, planned, type Variables } from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { pullFiles } from '../support/pull-files.ts';

jest.setTimeout(180_000);

describe('what comes from outside', () => {
  let project: Project;
  let library: TestRepo;
  let home: string;
  let env: Variables;

  beforeAll(async () => {
    library = await createRepo();
    library.write('code.txt', 'one\n');
    library.commit();
    home = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
    writeFileSync(
      path.join(home, '.gitconfig'),
      `[url "file://${library.dir}"]\n  insteadOf = https://git.example.invalid/lib.git\n`,
    );
    // Clones of upstreams go into the cache, the engine's programs stay where they are.
    const { folders } = await startTestEngine();
    mkdirSync(path.join(home, 'darkroom'));
    symlinkSync(path.join(folders.cache, 'engine'), path.join(home, 'darkroom/engine'));
    env = { GIT_CONFIG_GLOBAL: path.join(home, '.gitconfig'), XDG_CACHE_HOME: home };
    project = await createProject({
      'action-matrix.yml': `upstreams:
  lib: { git: https://git.example.invalid/lib.git, ref: main }
  weights: { local: models/weights }
images:
  code: {}
  model: {}
  both: { platforms: [linux/amd64, linux/arm64] }
`,
      '.gitignore': 'models/\n',
      'models/weights/w.txt': 'weights\n',
      'containers/code/Dockerfile': 'FROM scratch\nCOPY --from=lib code.txt /\n',
      'containers/model/Dockerfile': 'FROM scratch\nCOPY --from=weights w.txt /\nCOPY own.txt /\n',
      'containers/model/own.txt': 'own\n',
      'containers/both/Dockerfile': 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH.txt /arch.txt\n',
      'containers/both/amd64.txt': 'amd64\n',
      'containers/both/arm64.txt': 'arm64\n',
    });
  });

  afterAll(() => {
    project?.repo.remove();
    library?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  it('is locked, built, and stays until the lock is moved', async () => {
    expect(await project.rebuild([], env)).toMatchObject({ failed: [], blocked: [], exitCode: 0 });
    expect(await project.files('code')).toEqual({ 'code.txt': '644 one\n' });
    expect(await project.files('model')).toEqual({ 'w.txt': '644 weights\n', 'own.txt': '644 own\n' });
    const before = library.git('rev-parse', 'HEAD');
    library.write('code.txt', 'two\n');
    const after = library.commit();
    project.repo.commit();
    expect(await project.rebuild([], env)).toMatchObject({ built: [], exitCode: 0 });
    expect((await project.run(['lock', '--update'], env)).exitCode).toBe(0);
    expect(planned(await project.plan([], env), 'code').reasons).toEqual([
      `upstream lib moved from ${before.slice(0, 12)}… to ${after.slice(0, 12)}…`,
    ]);
    expect((await project.rebuild([], env)).built).toEqual(['code']);
    expect(await project.files('code')).toEqual({ 'code.txt': '644 two\n' });
  });

  it('local material must be what the lock says', async () => {
    project.repo.write('models/weights/w.txt', 'WEIGHTS\n');
    project.repo.write('containers/model/own.txt', 'own 2\n');
    const { failed, problems, exitCode } = await project.rebuild([], env);
    expect({ failed, exitCode }).toEqual({ failed: ['model'], exitCode: 1 });
    expect(problems.map(({ code }) => code)).toEqual(['upstream/changed']);
    await project.run(['lock', '--update'], env);
    expect((await project.rebuild([], env)).built).toEqual(['model']);
    expect(await project.files('model')).toMatchObject({ 'w.txt': '644 WEIGHTS\n' });
  });

  it('an image for two platforms is one tag over both', async () => {
    const reference = { registry: project.address, repository: `${project.name}/both`, tag: 'main' };
    for (const arch of ['amd64', 'arm64']) {
      expect(await pullFiles(project.client, reference, `linux/${arch}`)).toEqual({
        'arch.txt': `644 ${arch}\n`,
      });
    }
    project.repo.write('containers/both/arm64.txt', 'changed\n');
    expect((await project.rebuild([], env)).built).toEqual(['both (linux/arm64)']);
  });
});
