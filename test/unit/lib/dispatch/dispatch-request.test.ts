import { describe, expect, it } from '@jest/globals';
import {
  readDispatchRequest,
  type WrittenDispatch,
} from '../../../../actions/lib/dispatch/dispatch-request.ts';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';

const WRITTEN: WrittenDispatch = {
  ...{ workflow: 'form.yml', repository: 'acme/vision', inputs: '', timeoutMinutes: '350', maxParallel: '4' },
};

const read = (written: Partial<WrittenDispatch>) => readDispatchRequest({ ...WRITTEN, ...written });
function problems(written: Partial<WrittenDispatch>): readonly string[] {
  try {
    read(written);
    return [];
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error;
    expect(error.kind).toBe('use');
    return error.problems.map(({ code, message }) => `${code}: ${message}`);
  }
}

describe('what is asked to be dispatched', () => {
  it.each([
    ['', [{}]],
    ['{}', [{}]],
    ['{"a": "x", "n": 1.10, "b": true, "none": null}', [{ a: 'x', n: '1.10', b: 'true', none: '' }]],
    ['a: yes\nb: 0x10\nc: |\n  two\n  lines\n', [{ a: 'yes', b: '0x10', c: 'two\nlines\n' }]],
    ['[{"a": 1}, {}]', [{ a: '1' }, {}]],
    [`{"a": "\${{ x }}: - # no"}`, [{ a: `\${{ x }}: - # no` }]],
  ])('are the inputs %j', (inputs, runs) => {
    expect(read({ inputs }).runs).toEqual(runs);
  });

  it.each([
    ['[]', 'input/inputs: The list of inputs has 0 entries; expected 1 to 256.'],
    ['text', 'input/inputs: The inputs are a scalar; expected an object with a value for each name.'],
    [
      '[{}, 5]',
      'input/inputs: The inputs of run 2 are a scalar; expected an object with a value for each name.',
    ],
    ['{"a": [1]}', 'input/inputs: The input "a" is a list; expected a text, a number or a boolean.'],
    ['{"a": 1, "a": 2}', 'yaml/duplicate-key'],
    ['{"a": ', 'yaml/syntax'],
  ])('refuses the inputs %j', (inputs, message) => {
    expect(problems({ inputs })[0]).toContain(message);
  });

  it('counts inputs and characters as the forge does', () => {
    const many = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`i${n}`, ''])));
    const long = (count: number) => JSON.stringify({ in1: 'é'.repeat(count) });
    expect(problems({ inputs: many(25) })).toEqual([]);
    expect(problems({ inputs: many(26) })[0]).toContain('There are 26 inputs; a workflow takes at most 25.');
    expect(problems({ inputs: long(65_525) })).toEqual([]);
    expect(problems({ inputs: long(65_526) })[0]).toContain(
      'have 65536 characters as JSON; a workflow takes at most 65535.',
    );
  });

  it.each([
    [{ workflow: '.github/workflows/form.yml' }, 'form.yml'],
    [{ workflow: '1234' }, '1234'],
    [{ workflow: 'My form.yaml' }, 'My form.yaml'],
  ])('is the workflow %j', (written, workflow) => {
    expect(read(written).workflow).toBe(workflow);
  });

  it('says everything that is wrong at once', () => {
    const wrong = { workflow: '../x', repository: 'acme', timeoutMinutes: '0', maxParallel: 'many' };
    expect(problems(wrong).map((text) => text.split(':')[0])).toEqual([
      ...['input/timeout-minutes', 'input/max-parallel', 'input/repository', 'input/workflow'],
    ]);
  });
});
