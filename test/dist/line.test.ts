import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import type { RegistryClient } from '../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { runStep, type StepResult } from '../support/action-step.ts';
import { PLATFORM } from '../support/darkroom-command.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { pullFiles } from '../support/pull-files.ts';
import { makeRegistryImage } from '../support/registry-image.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';
import { runLine, runnerDocker } from '../support/workflow-line.ts';

const MINUTES = 60_000;
/** base → left, right → top; another one beside them. */
const DOCKERFILES: Readonly<Record<string, string>> = {
  base: 'FROM scratch\nCOPY . /\n',
  left: 'FROM base\nCOPY left.txt /\nRUN cat /left.txt > /made-left\n',
  right: 'FROM base\nCOPY right.txt /\nRUN cat /right.txt > /made-right\n',
  top: 'FROM left\nCOPY --from=right /made-right /\nCOPY top.txt /\n',
  alone: 'FROM scratch\nCOPY alone.txt /\n',
};

let test: TestEngine;
let root: TestRepo;
let client: RegistryClient;
let env: Record<string, string>;

beforeAll(async () => {
  test = await startTestEngine();
  root = await createRepo();
  await makeTinyRoot(`${root.dir}/containers/base`);
  env = runnerDocker(test);
  client = createRegistryClient();
}, 10 * MINUTES);

afterAll(() => root.remove());

interface Project {
  readonly repo: TestRepo;
  readonly home: string;
  tag(image: string, tag?: string): Promise<string | null>;
  /** Every tag of every repository, with its digest. */
  everything(): Promise<readonly string[]>;
  push(): ReturnType<typeof runLine>;
}

async function createProject(): Promise<Project> {
  const repo = await createRepo();
  const name = `acme/w${randomUUID().slice(0, 8)}`;
  const home = `${test.registry}/${name}`;
  execFileSync('cp', ['-a', `${root.dir}/containers`, repo.dir]);
  repo.write(
    'action-matrix.yml',
    `registry: ${home}\nimages: { base: {}, left: {}, right: {}, top: {}, alone: {} }\n`,
  );
  for (const [image, dockerfile] of Object.entries(DOCKERFILES)) {
    repo.write(`containers/${image}/Dockerfile`, dockerfile);
    repo.write(`containers/${image}/${image}.txt`, image);
    repo.write(`containers/${image}/.dockerignore`, 'Dockerfile\n.dockerignore\n');
  }
  repo.commit();
  return {
    ...{ repo, home },
    tag: async (image, tag = 'main') =>
      (await client.headManifest({ registry: test.registry, repository: `${name}/${image}`, tag }))?.digest ??
      null,
    async everything() {
      const repositories = [...Object.keys(DOCKERFILES), 'darkroom'].map((image) => ({
        ...{ registry: test.registry, repository: `${name}/${image}` },
      }));
      const lists = repositories.map(async (repository) => {
        const tags = await client.listTags(repository);
        const heads = tags.map((tag) => client.headManifest({ ...repository, tag }));
        const digests = (await Promise.all(heads)).map((head) => head?.digest);
        return tags.map((tag, index) => `${repository.repository}:${tag} ${digests[index]}`);
      });
      return (await Promise.all(lists)).flat().sort();
    },
    push: () => runLine({ cwd: repo.dir, env }),
  };
}

function outcomes({ outputs }: StepResult): Record<string, string> {
  const images = JSON.parse(outputs.images ?? '{}') as Record<string, { outcome: string }>;
  return Object.fromEntries(Object.entries(images).map(([name, { outcome }]) => [name, outcome]));
}

describe('a push, job by job', () => {
  let project: Project;
  beforeEach(async () => {
    project = await createProject();
  });

  it(
    'builds in waves, publishes once everything is there, and has nothing to do the second time',
    async () => {
      const first = await project.push();
      expect(first.plan.outputs.mode).toBe('waves');
      expect([...first.builds].map(([name, { exitCode }]) => `${name} ${exitCode}`).sort()).toEqual([
        'alone 0',
        'base 0',
        'left 0',
        'right 0',
        'top 0',
      ]);
      expect(outcomes(first.builds.get('top') as StepResult)).toEqual({
        ...{ base: 'hit', left: 'hit', right: 'hit', top: 'built' },
      });
      expect(first.publish?.exitCode).toBe(0);
      const published = JSON.parse(first.publish?.outputs.published ?? '{}');
      expect(Object.keys(published).sort()).toEqual(['alone', 'base', 'left', 'right', 'top']);
      expect(await project.tag('top')).toBe(published.top.digest);

      const second = await project.push();
      expect({ mode: second.plan.outputs.mode, builds: second.builds.size }).toEqual({
        mode: 'none',
        builds: 0,
      });
      expect(second.publish?.exitCode).toBe(0);
    },
    5 * MINUTES,
  );

  it(
    'builds one changed leaf in the job that planned it',
    async () => {
      await project.push();
      project.repo.write('containers/top/top.txt', 'changed');
      project.repo.commit();
      const before = await project.tag('top');
      const { plan, builds, publish } = await project.push();
      expect(plan.outputs.mode).toBe('one-job');
      expect(outcomes(builds.get('everything') as StepResult)).toMatchObject({ top: 'built' });
      expect(publish?.exitCode).toBe(0);
      expect(await project.tag('top')).not.toBe(before);
    },
    5 * MINUTES,
  );

  it(
    'goes on when one image fails, skips what stands on it, and moves no tag',
    async () => {
      project.repo.write('containers/left/Dockerfile', 'FROM base\nCOPY left.txt /\nRUN exit 7\n');
      project.repo.commit();
      const { builds, publish } = await project.push();
      const codes = Object.fromEntries([...builds].map(([name, { exitCode }]) => [name, exitCode]));
      expect(codes).toEqual({ base: 0, left: 1, right: 0, top: 0, alone: 0 });
      expect(builds.get('left')?.annotations).toContainEqual({
        level: 'error',
        properties: expect.objectContaining({ file: 'containers/left/Dockerfile', line: '3' }),
        text: expect.stringContaining('exit code 7'),
      });
      expect(builds.get('top')?.annotations).toContainEqual({
        level: 'warning',
        properties: { title: 'build/skipped' },
        text: expect.stringContaining('left'),
      });
      expect(publish?.exitCode).toBe(1);
      expect(publish?.annotations[0]?.text).toMatch(/left.*top|top.*left/s);
      expect(await project.tag('alone')).toBeNull();
    },
    5 * MINUTES,
  );

  it(
    'hands a secret to the build that asks for it, and to nobody else',
    async () => {
      const secret = `hush-${randomUUID()}`;
      project.repo.write(
        'action-matrix.yml',
        `registry: ${project.home}\nimages: { base: {}, alone: { secrets: { token: {} } } }\n`,
      );
      project.repo.write(
        'containers/alone/Dockerfile',
        'FROM base\nRUN --mount=type=secret,id=token cat /run/secrets/token > /seen\n',
      );
      project.repo.commit();
      const { outputs } = await runStep({ action: 'plan', cwd: project.repo.dir, env });
      const plan = outputs.plan ?? '';
      const without = await runStep({ action: 'build', cwd: project.repo.dir, env, inputs: { plan } });
      expect(without.annotations[0]).toMatchObject({ properties: { title: 'build/missing-secret' } });
      const inputs = { plan, secrets: `TOKEN=${secret}` };
      const build = await runStep({ action: 'build', cwd: project.repo.dir, env, inputs });
      expect({ exitCode: build.exitCode, masked: build.masked }).toEqual({ exitCode: 0, masked: [secret] });
      expect(build.log.replaceAll(`::add-mask::${secret}`, '')).not.toContain(secret);
      const { digest } = JSON.parse(build.outputs.images ?? '{}').alone;
      const [registry = '', ...path] = `${project.home}/alone`.split('/');
      const files = await pullFiles(client, { registry, repository: path.join('/'), digest });
      expect(files.seen).toBe(`644 ${secret}`);
    },
    5 * MINUTES,
  );

  it(
    'refuses to build another commit than was planned',
    async () => {
      const plan = await runStep({ action: 'plan', cwd: project.repo.dir, env });
      project.repo.write('containers/alone/alone.txt', 'later');
      project.repo.commit();
      const job = (JSON.parse(plan.outputs['wave-1'] ?? '[]') as { name: string; nodes: unknown }[]).find(
        ({ name }) => name === 'alone',
      );
      const inputs = { plan: plan.outputs.plan ?? '', nodes: JSON.stringify(job?.nodes) };
      const build = await runStep({ action: 'build', cwd: project.repo.dir, env, inputs });
      expect(build.exitCode).toBe(1);
      expect(build.annotations[0]).toMatchObject({ properties: { title: 'build/other-key' } });
    },
    5 * MINUTES,
  );

  it.each([
    ['nodes', { nodes: '[]', plan: 'x' }, 'expected a JSON array of {name, platform, key}'],
    ['nodes', { nodes: '[{}]' }, 'needs the input "plan"'],
    ['plan', { plan: 'x' }, 'without a digest'],
  ])('refuses a wrong input %s of build', async (_, inputs, text) => {
    const { exitCode, annotations } = await runStep({ action: 'build', cwd: project.repo.dir, env, inputs });
    expect({ exitCode, text: annotations[0]?.text }).toEqual({
      exitCode: 1,
      text: expect.stringContaining(text),
    });
  });
});

describe('a pull request', () => {
  const pullRequest = { name: 'pull_request', ref: 'refs/pull/7/merge', headRef: 'topic' };
  let project: Project;
  beforeAll(() => makeRegistryImage(test.engine), MINUTES);
  beforeEach(async () => {
    project = await createProject();
  });

  it(
    'is built on one runner from what home has, writes nothing there, and leaves nothing running',
    async () => {
      await project.push();
      project.repo.write('containers/left/left.txt', 'changed');
      project.repo.commit();
      const before = await project.everything();
      const temp = path.join(project.repo.dir, '.git', 'temp');
      const build = await runStep({ action: 'build', cwd: project.repo.dir, env, event: pullRequest, temp });
      expect({ exitCode: build.exitCode, log: build.log }).toMatchObject({ exitCode: 0 });
      expect(outcomes(build)).toEqual({
        base: 'hit',
        right: 'hit',
        alone: 'hit',
        left: 'built',
        top: 'built',
      });
      expect(build.summary).toMatch(/^### 2 built, 3 there already\./);
      expect(await project.everything()).toEqual(before);
      // Other tests have registries of other folders meanwhile.
      const hash = createHash('sha256').update(path.join(temp, 'darkroom')).digest('hex').slice(0, 8);
      const filter = ['--filter', `name=darkroom-registry-${hash}`];
      const { stdout } = await execa(test.engine.docker, ['ps', '--all', '--quiet', ...filter], {
        env: test.engine.env,
      });
      expect(stdout).toBe('');
    },
    5 * MINUTES,
  );

  it(
    'fails at the line that fails',
    async () => {
      project.repo.write('containers/left/Dockerfile', 'FROM base\nRUN cat /nowhere\n');
      project.repo.commit();
      const build = await runStep({ action: 'build', cwd: project.repo.dir, env, event: pullRequest });
      expect(build.exitCode).toBe(1);
      expect(build.annotations.map(({ properties }) => properties)).toContainEqual(
        expect.objectContaining({ file: 'containers/left/Dockerfile', line: '2' }),
      );
      expect(build.summary).toMatch(/^### 3 built, 1 failed, 1 skipped\./);
    },
    5 * MINUTES,
  );

  it(
    'is built for the platform of the runner, and says what it left out',
    async () => {
      const other = PLATFORM === 'linux/arm64' ? 'linux/amd64' : 'linux/arm64';
      const images = `base: { platforms: [${PLATFORM}, ${other}] }, alone: { platforms: [${other}] }`;
      project.repo.write('action-matrix.yml', `registry: ${project.home}\nimages: { ${images} }\n`);
      project.repo.commit();
      const step = { action: 'build', cwd: project.repo.dir, env, event: pullRequest };
      const build = await runStep(step);
      expect({ exitCode: build.exitCode, built: outcomes(build) }).toEqual({
        ...{ exitCode: 0, built: { [`base@${PLATFORM}`]: 'built' } },
      });
      const said = `Not checked: base for ${other}, alone for ${other}. Built are images for ${PLATFORM} alone`;
      expect(build.annotations).toMatchObject([{ level: 'notice', text: expect.stringContaining(said) }]);
      const both = await runStep({ ...step, inputs: { platforms: `${PLATFORM},${other}` } });
      expect({
        exitCode: both.exitCode,
        built: Object.keys(outcomes(both)).sort(),
        said: both.annotations,
      }).toEqual({
        ...{ exitCode: 0, built: ['alone', `base@${PLATFORM}`, `base@${other}`], said: [] },
      });
    },
    5 * MINUTES,
  );

  it(
    'is neither built into home nor published, whatever plan it names',
    async () => {
      const { outputs } = await runStep({ action: 'plan', cwd: project.repo.dir, env });
      const before = await project.everything();
      const step = { cwd: project.repo.dir, env, event: pullRequest, inputs: { plan: outputs.plan ?? '' } };
      for (const action of ['build', 'publish']) {
        const { exitCode, annotations } = await runStep({ ...step, action });
        expect({ action, exitCode, code: annotations[0]?.properties.title }).toEqual({
          ...{ action, exitCode: 1, code: 'plan/other-target' },
        });
      }
      expect(await project.everything()).toEqual(before);
    },
    5 * MINUTES,
  );

  it(
    'has its own way to build: without a plan nothing is written on the default branch either',
    async () => {
      const build = await runStep({ action: 'build', cwd: project.repo.dir, env });
      expect(build.exitCode).toBe(0);
      expect(JSON.parse(build.outputs.images ?? '{}').top.ref).toMatch(/^127\.0\.0\.1:/);
      expect(await project.everything()).toEqual([]);
    },
    5 * MINUTES,
  );
});
