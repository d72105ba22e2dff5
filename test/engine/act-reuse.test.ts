import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { readRunOutputs } from '../../actions/lib/dispatch/run-outputs.ts';
import { resolvePlatformDigest } from '../../actions/lib/registry/platform-manifest.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { findWorkflowTools } from '../../scripts/workflow-tools.ts';
import { type Act, type ActEvent, prepareAct, runAct } from '../support/act.ts';
import { writeStandIns } from '../support/act-stand-ins.ts';
import { PLATFORM } from '../support/darkroom-command.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { makeRegistryImage } from '../support/registry-image.ts';
import { addTinyRoot, SCENE_FILES, seenBy } from '../support/scene-project.ts';
import { serveForge } from '../support/serve-forge.ts';

const { act } = await findWorkflowTools();
const CALLED = 'acme/darkroom/.github/workflows';

const CALLS_IMAGES = `name: Images
on: { push: { branches: [main] } }
permissions: {}
jobs:
  images:
    permissions: { contents: read, packages: write, id-token: write }
    uses: ${CALLED}/images.yml@v1
`;
const CALLS_LINT = `name: Lint
on: pull_request
permissions: {}
jobs:
  lint:
    permissions: { contents: read, pull-requests: write }
    uses: ${CALLED}/lint.yml@v1
    with: { hadolint: "false" }
`;
const callsReconstruct = (storage: string) => `name: Street
run-name: Scene street \${{ inputs.darkroom-id }}
on:
  push: { branches: [main] }
  pull_request:
  workflow_dispatch:
    inputs:
      set: { type: string }
      darkroom-id: { type: string }
permissions: {}
jobs:
  street:
    permissions: { contents: read, packages: read, id-token: write }
    uses: ${CALLED}/reconstruct.yml@v1
    with:
      scene: street
      frames: photos/street
      storage: ${storage}
      matrix: \${{ github.event_name != 'workflow_dispatch' && 'action-matrix.yml' || '' }}
      set: \${{ inputs.set }}
`;

const ASKS = `name: Ask
on: workflow_dispatch
permissions: {}
jobs:
  ask:
    runs-on: ubuntu-24.04
    permissions: { actions: write, contents: read }
    steps:
      - id: scene
        continue-on-error: true
        uses: acme/darkroom/actions/dispatch@v1
        with:
          workflow: reconstruct.yml
          repository: acme/vision
          token: secret
          inputs: "{scene: street, frames: photos/street}"
      - env:
          CONCLUSION: \${{ steps.scene.outputs.conclusion }}
          PSNR: \${{ fromJson(steps.scene.outputs.outputs).psnr }}
        run: echo "told $CONCLUSION with $PSNR dB"
`;

/**
 * Another repository with its own matrix, Dockerfiles and photographs, and nothing of ours but three files that call. What it
 * has under the names of our actions must not be taken. Skipped where act is not on this machine; scripts/test says so.
 */
(act === undefined ? describe.skip : describe)('a repository that calls our workflows', () => {
  let test: TestEngine;
  let prepared: Act & { remove(): Promise<void> };
  let repo: TestRepo;
  let root: string;
  const home = () => `act/reuse-${process.pid}`;
  const storage = () => path.join(root, 'scenes');
  const artifact = (...parts: readonly string[]) => path.join(prepared.standIns?.artifacts ?? '', ...parts);
  const run = (event: ActEvent) => runAct(prepared, repo.dir, event);

  beforeAll(async () => {
    test = await startTestEngine();
    if (test.engine.kind === 'own') await makeRegistryImage(test.engine);
    root = mkdtempSync(path.join(tmpdir(), 'darkroom-reuse-'));
    const standIns = await writeStandIns(path.join(root, 'stand-ins'));
    prepared = { ...(await prepareAct(act ?? '', test.engine)), standIns };
    repo = await createRepo();
    repo.git('remote', 'add', 'origin', 'https://example.invalid/acme/vision.git');
    for (const [file, text] of Object.entries(SCENE_FILES)) repo.write(file, text);
    const matrix = SCENE_FILES['action-matrix.yml'] ?? '';
    repo.write('action-matrix.yml', `registry: ${test.registry}/${home()}\n${matrix}`);
    repo.write('photos/street/a.jpg', 'a photograph\n');
    for (const name of ['plan', 'build', 'publish', 'lint', 'reconstruct']) {
      repo.write(
        `actions/${name}/action.yml`,
        'name: x\nruns: { using: composite, steps: [{ run: exit 9 }] }\n',
      );
    }
    repo.write('.github/workflows/images.yml', CALLS_IMAGES);
    repo.write('.github/workflows/lint.yml', CALLS_LINT);
    repo.write('.github/workflows/ask.yml', ASKS);
    repo.write('.github/workflows/street.yml', callsReconstruct(storage()));
    await addTinyRoot(repo);
  }, 120_000);
  afterAll(async () => {
    await prepared?.remove();
    repo?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it('builds and publishes its images, and has them linted', async () => {
    const built = ['colmap', 'gaussian-splatting-cpu', 'splat-tools', 'tiny'];
    expect(await run({ workflow: 'images.yml' })).toMatchObject({ errors: [], succeeded: true, built });
    expect(await run({ workflow: 'lint.yml', event: 'pull_request' })).toMatchObject({
      ...{ errors: [], succeeded: true, jobs: [{ succeeded: true }] },
    });
  }, 120_000);

  it('says in its first pull request that there is nothing to compare with', async () => {
    const { log, ...ended } = await run({ workflow: 'street.yml', event: 'pull_request' });
    expect(ended).toMatchObject({ errors: [], succeeded: true, built: [] });
    expect(log).toContain('The default branch keeps no report of this scene');
    expect(seenBy(storage(), 'view')).toContain('baseline= home');
    rmSync(storage(), { recursive: true });
  }, 60_000);

  it('gets a scene of its photographs with its images, as an artifact to look at', async () => {
    const ended = await run({ workflow: 'street.yml' });
    expect(ended).toMatchObject({ errors: [], succeeded: true, built: [] });
    expect(seenBy(storage(), 'sfm')).toContain('a photograph\n');
    expect(readFileSync(artifact('scene-street', 'viewer.html'), 'utf8')).toContain('a scene');
    expect(JSON.parse(readFileSync(artifact('scene-street', 'report.json'), 'utf8'))).toHaveProperty('sfm');
    // Nobody asked for them.
    expect(existsSync(artifact('darkroom-outputs'))).toBe(false);
  }, 60_000);

  it('compares a pull request with what the default branch made', async () => {
    expect(await run({ workflow: 'street.yml', event: 'pull_request' })).toMatchObject({ succeeded: true });
    expect(seenBy(storage(), 'view')).toContain('baseline=/baseline.json');
  }, 60_000);

  it('hands the figures back to who dispatched it, also of a scene that is not good enough', async () => {
    const inputs = { set: 'a=1;mode=verdict', 'darkroom-id': '0123456789ab-cdef01234567' };
    const ended = await run({ workflow: 'street.yml', event: 'workflow_dispatch', inputs });
    expect(ended).toMatchObject({ succeeded: false, errors: [expect.stringContaining('scene/below-limit')] });
    // No matrix is named here: the images are those of a second checkout, which act takes from where the first one is from.
    expect(ended.log).toContain("Success - Main Check out Darkroom's images");
    expect(seenBy(storage(), 'sfm')).toContain('"a":"1","mode":"verdict"');
    expect(readdirSync(artifact('darkroom-outputs'))).toEqual(['outputs.json']);
    const text = readFileSync(artifact('darkroom-outputs', 'outputs.json'), 'utf8');
    expect(readRunOutputs(zipSync({ 'outputs.json': strToU8(text) }))).toMatchObject({
      ...{ problems: [], outputs: { scene: 'street', verdict: 'fail', psnr: 17.25, registered: 4 } },
    });
  }, 60_000);

  it('asks for a scene, and gets its conclusion and what was handed back', async () => {
    const zip = zipSync({ 'outputs.json': readFileSync(artifact('darkroom-outputs', 'outputs.json')) });
    const jobs = [{ name: 'Scene street', steps: [['Make the scene', 1, 'failure']] }] as const;
    const forge = await serveForge({
      workflows: { 'reconstruct.yml': readFileSync('.github/workflows/reconstruct.yml', 'utf8') },
      plan: () => ({ before: [['queued', 1]], jobs, artifact: zip }),
    });
    try {
      const { log } = await run({ workflow: 'ask.yml', event: 'workflow_dispatch', api: forge.api });
      expect(log).toContain('told failure with 17.25 dB');
      expect(forge.runs.map(({ inputs }) => inputs)).toMatchObject([
        { scene: 'street', frames: 'photos/street' },
      ]);
    } finally {
      await forge.close();
    }
  }, 60_000);

  it('publishes what lint objects to, and is told by a red gate', async () => {
    const published = () =>
      resolvePlatformDigest(
        createRegistryClient(),
        { registry: test.registry, repository: `${home()}/colmap`, tag: 'main' },
        PLATFORM,
      );
    const before = await published();
    repo.write('services/Dockerfile', 'FROM scratch\nRUN pip install numpy>=1.26\n');
    repo.write('containers/colmap/stage.sh', `# changed\n${SCENE_FILES['containers/colmap/stage.sh']}`);
    repo.commit();
    const { errors, jobs, built } = await run({ workflow: 'images.yml' });
    expect(built).toEqual(['colmap']);
    expect(errors).toEqual([
      expect.stringContaining('title=unquoted-specifier,file=services/Dockerfile,line=2'),
      expect.stringContaining('title=lint/failure::'),
    ]);
    expect(Object.fromEntries(jobs.map(({ name, succeeded }) => [name, succeeded]))).toEqual({
      ...{ 'images/Images/Plan': true, 'images/Images/Lint': false, 'images/Images/Images': false },
    });
    expect(await published()).not.toBe(before);
  }, 120_000);
});
