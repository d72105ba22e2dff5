import { describe, expect, it } from '@jest/globals';
import type { SceneRequest } from '../../../../actions/lib/scene/scene-request.ts';
import { sceneResult } from '../../../../actions/lib/scene/scene-result.ts';
import type { Stage } from '../../../../actions/lib/scene/stage.ts';
import type { JsonObject, StageResult } from '../../../../actions/lib/scene/stage-event.ts';
import { verdictProblems } from '../../../../actions/lib/scene/verdict-problems.ts';

const REQUEST: SceneRequest = {
  ...{ scene: 'lund', frames: null, storage: { kind: 's3', url: 's3://b' } },
  ...{ preset: 'preview', options: {}, seed: 0, baseline: null, trainer: 'gaussian-splatting-cpu' },
};
const stageResult = (stage: Stage, summary: JsonObject): StageResult => {
  return { stage, key: stage, skipped: stage === 'sfm', seconds: 2, summary };
};
const result = (sfm: JsonObject, train: JsonObject, view: JsonObject) =>
  sceneResult(REQUEST, {
    sfm: stageResult('sfm', sfm),
    train: stageResult('train', train),
    view: stageResult('view', view),
  });

describe('what came of a scene', () => {
  it('has the figures of its stages, and where everything lies', () => {
    const views = [{ name: '04.jpg', psnr: 17, ssim: 0.5, photo: 'stills/04.jpg' }];
    const checks = [{ name: 'psnr', value: 17, limit: 16.5, passed: true }];
    expect(
      result(
        { images: 29, registered: 28, points: 1784, more: 'x' },
        { steps: 3000, psnr: 17, views },
        { verdict: 'pass', checks },
      ),
    ).toEqual({
      ...{ version: 1, scene: 'lund', storage: 's3://b', preset: 'preview', seed: 0 },
      stages: [
        { name: 'sfm', skipped: true, seconds: 2, key: 'sfm' },
        { name: 'train', skipped: false, seconds: 2, key: 'train' },
        { name: 'view', skipped: false, seconds: 2, key: 'view' },
      ],
      sfm: { images: 29, registered: 28, points: 1784, reprojection_px: null, track_length: null },
      train: { steps: 3000, gaussians: null, psnr: 17, ssim: null, psnr_train: null, psnr_baseline: null },
      held_out: [{ name: '04.jpg', psnr: 17, ssim: 0.5 }],
      ...{ verdict: 'pass', checks },
      outputs: {
        ...{ folder: 's3://b/outputs/lund', ply: 's3://b/outputs/lund/scene.ply' },
        ...{ viewer: 's3://b/outputs/lund/viewer.html', page: 's3://b/outputs/lund/report.html' },
        report: 's3://b/outputs/lund/report.json',
      },
    });
  });

  it('makes nothing up where a stage told something else', () => {
    const odd = result(
      { images: '29', registered: null },
      { views: [null, 3, [], { name: 4 }] },
      { checks: {} },
    );
    expect(odd.sfm).toMatchObject({ images: null, registered: null });
    expect(odd.held_out).toEqual([{ name: '', psnr: null, ssim: null }]);
    expect(odd).toMatchObject({ checks: [], verdict: 'fail' });
  });

  it('is a problem for every check that fails, and one where none is named', () => {
    const checks = [
      { name: 'psnr', value: 15, limit: 16.5, passed: false },
      { name: 'ssim', value: 0.5, limit: 0.4, passed: true },
      { name: 'share', passed: false },
      { name: 'min_psnr: held-out PSNR (dB)', value: 14.2, limit: 16, passed: false },
      { name: 'max_psnr_drop: loss', value: null, limit: 1, passed: false },
    ];
    const failed = verdictProblems(result({}, {}, { verdict: 'fail', checks }));
    expect(failed.map(({ message }) => message)).toEqual([
      '"psnr" is 15; the limit is 16.5.',
      '"share" is not known; the limit is not known.',
      '"min_psnr: held-out PSNR (dB)" is 14.2; it must be at least 16.',
      '"max_psnr_drop: loss" is not known; it must be at most 1.',
    ]);
    expect(failed[0]?.hint).toContain('s3://b/outputs/lund/report.html');
    expect(verdictProblems(result({}, {}, { verdict: 'fail' }))).toHaveLength(1);
    expect(verdictProblems(result({}, {}, { verdict: 'pass' }))).toEqual([]);
  });
});
