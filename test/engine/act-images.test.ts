import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolvePlatformDigest } from '../../actions/lib/registry/platform-manifest.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { findWorkflowTools } from '../../scripts/workflow-tools.ts';
import { type Act, prepareAct, runAct } from '../support/act.ts';
import { writeStandIns } from '../support/act-stand-ins.ts';
import { PLATFORM } from '../support/darkroom-command.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import type { TestRepo } from '../support/git-repo.ts';
import { createImageRepository, GRAPH } from '../support/image-repository.ts';
import { makeRegistryImage } from '../support/registry-image.ts';

const { act } = await findWorkflowTools();
const IMAGES = Object.keys(GRAPH).sort();
/** Jobs of a push that needs no waves. */
const UNWAVED = ['images/Images/Images', 'images/Images/Lint', 'images/Images/Plan'];

/**
 * The workflows as another repository calls them, with the bundles that runners run. Skipped where act is not on this
 * machine; scripts/test says so.
 */
(act === undefined ? describe.skip : describe)('a repository that calls images.yml', () => {
  let test: TestEngine;
  let prepared: Act & { remove(): Promise<void> };
  let repo: TestRepo;
  let standIns: string;
  const path = `act/images-${process.pid}`;

  beforeAll(async () => {
    test = await startTestEngine();
    // A user's own Docker can pull it.
    if (test.engine.kind === 'own') await makeRegistryImage(test.engine);
    standIns = mkdtempSync(join(tmpdir(), 'darkroom-act-'));
    prepared = {
      ...(await prepareAct(act ?? '', test.engine)),
      standIns: await writeStandIns(standIns),
    };
    repo = await createImageRepository(`${test.registry}/${path}`);
  }, 120_000);
  afterAll(async () => {
    await prepared?.remove();
    repo?.remove();
    rmSync(standIns, { recursive: true, force: true });
  });

  const push = () => runAct(prepared, repo.dir, { workflow: 'images.yml' });
  const change = (image: string, text: string) => repo.write(`containers/${image}/${image}.txt`, text);
  const dockerfile = (image: string) => `containers/${image}/Dockerfile`;

  /** What every image's tag `main` holds for this platform; the index around it has the time of its build inside. */
  async function published(): Promise<Readonly<Record<string, string | null>>> {
    const client = createRegistryClient();
    const digest = (image: string) =>
      resolvePlatformDigest(
        client,
        { registry: test.registry, repository: `${path}/${image}`, tag: 'main' },
        PLATFORM,
      );
    return Object.fromEntries(
      await Promise.all(IMAGES.map(async (image) => [image, await digest(image)] as const)),
    );
  }

  it('checks a pull request in one job, and pushes nothing', async () => {
    const run = await runAct(prepared, repo.dir, { workflow: 'images-check.yml', event: 'pull_request' });
    expect(run).toMatchObject({ errors: [], succeeded: true, built: IMAGES });
    expect(run.jobs).toHaveLength(1);
    expect(new Set(Object.values(await published()))).toEqual(new Set([null]));
  }, 180_000);

  it('builds fourteen images in four waves, then moves every tag', async () => {
    const run = await push();
    expect(run).toMatchObject({ errors: [], succeeded: true, built: IMAGES });
    const waves = run.jobs
      .map(({ name }) => /Wave (\d)/.exec(name)?.[1])
      .filter((wave) => wave !== undefined);
    expect(new Set(waves)).toEqual(new Set(['1', '2', '3', '4']));
    expect(Object.values(await published())).not.toContain(null);
  }, 180_000);

  it('starts three jobs and no builder when nothing changed', async () => {
    const run = await push();
    expect(run).toMatchObject({ errors: [], succeeded: true, built: [] });
    expect(run.jobs.map(({ name }) => name).sort()).toEqual(UNWAVED);
  }, 60_000);

  it('builds one changed leaf in the job that plans', async () => {
    const before = await published();
    change('gallery', 'changed\n');
    repo.commit();
    const run = await push();
    expect(run).toMatchObject({ errors: [], succeeded: true, built: ['gallery'] });
    expect(run.jobs.map(({ name }) => name).sort()).toEqual(UNWAVED);
    const after = await published();
    expect(IMAGES.filter((image) => after[image] !== before[image])).toEqual(['gallery']);
  }, 60_000);

  it('keeps going past an image that fails, and moves no tag', async () => {
    const before = await published();
    change('common', 'changed\n');
    const text = repo.git('show', `HEAD:${dockerfile('trainer')}`);
    repo.write(dockerfile('trainer'), `${text}\nRUN exit 3\n`);
    repo.commit();
    const run = await push();
    expect(run).toMatchObject({ succeeded: false, built: ['api', 'common', 'service', 'sfm', 'sfm-report'] });
    expect(run.jobs.find(({ name }) => name.endsWith('/Images'))).toMatchObject({ succeeded: false });
    expect(await published()).toEqual(before);
  }, 120_000);

  it('builds what that left over on the next push, and no more', async () => {
    repo.git('revert', '--no-commit', 'HEAD');
    change('common', 'changed\n');
    repo.commit();
    const run = await push();
    expect(run).toMatchObject({ errors: [], succeeded: true, built: ['pose', 'studio', 'trainer'] });
  }, 60_000);

  it('gives children the content they had when their base changed without effect', async () => {
    const before = await published();
    const base = dockerfile('base-node');
    repo.write(base, `# a comment\n${repo.git('show', `HEAD:${base}`)}\n`);
    repo.commit();
    const run = await push();
    expect(run).toMatchObject({
      errors: [],
      succeeded: true,
      built: ['api', 'base-node', 'gallery', 'service', 'studio', 'toolchain', 'viewer'],
    });
    expect(await published()).toEqual(before);
  }, 120_000);
});
