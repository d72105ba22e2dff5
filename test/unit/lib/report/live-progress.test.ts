import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { ImageProgress } from '../../../../actions/lib/report/image-progress.ts';
import { createProgressReporter } from '../../../../actions/lib/report/live-progress.ts';

const IMAGES = [
  { name: 'base', waitsFor: [] },
  { name: 'web', waitsFor: ['base'] },
];

/** A stream that looks like stdout and remembers what was written. */
function fakeStream(terminal: boolean) {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const fields = terminal ? { isTTY: true, columns: 80, rows: 10 } : { isTTY: false };
  return {
    stream: Object.assign(stream, fields) as unknown as NodeJS.WriteStream,
    text: () => chunks.join(''),
  };
}

function running(step: string): ImageProgress {
  return { state: 'building', phase: 'run', step, bytes: null };
}

describe('createProgressReporter without a terminal', () => {
  it('prints a line per change of state, and of what runs at most one in ten seconds', () => {
    const { stream, text } = fakeStream(false);
    let now = 0;
    const reporter = createProgressReporter({ stream, images: IMAGES, now: () => now });
    reporter.update('base', { state: 'exporting' });
    for (; now < 25_000; now += 100) reporter.update('base', running(`1/2 RUN at ${Math.floor(now / 1000)}`));
    reporter.update('base', { state: 'done', outcome: 'built', seconds: 25 });
    reporter.update('base', running('2/2 RUN late news'));
    reporter.log('a line that stays\u001B[31m');
    reporter.close();
    expect(text().split('\n')).toEqual([
      'base: exporting the context',
      'base: 1/2 RUN at 0',
      'base: 1/2 RUN at 10',
      'base: 1/2 RUN at 20',
      'base: built in 25s',
      'a line that stays',
      '',
    ]);
  });

  it('says nothing twice while a step takes its time', () => {
    const { stream, text } = fakeStream(false);
    let now = 0;
    const reporter = createProgressReporter({ stream, images: IMAGES, now: () => now });
    for (; now < 60_000; now += 1000) reporter.update('base', running('1/2 RUN make'));
    expect(text()).toBe('base: 1/2 RUN make\n');
  });

  it('cannot be made to print a workflow command', () => {
    const { stream, text } = fakeStream(false);
    const reporter = createProgressReporter({ stream, images: [] });
    reporter.log('::add-mask::a');
    expect(text()).toBe(': :add-mask::a\n');
  });
});

describe('createProgressReporter on a terminal', () => {
  it('prints plain lines where what it says is kept as a log', () => {
    const { stream, text } = fakeStream(true);
    const reporter = createProgressReporter({ stream, images: IMAGES, isLogged: true });
    reporter.update('base', { state: 'done', outcome: 'hit', seconds: 0 });
    reporter.close();
    expect(text()).toBe('base: already in the registry\n');
  });

  it('redraws at most ten times a second, however many updates come', async () => {
    const { stream, text } = fakeStream(true);
    const reporter = createProgressReporter({ stream, images: IMAGES });
    const end = Date.now() + 450;
    while (Date.now() < end) {
      reporter.update('base', running(`1/9 RUN ${Math.random()}`));
      await sleep(5);
    }
    reporter.close();
    const frames = text().split('1/9 RUN').length - 1;
    expect(frames).toBeGreaterThanOrEqual(2);
    expect(frames).toBeLessThanOrEqual(6);
  });

  it('leaves finished images and logged lines on the screen, and nothing else', () => {
    const { stream, text } = fakeStream(true);
    const reporter = createProgressReporter({ stream, images: IMAGES });
    reporter.update('base', { state: 'done', outcome: 'hit', seconds: 0 });
    reporter.log('a line that stays');
    reporter.update('web', { state: 'done', outcome: 'failed', seconds: 3, note: 'RUN make' });
    reporter.close();
    const shown = stripVTControlCharacters(text());
    expect(shown).toContain(
      '✓ base  already in the registry\na line that stays\n✗ web   failed after 3s: RUN make',
    );
  });
});
