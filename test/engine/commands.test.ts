import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Plan } from '../../actions/lib/plan/plan.ts';
import {
  createProject,
  enginePlaces,
  type Project,
  planned,
  startCommand,
} from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';

jest.setTimeout(180_000);

const SCHEMA = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../actions/lib/plan/plan.schema.json'), 'utf8'),
);

const FILES = {
  'action-matrix.yml': `upstreams:
  weights: { local: models/weights }
images:
  base: {}
  app: {}
  far: {}
  model: {}
`,
  'other.yml': 'images:\n  base: {}\n',
  '.gitignore': 'models/\n',
  'models/weights/w.txt': 'weights\n',
  'containers/base/Dockerfile': 'FROM scratch\nCOPY base.txt /\n',
  'containers/base/base.txt': 'base\n',
  'containers/app/Dockerfile': 'FROM base\nCOPY app.txt /\n',
  'containers/app/app.txt': 'app\n',
  'containers/far/Dockerfile': 'FROM 127.0.0.1:1/nothing:1\n',
  'containers/model/Dockerfile': 'FROM scratch\nCOPY --from=weights w.txt /\n',
};

describe('the commands', () => {
  let project: Project;
  let elsewhere: string;

  /** Runs the command outside the repository, against the engine of the tests. */
  const runElsewhere = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await startCommand(
      elsewhere,
      args,
      enginePlaces(await startTestEngine()),
    );
    return { exitCode, stdout, stderr };
  };
  const expectPlan = (plan: Plan): void => {
    const validate = new Ajv2020({ allErrors: true }).compile(SCHEMA);
    validate(plan);
    expect(validate.errors).toBeNull();
  };

  beforeAll(async () => {
    elsewhere = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
    project = await createProject(FILES);
  });

  afterAll(() => {
    project?.repo.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  it('plan --no-registry knows every key whose upstreams are in a lock', async () => {
    const plan = await project.plan(['--no-registry']);
    expectPlan(plan);
    expect(plan.images.map(({ action }) => action)).toEqual(Array(4).fill('unknown'));
    expect(planned(plan, 'app').key).toMatch(/^[0-9a-f]{64}$/);
    expect(planned(plan, 'far')).toMatchObject({ key: null, tag: null });
    expect(planned(plan, 'far').reasons.join()).toContain('127.0.0.1:1/nothing:1 has no pin');
    expect(planned(plan, 'model')).toMatchObject({ key: null });
  });

  it('lock writes what it can, says what it cannot, and changes nothing when run again', async () => {
    const first = await project.run(['lock', '--json']);
    expect(first.exitCode).toBe(1);
    expect(JSON.parse(first.stdout).changes).toHaveLength(1);
    expect(first.stderr).toContain('127.0.0.1:1');
    const file = path.join(project.repo.dir, 'action-matrix.lock');
    const [text, { mtimeMs }] = [readFileSync(file, 'utf8'), statSync(file)];
    expect(text).toContain('models/weights');
    for (const args of [['lock'], ['lock', '--update'], ['plan']]) await project.run(args);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
    expect(planned(await project.plan(['--no-registry']), 'model').key).toMatch(/^[0-9a-f]{64}$/);
    project.repo.commit();
  });

  it('plan --json follows its schema, before and after a build', async () => {
    expectPlan(await project.plan());
    expect((await project.rebuild()).built).toEqual(['base', 'app', 'model']);
    const plan = await project.plan();
    expectPlan(plan);
    expect(plan.images.map(({ name, action }) => [name, action])).toEqual([
      ['base', 'hit'],
      ['app', 'hit'],
      ['far', 'blocked'],
      ['model', 'hit'],
    ]);
    expect(planned(plan, 'app')).toMatchObject({
      digest: await project.tag('app', 'main'),
      ref: `${project.address}/${project.name}/app:${planned(plan, 'app').tag}`,
      parents: ['base'],
      tags: ['main'],
    });
  });

  it('why names what changed, also in a parent', async () => {
    expect((await project.run(['why', 'app'])).stdout).toContain('nothing changed');
    project.repo.write('containers/base/base.txt', 'base 2\n');
    const { stdout, exitCode } = await project.run(['why', 'app']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('parent base changed');
    expect(stdout).toContain('containers/base/base.txt changed');
    const { platforms } = JSON.parse((await project.run(['why', 'app', '--json'])).stdout);
    expect(platforms).toMatchObject([{ name: 'app', action: 'build', reasons: ['parent base changed'] }]);
  });

  it('plan --markdown has a table and a picture', async () => {
    const { stdout, exitCode } = await project.run(['plan', '--markdown']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('```mermaid');
    expect(stdout).toContain('containers/base/base.txt changed');
    expect(stdout).toMatch(/\| *app *\|/);
    project.repo.git('checkout', '--quiet', '.');
  });

  it('run starts nothing that is not built', async () => {
    const { exitCode, stdout, stderr } = await project.run(['run', 'far']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('127.0.0.1:1/nothing:1');
  });

  it('-C works in another folder, --matrix with another file', async () => {
    const all = await runElsewhere('-C', project.repo.dir, 'plan', '--json');
    expect(JSON.parse(all.stdout).images).toHaveLength(4);
    const below = await runElsewhere('plan', '--json', '-C', path.join(project.repo.dir, 'containers/app'));
    expect(JSON.parse(below.stdout).images).toHaveLength(4);
    const other = await project.plan(['--matrix', 'other.yml']);
    expect(other.images.map(({ name, action }) => [name, action])).toEqual([['base', 'hit']]);
    expect(other.source.matrix).toBe('other.yml');
  });

  it('--registry on loopback is home and target', async () => {
    const home = `${project.address}/${project.name}-other`;
    const rebuilt = await project.rebuild(['--registry', home]);
    expect(rebuilt).toMatchObject({ built: ['base', 'app', 'model'], exitCode: 0 });
    expect(rebuilt.published.app?.ref).toBe(`${home}/app:main`);
    const plan = await project.plan(['--registry', home]);
    expect(plan).toMatchObject({ home, target: home });
    expect(planned(plan, 'app')).toMatchObject({ action: 'hit' });
  });

  it('init writes a matrix that plans, and never over one that is there', async () => {
    project.repo.delete('action-matrix.yml');
    const { exitCode } = await project.run(['init']);
    expect(exitCode).toBe(0);
    const file = path.join(project.repo.dir, 'action-matrix.yml');
    const written = readFileSync(file, 'utf8');
    const plan = await project.plan();
    expect(plan.images.map(({ name }) => name).sort()).toEqual(['app', 'base', 'far', 'model']);
    expect(planned(plan, 'app').action).toBe('hit');
    const again = await project.run(['init', '--json']);
    expect(again.exitCode).toBe(2);
    expect(JSON.parse(again.stdout).problems).toMatchObject([{ code: 'init/exists' }]);
    expect(readFileSync(file, 'utf8')).toBe(written);
    project.repo.git('checkout', '--quiet', '.');
  });

  it.each([
    ['an unknown verb', ['rebuidl'], 'command/usage'],
    ['an unknown option', ['rebuild', '--fast'], 'command/usage'],
    ['a missing name', ['why'], 'command/usage'],
    ['an unknown verb of engine', ['engine', 'restart'], 'command/usage'],
    ['an unknown image', ['plan', 'nothing'], 'plan/unknown-image'],
    ['a matrix that is not there', ['plan', '--matrix', 'none.yml'], 'matrix/not-found'],
    ['no home to push to', ['rebuild', '--push'], 'command/no-home'],
    ['a registry that is none', ['plan', '--registry', 'Not A Registry'], 'image/bad-reference'],
  ])('%s is wrong use: exit code 2, and one JSON document when asked for', async (_, args, code) => {
    const { exitCode, stdout, stderr } = await project.run([...args, '--json']);
    expect(JSON.parse(stdout).problems).toMatchObject([{ code }]);
    expect(stderr).not.toBe('');
    expect(exitCode).toBe(2);
  });

  it('a folder without a repository is wrong use too', async () => {
    const { exitCode, stdout } = await runElsewhere('plan', '--json');
    expect(JSON.parse(stdout).problems).toMatchObject([{ code: 'git/not-a-repository' }]);
    expect(exitCode).toBe(2);
  });

  it('what is wrong in several places is said at once', async () => {
    writeFileSync(
      path.join(project.repo.dir, 'action-matrix.yml'),
      'images:\n  base: { context: ../out }\n  App: {}\n',
    );
    const { exitCode, stdout } = await project.run(['plan', '--json']);
    project.repo.git('checkout', '--quiet', '.');
    expect(exitCode).toBe(2);
    const { problems } = JSON.parse(stdout);
    expect(problems.map(({ place }: { place: { line: number } }) => place.line)).toEqual([2, 3]);
  });
});
