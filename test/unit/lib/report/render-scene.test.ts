import { describe, expect, it } from '@jest/globals';
import { psnrChart, sceneMarkdown, sceneText } from '../../../../actions/lib/report/render-scene.ts';
import type { SceneResult } from '../../../../actions/lib/scene/scene-result.ts';

const RESULT: SceneResult = {
  ...{ version: 1, scene: 'lund', storage: '/scenes', preset: 'preview', seed: 0, verdict: 'pass' },
  stages: [
    { name: 'sfm', skipped: true, seconds: 61.2, key: 'a'.repeat(64) },
    { name: 'train', skipped: false, seconds: 192, key: 'b'.repeat(64) },
    { name: 'view', skipped: false, seconds: 9.1, key: 'c'.repeat(64) },
  ],
  sfm: { images: 29, registered: 28, points: 1784, reprojection_px: 0.654, track_length: 3.71 },
  train: { steps: 3000, gaussians: 40_000, psnr: 17.04, ssim: 0.512, psnr_train: 23, psnr_baseline: null },
  held_out: [{ name: '04|<b>.jpg', psnr: 17.04, ssim: 0.512 }],
  checks: [{ name: 'psnr', value: 17.04, limit: 16.5, passed: true }],
  outputs: {
    ...{ folder: '/scenes/outputs/lund', ply: '/scenes/outputs/lund/scene.ply' },
    ...{ viewer: '/scenes/outputs/lund/viewer.html', report: '/scenes/outputs/lund/report.json' },
    page: '/scenes/outputs/lund/report.html',
  },
};

describe('the end of a scene', () => {
  it('has every figure, the times and what to open', () => {
    expect(sceneText(RESULT, 201.5)).toBe(
      `lund: 28 of 29 photographs registered, reprojection error 0.65 px, held-out PSNR 17.0 dB (the mean photograph ? dB), SSIM 0.51, 40,000 gaussians
sfm was there, train took 3m 12s, view took 9.1s
Files:  /scenes/outputs/lund
Report: /scenes/outputs/lund/report.html
open    /scenes/outputs/lund/viewer.html
`,
    );
  });

  it('is one line when everything was there', () => {
    const stages = RESULT.stages.map((stage) => ({ ...stage, skipped: true }));
    const text = sceneText({ ...RESULT, stages }, 2.04);
    expect(text).toMatch(
      /^lund: everything is there \(28 of 29 .*\): \/scenes\/outputs\/lund\/viewer.html \(2\.0 s\)\n$/,
    );
    expect(text.trimEnd()).not.toContain('\n');
  });
});

describe('a scene that shows less than the mean photograph', () => {
  const worse: SceneResult = { ...RESULT, train: { ...RESULT.train, psnr: 13.4, psnr_baseline: 14.2 } };
  const warning = 'Warning: the splat is worse than the mean photograph; train with more steps';

  it('is warned of, on the last line and on the page', () => {
    expect(sceneText(worse, 1).trimEnd().split('\n').at(-1)).toContain(warning);
    const stages = worse.stages.map((stage) => ({ ...stage, skipped: true }));
    expect(
      sceneText({ ...worse, stages }, 1)
        .trimEnd()
        .split('\n')
        .at(-1),
    ).toContain(warning);
    expect(sceneMarkdown(worse)).toContain(`\n\n${warning}`);
  });

  it.each([
    [14.2, 14.2],
    [null, 14.2],
    [13.4, null],
  ])('is not one with %p dB where the mean photograph has %p dB', (psnr, mean) => {
    const result = { ...RESULT, train: { ...RESULT.train, psnr, psnr_baseline: mean } };
    expect(sceneText(result, 1)).not.toContain('Warning');
    expect(sceneMarkdown(result)).not.toContain('Warning');
  });
});

describe('the page of a scene', () => {
  it('has the figures, a chart, the checks and where everything lies', () => {
    const page = sceneMarkdown(RESULT);
    for (const text of [
      '### lund: a scene',
      '28 of 29',
      '```mermaid',
      '✓',
      '3m 12s',
      'already there',
      'viewer.html',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).toContain('04\\|&lt;b&gt;.jpg');
    expect(page).not.toContain('<b>');
  });

  it('says that thresholds were not reached', () => {
    expect(sceneMarkdown({ ...RESULT, verdict: 'fail' })).toContain('does not reach its thresholds');
  });
});

describe('the chart of held-out photographs', () => {
  it('has a bar for each and a line for the mean photograph', () => {
    const heldOut = [
      { name: '04.jpg', psnr: 17.04, ssim: 0.5 },
      { name: 'a"b]\n`c`.jpg', psnr: -2, ssim: 0.1 },
      { name: 'none.jpg', psnr: null, ssim: null },
    ];
    expect(psnrChart(heldOut, 14)).toBe(
      [
        '```mermaid',
        'xychart-beta',
        '  title "PSNR of held-out photographs, dB (line: the mean photograph)"',
        '  x-axis ["04.jpg", "a_b___c_.jpg"]',
        '  y-axis "dB" 0 --> 20',
        '  bar [17.04, 0.00]',
        '  line [14.00, 14.00]',
        '```',
      ].join('\n'),
    );
  });

  it('is left out where there is nothing to draw, and ends where nobody could read it', () => {
    expect(psnrChart([], 14)).toBe('');
    expect(psnrChart([{ name: 'a', psnr: null, ssim: 1 }], 14)).toBe('');
    const many = Array.from({ length: 500 }, () => ({ name: 'a', psnr: 1, ssim: 1 }));
    expect(psnrChart(many, null).length).toBeLessThan(1500);
  });
});
