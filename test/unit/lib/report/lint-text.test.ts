import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../../../actions/lib/lint/finding.ts';
import { placeFinding } from '../../../../actions/lib/lint/placed-finding.ts';
import { sourceText } from '../../../../actions/lib/lint/source-text.ts';
import { findingText, totalsText } from '../../../../actions/lib/report/lint-text.ts';

function shown(
  text: string,
  marked: string,
  more: Partial<Finding> = {},
  width = 80,
  hasColour = false,
): string {
  const start = text.indexOf(marked);
  const finding: Finding = {
    file: 'a/Dockerfile',
    rule: 'r',
    severity: 'error',
    message: 'it is "x"',
    start,
    end: start + marked.length,
    ...more,
  };
  return findingText(placeFinding(finding, sourceText('a/Dockerfile', text)), {
    shown: (file) => file,
    width,
    hasColour,
  });
}

describe('a finding', () => {
  it('has its line with a mark below', () => {
    expect(shown('FROM a\nRUN pip install\n', 'pip')).toBe(
      ['a/Dockerfile:2:5: error r: it is "x"', '  2 | RUN pip install', '    |     ^^^'].join('\n'),
    );
  });

  it.each([
    ['tabs', '\tx\ty', 'y', '  1 |     x    y', '    |          ^'],
    ['wide characters', 'RUN "漢字" 🎉 x', 'x', '  1 | RUN "漢字" 🎉 x', '    |               ^'],
    ['a mark on wide characters', 'a 漢字 b', '漢字', '  1 | a 漢字 b', '    |   ^^^^'],
    ['letters with marks', 'e\u0301e\u0301 x', 'x', '  1 | e\u0301e\u0301 x', '    |    ^'],
    ['what cannot be printed', 'a\u001b[31m\u202e x', 'x', '  1 | a\ufffd[31m\ufffd x', '    |         ^'],
  ])('has its mark in the right column behind %s', (_, text, marked, line, mark) => {
    expect(shown(text, marked).split('\n').slice(1)).toEqual([line, mark]);
  });

  it('has a mark of one where the place has no length', () => {
    expect(shown('RUN x', 'x', { start: 4, end: 4 }).split('\n')[2]).toBe('    |     ^');
  });

  it('is cut around its mark where the line is long', () => {
    const [, line = '', mark = ''] = shown(
      `RUN ${'a '.repeat(500)}HERE ${'b '.repeat(500)}`,
      'HERE',
      {},
      60,
    ).split('\n');
    expect(line).toMatch(/^ {2}1 \| ….*HERE.*…$/);
    expect(line.length).toBeLessThanOrEqual(60);
    expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('says how far it goes, and how it is mended', () => {
    const fix = { description: 'do it', safe: true, edits: [] };
    const lines = shown('RUN a \\\n  b\n', 'a \\\n  b', { fix }).split('\n');
    expect(lines.slice(2)).toEqual([
      '    |     ^^^',
      '    = up to line 2',
      '    = fix: do it (--fix does it)',
    ]);
  });

  it('has no line where there is none', () => {
    expect(shown('', '', { message: 'm' })).toBe('a/Dockerfile:1:1: error r: m');
  });

  it('keeps control characters and commands of runners out of the log', () => {
    const text = shown('x', 'x', { file: '::error::x', message: 'a\n::warning::b\u001b[2J' });
    expect(text).not.toMatch(/\u001b|^::/m);
  });

  it('is in colour on request', () =>
    expect(shown('x', 'x', {}, 80, true)).toContain('\u001b[31merror\u001b[0m'));
});

it('counts in the last line', () => {
  const of = (severity: Finding['severity'], safe?: boolean) =>
    placeFinding(
      {
        file: 'f',
        rule: 'r',
        severity,
        message: '',
        start: 0,
        end: 0,
        ...(safe === undefined ? {} : { fix: { description: '', safe, edits: [] } }),
      },
      null,
    );
  const counts = { files: 2, silenced: 0, known: 0 };
  expect(totalsText([], { ...counts, files: 1 })).toBe('Nothing found in 1 Dockerfile');
  expect(
    totalsText([of('error', true), of('error'), of('style', false)], { ...counts, silenced: 3, known: 4 }),
  ).toBe(
    '2 errors, 1 matter of style in 2 Dockerfiles; 1 can be mended with --fix; 4 in the baseline; 3 silenced by comments',
  );
});
