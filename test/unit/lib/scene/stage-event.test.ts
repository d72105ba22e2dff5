import { describe, expect, it } from '@jest/globals';
import { LONGEST_EVENT, parseStageEvent } from '../../../../actions/lib/scene/stage-event.ts';

const KEY = 'ab'.repeat(32);
const parse = (value: unknown) => parseStageEvent(JSON.stringify(value));
const RESULT = {
  event: 'result',
  stage: 'sfm',
  key: KEY,
  skipped: false,
  seconds: 61.2,
  summary: { images: 29 },
};

describe('a line of a stage', () => {
  it.each([
    [{ event: 'stage', stage: 'sfm', key: KEY, skipped: true }],
    [{ event: 'progress', stage: 'train', done: 0.42, message: 'step 3 of 7' }],
    [{ event: 'notice', message: 'a word' }],
    [{ event: 'warning', message: 'two\nlines' }],
  ])('is an event: %j', (event) => {
    expect(parse({ ...event, more: 'is ignored' })).toEqual(event);
  });

  it('is a result with its summary', () => {
    const { event, ...result } = RESULT;
    expect(parse(RESULT)).toEqual({ event, result });
  });

  it('is a problem in Darkroom’s grammar', () => {
    const problem = { code: 'sfm/too-few-photos', message: 'One photograph.', hint: 'Take more.' };
    expect(parse({ event: 'problem', ...problem })).toEqual({ event: 'problem', problem });
    expect(parse({ event: 'problem', code: 'sfm/x', message: 'No.', hint: '' })).toEqual({
      event: 'problem',
      problem: { code: 'sfm/x', message: 'No.' },
    });
    expect(parse({ event: 'problem', code: '::error::', message: 'No.' })).toMatchObject({
      problem: { code: 'scene/problem' },
    });
  });

  it.each([
    [1.5, 1],
    [-3, 0],
    [0, 0],
  ])('says no more than everything and no less than nothing: %d is %d', (done, expected) => {
    expect(parse({ event: 'progress', stage: 'sfm', done, message: '' })).toMatchObject({ done: expected });
    expect(parseStageEvent('{"event":"progress","stage":"sfm","done":1e999,"message":""}')).toMatchObject({
      done: 1,
    });
  });

  it.each([
    [null],
    [[]],
    ['event'],
    [{}],
    [{ event: 'nothing' }],
    [{ event: 'stage', stage: 'other', key: KEY, skipped: true }],
    [{ event: 'stage', stage: 'sfm', key: KEY.toUpperCase(), skipped: true }],
    [{ event: 'stage', stage: 'sfm', key: KEY, skipped: 'no' }],
    [{ event: 'progress', stage: 'sfm', done: '1', message: '' }],
    [{ event: 'progress', stage: 'sfm', done: 1 }],
    [{ event: 'notice' }],
    [{ event: 'warning', message: {} }],
    [{ event: 'problem', code: 'a/b' }],
    [{ ...RESULT, key: 'short' }],
    [{ ...RESULT, seconds: -1 }],
    [{ ...RESULT, seconds: null }],
    [{ ...RESULT, summary: [] }],
    [{ ...RESULT, summary: null }],
    [{ ...RESULT, stage: 3 }],
  ])('is no event: %j', (value) => {
    expect(parse(value)).toBeNull();
  });

  it.each([[''], ['{'], ['{"event":"notice","message":"x"} {}'], [`"${'x'.repeat(LONGEST_EVENT)}"`]])(
    'is no event where it cannot be read',
    (line) => {
      expect(parseStageEvent(line)).toBeNull();
    },
  );

  it('shows nothing that a terminal or a runner would obey', () => {
    expect(parse({ event: 'notice', message: '\u001b[2J::error::x\n##[group]y\u0000' })).toEqual({
      event: 'notice',
      message: ': :error::x\n## [group]y',
    });
    const nasty = { '\u001b[1mname': ['\u0007a', { deep: '\u202Eb' }] };
    expect(parse({ ...RESULT, summary: nasty })).toMatchObject({
      result: { summary: { name: ['a', { deep: 'b' }] } },
    });
  });

  it('holds no more of a summary than can be shown', () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    const line = JSON.stringify({ ...RESULT, summary: {} }).replace('"summary":{}', `"summary":${deep}`);
    expect(JSON.stringify(parseStageEvent(line)).length).toBeLessThan(1000);
    expect(parse({ event: 'warning', message: 'a line\n'.repeat(1000) })).toMatchObject({
      message: 'a line\n'.repeat(30).trimEnd(),
    });
  });
});
