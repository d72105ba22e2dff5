import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sanitiseLine } from '../../actions/lib/report/sanitise-line.ts';

/** Text made of the pieces an attacker would reach for. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '::',
        ':',
        '##[',
        '#',
        '[',
        ']',
        '\u001B[',
        '\u001B]8;;',
        '\u0007',
        'm',
        '31',
        '\n',
        '\r',
        '\t',
        ' ',
      ),
      fc.constantFrom(
        '\u0085',
        '\u009B',
        '\u2028',
        '\u200E',
        '\u202E',
        '\u00A0',
        '\uFEFF',
        'error',
        '::error::x',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('sanitiseLine', () => {
  it('never gives a control character but tab, a line break, or a workflow command', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const line = sanitiseLine(text, 30);
        expect(line).not.toMatch(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E]/);
        expect(line.trimStart().startsWith('::')).toBe(false);
        expect(line).not.toContain('##[');
        expect(line.length).toBeLessThanOrEqual(30);
      }),
      { numRuns: 2000 },
    );
  });

  it('changes nothing about a clean line, and nothing the second time', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const line = sanitiseLine(text);
        expect(sanitiseLine(line)).toBe(line);
      }),
      { numRuns: 2000 },
    );
  });
});
