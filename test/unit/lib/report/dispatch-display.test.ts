import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { RunOutcome } from '../../../../actions/lib/dispatch/dispatch-runs.ts';
import type { Job } from '../../../../actions/lib/forge/forge.ts';
import { createDispatchDisplay } from '../../../../actions/lib/report/dispatch-display.ts';
import { dispatchMarkdown, dispatchText } from '../../../../actions/lib/report/render-dispatch.ts';

const step = (number: number, status: string) => {
  return { number, name: `Step ${number}`, status, conclusion: null, startedAt: null, completedAt: null };
};
const JOB: Job = {
  ...{ id: 1, name: 'train', status: 'in_progress', conclusion: null, startedAt: 0, completedAt: null },
  steps: [step(1, 'completed'), step(2, 'in_progress'), step(3, 'queued'), step(4, 'queued')],
};
const RUN = { id: 5, url: 'https://github.com/acme/my_repo/actions/runs/5' };
const GOOD: RunOutcome = {
  ...{ inputs: { scene: 'a|b' }, run: RUN, conclusion: 'success', outputs: { psnr: 17.25 }, problems: [] },
  jobs: [{ ...JOB, status: 'completed', conclusion: 'success', completedAt: 65_000 }],
};
const BAD: RunOutcome = {
  ...{ inputs: {}, run: null, conclusion: null, outputs: {}, jobs: [] },
  problems: [{ code: 'dispatch/answer-lost', message: 'Nobody knows <b> https://x.example/a_b.' }],
};

function shown(isTTY: boolean, act: (display: ReturnType<typeof createDispatchDisplay>) => void): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80, rows: 24 });
  const display = createDispatchDisplay({
    stream: stream as unknown as NodeJS.WriteStream,
    names: ['#1', '#2'],
    now: () => 0,
  });
  act(display);
  display.close();
  return stripVTControlCharacters(String(stream.read() ?? ''));
}

describe('runs on a terminal', () => {
  it('have a row each, with how far their steps are', () => {
    const text = shown(true, (display) => {
      display.onStart(0, RUN);
      display.onLine(0, 'train: started');
      display.onJobs(0, [JOB]);
      display.onEnd(1, BAD);
    });
    expect(text).toContain('#1: train: started');
    expect(text).toContain('25 % · train / Step 2');
    expect(text).toMatch(/✗ #2 +failed after 0s: answer-lost/);
    expect(text).toContain('1 running, 0 waiting, 1 failed');
  });

  it('are lines elsewhere, and their logs obey nothing', () => {
    const text = shown(false, (display) => {
      display.onStart(0, RUN);
      display.onJobs(0, [JOB]);
      display.onLog(0, JOB, ['\u001b[2Jout of memory']);
      display.onEnd(0, GOOD);
    });
    expect(text).toBe(
      `#1: started: ${RUN.url}\n  train | out of memory\n#1: these were the last lines of train\n`,
    );
  });
});

describe('the end of dispatched runs', () => {
  it('is a line for one and a table for several', () => {
    expect(dispatchText([GOOD], 160)).toBe(`success  1m 05s  ${RUN.url}\n`);
    expect(
      dispatchText([GOOD, BAD], 160)
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      '    inputs     conclusion   took    run',
      `#1  scene=a|b  success      1m 05s  ${RUN.url}`,
      '#2             answer-lost',
      '',
    ]);
  });

  it('is on the page of the job with outputs, and what it holds is text there', () => {
    const one = dispatchMarkdown('.github/workflows/form.yml', [GOOD]);
    expect(one).toContain(
      '| scene=a\\|b | success | 1m 05s | https://github.com/acme/my%5Frepo/actions/runs/5 |',
    );
    expect(one).toContain('| psnr | 17.25 |');
    const two = dispatchMarkdown('form.yml', [GOOD, BAD]);
    expect(two).toContain('### form.yml: 2 runs: 1 success, 1 answer-lost');
    expect(two).toContain('- Nobody knows \\<b\\> https://x.example/a%5Fb.');
  });
});
