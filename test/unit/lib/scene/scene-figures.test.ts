import { describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { readRunOutputs } from '../../../../actions/lib/dispatch/run-outputs.ts';
import { sceneFigures } from '../../../../actions/lib/scene/scene-figures.ts';
import type { SceneResult } from '../../../../actions/lib/scene/scene-result.ts';

const RESULT: SceneResult = {
  ...{ version: 1, scene: 'lund', preset: 'preview', seed: 7, verdict: 'fail', checks: [], held_out: [] },
  ...{ storage: 's3://b', stages: [] },
  sfm: { images: 29, registered: 0, points: null, reprojection_px: 0.7, track_length: null },
  train: { steps: null, gaussians: 10, psnr: 17.25, ssim: null, psnr_train: null, psnr_baseline: null },
  outputs: {
    ...{ folder: 's3://b/outputs/lund', ply: 's3://b/scene.ply', viewer: 's3://b/viewer.html' },
    ...{ report: 's3://b/report.json', page: 's3://b/report.html' },
  },
};
const FIGURES = {
  ...{ scene: 'lund', preset: 'preview', seed: 7, verdict: 'fail' },
  ...{ images: 29, registered: 0, reprojection_px: 0.7, gaussians: 10, psnr: 17.25 },
};

describe('the figures of a scene', () => {
  it('are what a dispatch reads, with a zero and without what nobody knows', () => {
    const figures = sceneFigures(RESULT);
    expect(figures).toEqual({ ...FIGURES, ...RESULT.outputs });
    const zip = zipSync({ 'outputs.json': strToU8(JSON.stringify(figures)) });
    expect(readRunOutputs(zip)).toEqual({ outputs: figures, problems: [] });
  });

  it('tell no path of the machine the scene was made on', () => {
    const entries = Object.entries(RESULT.outputs).map(([name]) => [name, `/runner/${name}`]);
    const outputs = Object.fromEntries(entries) as SceneResult['outputs'];
    expect(sceneFigures({ ...RESULT, outputs })).toEqual(FIGURES);
  });
});
