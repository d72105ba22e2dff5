import { describe, expect, it } from '@jest/globals';
import { parseBaseline, printBaseline, withoutKnown } from '../../../../actions/lib/lint/baseline.ts';
import type { PlacedFinding } from '../../../../actions/lib/lint/placed-finding.ts';
import { placeFinding } from '../../../../actions/lib/lint/placed-finding.ts';
import { sourceText } from '../../../../actions/lib/lint/source-text.ts';

/** One finding for every place of `marked` in the text. */
function found(text: string, marked: string, rule = 'r', file = 'Dockerfile'): readonly PlacedFinding[] {
  const source = sourceText(file, text);
  return [...text.matchAll(new RegExp(marked, 'g'))].map(({ index, 0: match }) =>
    placeFinding(
      { file, rule, severity: 'error', message: 'm', start: index, end: index + match.length },
      source,
    ),
  );
}

const again = (findings: readonly PlacedFinding[]) => parseBaseline(printBaseline(findings), 'b.json');

describe('a baseline', () => {
  it('knows what it was written from, wherever the lines move and however they are indented', () => {
    const baseline = again(found('FROM a\nRUN b  c\n', 'b  c'));
    const { fresh, gone } = withoutKnown(found('# new\n\nFROM a\nRUN d\n  RUN b c\n', 'b c'), baseline);
    expect({ fresh, gone }).toEqual({ fresh: [], gone: 0 });
  });

  it('knows as many of one text as there were, and tells one more', () => {
    const baseline = again(found('x\nx\n', 'x'));
    expect(
      withoutKnown(found('x\nx\nx\n', 'x'), baseline).fresh.map(({ region }) => region.startLine),
    ).toEqual([3]);
    expect(withoutKnown(found('x\n', 'x'), baseline)).toEqual({ fresh: [], gone: 1 });
  });

  it.each([
    ['another text', found('y', 'y')],
    ['another rule', found('x', 'x', 'other')],
    ['another file', found('x', 'x', 'r', 'a/Dockerfile')],
  ])('does not know %s', (_, findings) => {
    expect(withoutKnown(findings, again(found('x', 'x'))).fresh).toEqual(findings);
  });

  it('knows a place without text by its line', () => {
    const at = (text: string) => [
      placeFinding(
        {
          file: 'f',
          rule: 'r',
          severity: 'error',
          message: '',
          start: text.indexOf('RUN'),
          end: text.indexOf('RUN'),
        },
        sourceText('f', text),
      ),
    ];
    expect(withoutKnown(at('\n\nRUN a'), again(at('RUN a'))).fresh).toEqual([]);
    expect(withoutKnown(at('RUN b'), again(at('RUN a'))).fresh).toHaveLength(1);
  });

  it('is written in one order, one finding a line', () => {
    const text = printBaseline([...found('b', 'b', 'r', 'z'), ...found('b', 'b', 'r', 'a')]);
    expect(
      text
        .split('\n')
        .filter((line) => line.includes('"rule"'))
        .map((line) => /"file":"(.)"/.exec(line)?.[1]),
    ).toEqual(['a', 'z']);
    expect(printBaseline([])).toBe('{\n  "version": 1,\n  "findings": []\n}\n');
  });

  it.each([
    '',
    'null',
    '[]',
    '{"version":2,"findings":[]}',
    '{"version":1}',
    '{"version":1,"findings":[{"rule":1}]}',
    '{"version":1,"findings":[{"rule":"a","file":"b","fingerprint":"c","count":-1}]}',
  ])('is not %s', (text) =>
    expect(() => parseBaseline(text, 'b.json')).toThrow(/b\.json: this is no baseline/),
  );
});
