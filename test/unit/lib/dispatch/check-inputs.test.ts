import { describe, expect, it } from '@jest/globals';
import { readCallee } from '../../../../actions/lib/dispatch/callee.ts';
import { checkInputs } from '../../../../actions/lib/dispatch/check-inputs.ts';
import { FORM } from '../../../support/dispatch-in.ts';

const callee = (text: string) => readCallee(text, 'form.yml');
const declared = callee(FORM)?.inputs ?? [];
const problemsOf = (given: Readonly<Record<string, string>>) => checkInputs(given, declared, '').problems;

describe('a workflow file', () => {
  it('says which inputs it takes', () => {
    expect(
      declared.map(({ name, type, isRequired, hasDefault }) => [name, type, isRequired, hasDefault]),
    ).toEqual([
      ['scene', 'string', true, false],
      ['preset', 'choice', false, true],
      ['steps', 'number', false, false],
      ['dry', 'boolean', false, true],
      ['darkroom-id', 'string', false, false],
    ]);
    expect(declared[1]?.options).toEqual(['preview', 'standard', 'high']);
  });

  it.each([
    'on: workflow_dispatch',
    'on: [push, workflow_dispatch]',
    'on:\n  push:\n  workflow_dispatch:',
    "'on': { workflow_dispatch: {} }",
  ])('can be dispatched: %j', (text) => {
    expect(callee(text)).toEqual({ inputs: [], idInput: null });
  });

  it.each(['on: push', 'on: [push]', 'on: { push: }', 'name: x'])('cannot be: %j', (text) => {
    expect(callee(text)).toBeNull();
  });

  it.each(['', 'a: [', '- a', 'a: 1\na: 2'])('cannot be read: %j', (text) => {
    expect(callee(text)).toBeUndefined();
  });

  it.each([
    [`\${{ inputs.darkroom-id }}`, 'darkroom-id', 'darkroom-id'],
    [`\${{ github.event.inputs['distinct_id'] }}`, 'distinct_id', 'distinct_id'],
    [`\${{ inputs.scene }}`, 'darkroom-id', null],
    [`\${{ inputs.darkroom-id }}`, 'scene', null],
  ])('with the title %j and the input %j is known again by %j', (title, input, expected) => {
    const text = `run-name: "${title}"\non: { workflow_dispatch: { inputs: { ${input}: } } }`;
    expect(callee(text)?.idInput).toBe(expected);
  });
});

describe('inputs held against those a workflow declares', () => {
  it.each([
    { scene: 'x' },
    { SCENE: 'x' },
    { scene: 'x', preset: 'high', steps: '-1.5e3', dry: 'false' },
    { scene: 'x', preset: '', steps: '', dry: '' },
  ])('pass: %j', (given) => {
    expect(problemsOf(given)).toEqual([]);
  });

  it('get the spelling of the workflow', () => {
    expect(checkInputs({ SCENE: 'x' }, declared, '').inputs).toEqual({ scene: 'x' });
  });

  it.each([
    [{}, 'dispatch/missing-input', undefined],
    [{ scene: '' }, 'dispatch/bad-input', undefined],
    [{ scene: 'x', presett: 'high' }, 'dispatch/unknown-input', 'Did you mean "preset"?'],
    [{ scene: 'x', zzzzzz: '' }, 'dispatch/unknown-input', undefined],
    [{ scene: 'x', preset: 'High' }, 'dispatch/bad-input', 'Did you mean "high"?'],
    [{ scene: 'x', dry: 'yes' }, 'dispatch/bad-input', undefined],
    [{ scene: 'x', steps: '1,5' }, 'dispatch/bad-input', undefined],
  ])('fail: %j', (given: Readonly<Record<string, string>>, code, hint) => {
    expect(problemsOf(given).map((problem) => [problem.code, problem.hint])).toEqual([[code, hint]]);
  });

  it('say which run they are of, and show a value without what a terminal would obey', () => {
    const [problem] = checkInputs({ scene: 'x', steps: '\u001b[2J\u202e1' }, declared, ' of run 3').problems;
    expect(problem?.message).toBe('The input "steps" of run 3 is "\\u001b[2J\\u202e1"; expected a number.');
  });
});
