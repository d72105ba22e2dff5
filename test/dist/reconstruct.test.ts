import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SceneResult } from '../../actions/lib/scene/scene-result.ts';
import { runStep, type StepRequest } from '../support/action-step.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { waitUntil } from '../support/processes.ts';
import { makeRegistryImage } from '../support/registry-image.ts';
import { addTinyRoot, makeFrames, SCENE_FILES, seenBy } from '../support/scene-project.ts';
import { runLine, runnerDocker } from '../support/workflow-line.ts';

jest.setTimeout(300_000);

describe('the action reconstruct', () => {
  let test: TestEngine;
  let images: TestRepo;
  let root: string;
  /** Where the step runs; the images lie in a checkout below it. */
  let cwd: string;

  const storage = (...parts: readonly string[]) => path.join(cwd, 'scenes', ...parts);
  const request = (inputs: Readonly<Record<string, string>> = {}): StepRequest => ({
    ...{ action: 'reconstruct', cwd, env: runnerDocker(test) },
    inputs: { frames: 'photos', scene: 'street', directory: images.dir, ...inputs },
  });

  beforeAll(async () => {
    test = await startTestEngine();
    images = await createRepo();
    root = mkdtempSync(path.join(tmpdir(), 'darkroom-scenes-'));
    const matrix = SCENE_FILES['action-matrix.yml'] ?? '';
    const registry = `registry: ${test.registry}/acme/s${randomUUID().slice(0, 8)}\n`;
    for (const [file, text] of Object.entries(SCENE_FILES)) images.write(file, text);
    images.write('action-matrix.yml', registry + matrix);
    await addTinyRoot(images);
    await runLine({ cwd: images.dir, env: runnerDocker(test) });
  });

  beforeEach(() => {
    cwd = mkdtempSync(path.join(root, 'step-'));
    makeFrames(path.join(cwd, 'photos'));
  });

  afterAll(() => {
    images?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it('makes a scene with the images of home, and tells of it as text, as outputs and on the page', async () => {
    const { exitCode, outputs, summary, log, annotations } = await runStep(
      request({ set: 'a=1\n\n  b=x y  ; c=2;', seed: '7' }),
    );
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    expect(annotations).toEqual([]);
    const result = JSON.parse(outputs.result ?? '') as SceneResult;
    expect(result).toMatchObject({ scene: 'street', seed: 7, storage: storage(), verdict: 'pass' });
    expect(outputs).toMatchObject({
      ...{ psnr: '17.25', registered: '4', folder: storage('outputs/street') },
      ...{ viewer: storage('outputs/street/viewer.html'), ply: storage('outputs/street/scene.ply') },
      report: storage('outputs/street/report.json'),
    });
    expect(JSON.parse(outputs.figures ?? '')).toEqual({
      ...{ scene: 'street', preset: 'preview', seed: 7, verdict: 'pass', images: 5, registered: 4 },
      ...{ points: 1234, reprojection_px: 0.65, track_length: 3.7, steps: 30, gaussians: 4000 },
      ...{ psnr: 17.25, ssim: 0.51, psnr_train: 23, psnr_baseline: 14 },
    });
    expect(summary).toContain('### street: a scene');
    expect(summary).toContain('xychart-beta');
    expect(summary).not.toContain('data:');
    expect(log).toMatch(/^sfm: done in /m);
    expect(seenBy(storage(), 'sfm')).toContain('options={"a":"1","b":"x y","c":"2"}');
    const again = await runStep(request({ seed: '7' }));
    expect(again.log).toContain('street: everything is there');
  });

  it('builds the images on this runner where home has them not', async () => {
    await makeRegistryImage(test.engine);
    const other = images.clone();
    other.write('containers/colmap/stage.sh', `# changed\n${SCENE_FILES['containers/colmap/stage.sh']}`);
    other.commit();
    const { exitCode, log } = await runStep({
      ...request({ directory: other.dir }),
      event: { name: 'pull_request' },
    });
    other.remove();
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    expect(log).toMatch(/^Output of colmap$|^::group::Output of colmap$/m);
    expect(existsSync(storage('street-view'))).toBe(true);
  });

  it.each([
    ['gate', 'sfm/few-registered', '2 of 5 photographs registered\n  Take more.'],
    ['silent', 'scene/stage-failed', 'out of luck'],
    ['verdict', 'scene/below-limit', '"psnr" is 17.25; the limit is 16.5.'],
  ])('fails with an annotation for a stage that says "%s"', async (mode, title, text) => {
    const { exitCode, annotations, outputs, log } = await runStep(request({ set: `mode=${mode}` }));
    expect({ exitCode, log }).toMatchObject({ exitCode: 1 });
    expect(annotations).toMatchObject([{ level: 'error', properties: { title } }]);
    expect(annotations[0]?.text).toContain(text);
    // A scene that is not good enough is there all the same, to be looked at.
    expect(outputs.folder).toBe(mode === 'verdict' ? storage('outputs/street') : undefined);
    if (mode === 'silent') expect(log).toContain('Output of train');
  });

  it('says everything that is wrong with its inputs at once', async () => {
    const { exitCode, annotations } = await runStep(
      request({ scene: '../x', preset: 'high', set: 'nonsense', directory: images.dir }),
    );
    expect(exitCode).toBe(1);
    expect(annotations.map(({ properties }) => properties.title)).toEqual([
      ...['scene/bad-scene', 'scene/no-gpu', 'scene/bad-set'],
    ]);
    expect(existsSync(storage())).toBe(false);
  });

  it('passes a cancel on to the container within seconds, which writes its checkpoint', async () => {
    let asked = 0;
    const cancel = async (kill: (signal: NodeJS.Signals) => void): Promise<void> => {
      await waitUntil(() => existsSync(storage('waiting')));
      asked = Date.now();
      kill('SIGINT');
    };
    const { exitCode } = await runStep({
      ...request({ set: 'mode=wait' }),
      onStart: (kill) => void cancel(kill),
    });
    expect(exitCode).toBe(130);
    expect(Date.now() - asked).toBeLessThan(6000);
    expect(readFileSync(storage('checkpoint'), 'utf8')).toBe('saved\n');
  });
});
