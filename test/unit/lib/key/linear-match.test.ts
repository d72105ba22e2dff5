import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchesLinearly, type PatternStep } from '../../../../actions/lib/key/linear-match.ts';
import { compilePathPattern } from '../../../../actions/lib/key/path-pattern.ts';

const step = fc.constantFrom<PatternStep>(
  { kind: 'letter', test: /^a$/u },
  { kind: 'letter', test: /^\/$/u },
  { kind: 'letter', test: /^[^a]$/u },
  { kind: 'letters', test: /^[^/]$/u },
  { kind: 'letters', test: /^[^\n]$/u },
  { kind: 'folders' },
);
const path = fc
  .array(fc.constantFrom('a', 'b', '/', '\n', '😀'), { maxLength: 8 })
  .map((letters) => letters.join(''));

describe('matchesLinearly', () => {
  it('says what a regular expression says', () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), path, (steps, text) => {
        const source = steps.map((one) =>
          one.kind === 'folders'
            ? '(?:[^\\n]*/)?'
            : one.test.source.slice(1, -1) + (one.kind === 'letters' ? '*' : ''),
        );
        const matches = new RegExp(`^${source.join('')}$`, 'u').test(text);
        seen.add(matches);
        expect(matchesLinearly(steps, text)).toBe(matches);
      }),
      { numRuns: 2000 },
    );
    expect(seen.size).toBe(2);
  });

  it.each(['**/*a*a*a*a*a*a*a*a*b', '**/x/**/x/**/x/**/x/**/x/**/x/**/x/**/x/b'])(
    'answers at once for %s',
    (pattern) => {
      const compiled = compilePathPattern(pattern);
      const start = performance.now();
      expect(compiled?.matches(`${'x/'.repeat(50)}${'a'.repeat(200)}`)).toBe(false);
      expect(compiled?.matches(`${'x/'.repeat(50)}${pattern.includes('a') ? 'a'.repeat(200) : ''}b`)).toBe(
        true,
      );
      expect(performance.now() - start).toBeLessThan(2000);
    },
  );
});
