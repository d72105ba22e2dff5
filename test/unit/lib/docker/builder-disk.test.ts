import { describe, expect, it } from '@jest/globals';
import { parseSizes } from '../../../../actions/lib/docker/builder-disk.ts';

describe('parseSizes', () => {
  it('sums up what Docker prints, rounded up', () => {
    expect(parseSizes('0B\n0B\n0B\n0B\n')).toBe(0);
    expect(parseSizes('12.3GB\n512kB\n0B\n1.05MB\n')).toBeCloseTo(1.01 * (12.3e9 + 512e3 + 1.05e6), 0);
  });

  it.each(['', '12.3 GB', 'N/A', '12.3GB\nunknown'])('makes nothing of %j', (text) => {
    expect(parseSizes(text)).toBeNull();
  });
});
