import { describe, expect, it } from '@jest/globals';
import { applyFixes } from '../../../../actions/lib/lint/apply-fixes.ts';
import type { Edit, Finding } from '../../../../actions/lib/lint/finding.ts';

function fix(edits: readonly Edit[], safe = true): Finding {
  const [{ start, end }] = edits as [Edit];
  return {
    file: 'f',
    rule: 'r',
    severity: 'error',
    message: '',
    start,
    end,
    fix: { description: 'd', safe, edits },
  };
}
const edit = (start: number, end: number, text: string): Edit => ({ start, end, text });

describe('applyFixes', () => {
  it.each<[string, readonly Finding[], string, number]>([
    ['carries out all that do not meet', [fix([edit(4, 5, 'X')]), fix([edit(0, 1, 'YY')])], 'YYbcdXf', 2],
    ['carries out fixes that touch', [fix([edit(0, 2, 'X')]), fix([edit(2, 4, 'Y')])], 'XYef', 2],
    ['leaves what is not safe', [fix([edit(0, 1, 'X')], false)], 'abcdef', 0],
    [
      'carries out only the first of two that overlap',
      [fix([edit(2, 4, 'Y')]), fix([edit(1, 3, 'X')])],
      'aXdef',
      1,
    ],
    [
      'carries out a fix whole or not at all',
      [fix([edit(0, 2, 'X')]), fix([edit(1, 2, 'Y'), edit(5, 6, 'Z')])],
      'Xcdef',
      1,
    ],
    ['carries out the same fix once', [fix([edit(0, 1, 'X')]), fix([edit(0, 1, 'X')])], 'Xbcdef', 1],
    ['inserts once at one place', [fix([edit(3, 3, 'X')]), fix([edit(3, 3, 'Y')])], 'abcXdef', 1],
    [
      'does not insert at the end of what is replaced',
      [fix([edit(1, 3, 'X')]), fix([edit(3, 3, 'Y')])],
      'aXdef',
      1,
    ],
    [
      'passes over places that are not in the text',
      [fix([edit(5, 9, 'X')]), fix([edit(-1, 1, 'Y')])],
      'abcdef',
      0,
    ],
  ])('%s', (_, findings, text, applied) => {
    expect(applyFixes('abcdef', findings)).toEqual({ text, applied });
  });
});
