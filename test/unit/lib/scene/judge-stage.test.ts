import { describe, expect, it } from '@jest/globals';
import { judgeStage } from '../../../../actions/lib/scene/judge-stage.ts';
import type { StageResult } from '../../../../actions/lib/scene/stage-event.ts';

const RESULT: StageResult = { stage: 'sfm', key: 'k', skipped: false, seconds: 1, summary: {} };
const SAID = { code: 'sfm/x', message: 'No.' } as const;
const judge = (exitCode: number | null, more = {}) =>
  judgeStage('sfm', { ...{ exitCode, problems: [], result: null, lastLines: ['the last words'] }, ...more });

describe('a container that has ended', () => {
  it('is done when it ended well with a result', () => {
    expect(judge(0, { result: RESULT })).toEqual({ kind: 'done', result: RESULT });
  });

  it('is done when a report says that the scene is not good enough', () => {
    const ended = { exitCode: 3, problems: [SAID], result: RESULT, lastLines: [] };
    expect(judgeStage('view', ended)).toEqual({ kind: 'done', result: RESULT });
    expect(judgeStage('view', { ...ended, result: null })).toMatchObject({ kind: 'failed', exitCode: 3 });
    expect(judgeStage('sfm', ended)).toMatchObject({ kind: 'failed', exitCode: 3 });
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [9, 1],
    [137, 1],
    [null, 1],
  ])('with %j ends the command with %d, and in its own words', (exitCode, code) => {
    expect(judge(exitCode, { problems: [SAID], result: RESULT })).toEqual({
      ...{ kind: 'failed', exitCode: code, problems: [SAID] },
    });
  });

  it.each([
    [0, 'scene/no-result', 'gave no result'],
    [1, 'scene/stage-failed', 'exit code 1'],
    [125, 'scene/not-started', 'Docker did not start'],
    [127, 'scene/not-started', 'Docker did not start'],
    [137, 'scene/killed', 'was killed'],
    [143, 'scene/stopped-outside', 'stopped by somebody else'],
    [null, 'scene/stopped-outside', 'stopped by somebody else'],
  ])('with %j and no words gets some: %s', (exitCode, code, text) => {
    const verdict = judge(exitCode);
    expect(verdict).toMatchObject({ kind: 'failed', problems: [{ code }] });
    const [problem] = verdict.kind === 'failed' ? verdict.problems : [];
    expect(problem?.message).toContain(text);
    if (exitCode !== 143 && exitCode !== null) expect(problem?.message).toContain('the last words');
  });

  it('may have said nothing at all', () => {
    expect(judge(1, { lastLines: [] })).toMatchObject({
      problems: [{ message: 'The stage "sfm" failed with exit code 1. It said nothing.' }],
    });
  });
});
