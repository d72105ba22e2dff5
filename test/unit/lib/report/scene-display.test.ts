import { describe, expect, it } from '@jest/globals';
import { createSceneDisplay } from '../../../../actions/lib/report/scene-display.ts';
import type { StageResult } from '../../../../actions/lib/scene/stage-event.ts';

const RESULT: StageResult = { stage: 'sfm', key: 'k', skipped: false, seconds: 5, summary: {} };

/** A log that is no terminal, and a clock. */
const makeDisplay = () => {
  let [text, time] = ['', 0];
  const stream = { isTTY: false, write: (more: string) => (text += more) } as unknown as NodeJS.WriteStream;
  const display = createSceneDisplay({ stream, now: () => time * 1000 });
  return { display, at: (seconds: number) => (time = seconds), lines: () => text.trimEnd().split('\n') };
};

describe('the display of a scene in a log', () => {
  it('has a line when a stage begins, one every ten seconds, and one at its end', () => {
    const { display, at, lines } = makeDisplay();
    display.onStart('sfm');
    for (let second = 1; second <= 25; second += 1) {
      at(second);
      const message = `pair ${second}`;
      display.onEvent('sfm', { event: 'progress', stage: 'sfm', done: second / 50, message });
    }
    display.onEnd('sfm', { kind: 'done', result: RESULT });
    display.onStart('train');
    display.onEnd('train', { kind: 'done', result: { ...RESULT, skipped: true } });
    display.onStart('view');
    display.onEnd('view', null);
    display.close();
    expect(lines()).toEqual([
      'sfm: 0 % · starting',
      'sfm: 20 % · about 40s left · pair 10',
      'sfm: 40 % · about 30s left · pair 20',
      'sfm: done in 25s',
      'train: 0 % · starting',
      'train: already there',
      'view: 0 % · starting',
      'view: skipped: stopped',
    ]);
  });

  it('passes on what a stage says, and shows the progress of no other', () => {
    const { display, lines } = makeDisplay();
    display.onStart('train');
    display.onEvent('train', { event: 'notice', message: 'two\nlines' });
    display.onEvent('train', { event: 'warning', message: 'careful' });
    display.onEvent('train', { event: 'progress', stage: 'sfm', done: 1, message: 'not me' });
    display.onOutput('train', 'noise');
    display.onEnd('train', { kind: 'failed', exitCode: 1, problems: [] });
    expect(lines()).toEqual([
      'train: 0 % · starting',
      ...['train: two', 'train: lines', 'train: warning: careful'],
      'train: failed after 0s',
    ]);
  });
});
