import { describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import { readPruneOptions } from '../../../../actions/lib/prune/prune-options.ts';

const read = (graceDays: string, keepPublishes = '5') =>
  readPruneOptions({ deletes: true, graceDays, keepPublishes });

describe('options of prune', () => {
  it('are whole numbers', () => {
    expect(read('1', '1')).toEqual({ deletes: true, graceMs: 86_400_000, keepPublishes: 1 });
    for (const wrong of ['', '-1', '1.5', '3651', 'week']) expect(() => read(wrong)).toThrow('whole number');
    expect(() => read('7', '0')).toThrow('from 1 to 3650');
  });

  it('give a run that goes on at least a day', () => {
    try {
      read('0');
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      expect(error.problems[0]).toMatchObject({ hint: expect.stringContaining('a run that goes on now') });
      return;
    }
    throw new Error('expected a refusal');
  });
});
