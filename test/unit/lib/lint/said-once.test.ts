import { describe, expect, it } from '@jest/globals';
import { placeFinding } from '../../../../actions/lib/lint/placed-finding.ts';
import type { Rule } from '../../../../actions/lib/lint/rule.ts';
import { saidOnce } from '../../../../actions/lib/lint/said-once.ts';

const rule = (id: string): Rule => ({ id, severity: 'info', title: id, covers: [], check: () => [] });
const RULES: readonly Rule[] = [{ ...rule('once'), isSaidOnce: true }, rule('every')];

function said(...found: readonly (readonly [rule: string, file: string, message: string])[]) {
  const placed = found.map(([id, file, message]) =>
    placeFinding({ ...{ file, rule: id, severity: 'info', message }, start: 0, end: 0 }, null),
  );
  return saidOnce(placed, RULES).map(({ finding: { file, message } }) => `${file}: ${message}`);
}

describe('what several files have in common', () => {
  it('is said at the first, with how many more there are', () => {
    expect(
      said(
        ['once', 'a', 'x'],
        ['once', 'b', 'y'],
        ['once', 'c', 'x'],
        ['once', 'd', 'x'],
        ['once', 'e', 'y'],
      ),
    ).toEqual(['a: x; 2 other files have it too', 'b: y; one other file has it too']);
  });

  it('counts files, not places', () => {
    expect(said(['once', 'a', 'x'], ['once', 'b', 'x'], ['once', 'b', 'x'])).toEqual([
      'a: x; one other file has it too',
    ]);
  });

  it('is said as it is where it stands alone', () => {
    expect(said(['once', 'a', 'x'], ['once', 'a', 'x'])).toEqual(['a: x']);
  });

  it('is said everywhere by other rules', () => {
    expect(said(['every', 'a', 'x'], ['every', 'b', 'x'])).toEqual(['a: x', 'b: x']);
  });
});
