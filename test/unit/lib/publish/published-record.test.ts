import { describe, expect, it } from '@jest/globals';
import { recordTag } from '../../../../actions/lib/publish/published-record.ts';

const ofTag = (tag: string) => recordTag({ branch: null, tag });
const ofBranch = (branch: string) => recordTag({ branch, tag: null });

describe('recordTag', () => {
  it('names the record after what was pushed', () => {
    expect([ofBranch('main'), ofTag('main'), ofTag('v1.2.3')]).toEqual([
      'published-main',
      'released-main',
      'released-v1.2.3',
    ]);
  });

  it.each([
    ['characters that no tag may have', 'v1.0.0+a', 'v1.0.0-a'],
    ['a slash', 'feature/x', 'feature-x'],
    ['an end that is cut off', `${'b'.repeat(150)}1`, `${'b'.repeat(150)}2`],
  ])('keeps two apart that differ in %s', (_, one, other) => {
    for (const name of [ofTag, ofBranch]) {
      expect(name(one)).not.toBe(name(other));
      expect(name(one)).toMatch(/^\w[\w.-]{0,127}$/);
      expect(name(other)).toMatch(/^\w[\w.-]{0,127}$/);
    }
  });
});
