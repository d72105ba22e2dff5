import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import {
  type ImageRow,
  nameWidth,
  renderFinished,
  renderRows,
} from '../../../../actions/lib/report/render-rows.ts';

const NOW = 100_000;

const ROWS: readonly ImageRow[] = [
  { name: 'base-python', since: NOW - 61_000, progress: { state: 'done', outcome: 'built', seconds: 61 } },
  { name: 'base-node', since: NOW, progress: { state: 'done', outcome: 'hit', seconds: 0 } },
  { name: 'web', since: NOW - 90_000, progress: { state: 'waiting', waitsFor: ['base-node'] } },
  {
    name: 'colmap',
    since: NOW - 4_000,
    progress: {
      state: 'building',
      phase: 'run',
      step: '2/4 RUN pip install --no-cache-dir pycolmap==4.1.1',
      bytes: null,
    },
  },
  {
    name: 'base-torch',
    since: NOW - 65_000,
    progress: { state: 'building', phase: 'pull', step: null, bytes: { done: 1_000_000, total: 30_000_000 } },
  },
];

describe('renderRows', () => {
  it('draws running images, oldest first, then waiting ones, then the totals', () => {
    expect(renderRows(ROWS, 64, 24, NOW)).toEqual([
      '⠋ base-torch   pulling its base · 1 MB of 30 MB           1m 05s',
      '⠋ colmap       2/4 RUN pip install --no-cache-dir pycol…      4s',
      '· web          waiting for base-node',
      '  2 running, 1 waiting, 1 built, 1 hit',
    ]);
  });

  it('turns the wheel with time', () => {
    expect(renderRows(ROWS, 64, 24, NOW + 300)[0]?.[0]).toBe('⠸');
  });

  it('leaves out what does not fit the height, and says how many', () => {
    expect(renderRows(ROWS, 64, 3, NOW)).toEqual([
      expect.stringContaining('base-torch'),
      expect.stringContaining('colmap'),
      '  2 running, 1 waiting, 1 built, 1 hit (1 not shown)',
    ]);
  });

  it('draws nothing once every image has ended', () => {
    expect(renderRows(ROWS.slice(0, 2), 64, 24, NOW)).toEqual([]);
  });

  it('never draws a row wider than the terminal, wide characters and narrow terminals included', () => {
    const wide: ImageRow = { ...(ROWS[3] as ImageRow), name: '画像処理サービス' };
    for (let width = 1; width <= 100; width += 1) {
      for (const row of renderRows([wide, ...ROWS], width, 24, NOW)) {
        expect(stringWidth(row)).toBeLessThanOrEqual(width);
      }
    }
  });

  it('leaves the time out where there is no room for it', () => {
    expect(renderRows(ROWS, 30, 24, NOW)[1]).toBe('⠋ colmap      2/4 RUN pip ins…');
  });
});

describe('renderFinished', () => {
  it('marks how an image ended', () => {
    const columns = nameWidth(ROWS, 60);
    const finish = (outcome: 'built' | 'failed' | 'skipped', note?: string) =>
      renderFinished(
        {
          name: 'colmap',
          progress: { state: 'done', outcome, seconds: 12, ...(note === undefined ? {} : { note }) },
        },
        columns,
        60,
      );
    expect(finish('built')).toBe('✓ colmap       built in 12s');
    expect(finish('failed', 'exit code 2')).toBe('✗ colmap       failed after 12s: exit code 2');
    expect(finish('skipped')).toBe('- colmap       skipped');
  });
});
