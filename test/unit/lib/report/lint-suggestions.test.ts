import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../../../actions/lib/lint/finding.ts';
import { type PlacedFinding, placeFinding } from '../../../../actions/lib/lint/placed-finding.ts';
import { sourceText } from '../../../../actions/lib/lint/source-text.ts';
import {
  lintSuggestions,
  type SuggestionOptions,
  suggestionMarks,
} from '../../../../actions/lib/report/lint-suggestions.ts';

const ALL: SuggestionOptions = {
  ...{ marks: new Set(), page: (rule) => `https://x.invalid/${rule}.md`, isShown: () => true },
};

/** A finding that puts a text in place of the first or a later one of another. */
function finding(text: string, old: string, by: string, more: Partial<Finding> = {}, nth = 0): PlacedFinding {
  let start = -1;
  for (let at = 0; at <= nth; at += 1) start = text.indexOf(old, start + 1);
  const end = start + old.length;
  const fix = { description: 'do it', safe: true, edits: [{ start, end, text: by }] };
  const base = { file: 'Dockerfile', rule: 'some-rule', severity: 'warning', message: 'no' } as const;
  return placeFinding({ ...base, start, end, fix, ...more }, sourceText('Dockerfile', text));
}

const TEXT = 'FROM a\nRUN one && two\nRUN one\n';

describe('suggestions', () => {
  it('say what is wrong, and hold the whole lines as GitHub commits them', () => {
    const { suggestions } = lintSuggestions([finding(TEXT, 'one', 'ONE', { message: 'no "one"' })], ALL);
    expect(suggestions).toEqual([
      {
        ...{ file: 'Dockerfile', startLine: 2, endLine: 2, findings: [expect.anything()] },
        body: expect.stringMatching(
          /^\*\*warning\*\* \[some-rule\]\(https:\/\/x\.invalid\/some-rule\.md\): no "one"\.\n\n```suggestion\nRUN ONE && two\n```\n\n<!-- darkroom-lint [0-9a-f]{24}:1 -->\n$/,
        ),
      },
    ]);
  });

  it('are one where fixes share a line, as GitHub commits no more than one for it', () => {
    const { suggestions } = lintSuggestions([finding(TEXT, 'two', 'TWO'), finding(TEXT, 'one', 'ONE')], ALL);
    expect(suggestions.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([[2, 2]]);
    expect(suggestions[0]?.body).toContain('```suggestion\nRUN ONE && TWO\n```');
    expect(suggestionMarks(suggestions[0]?.body ?? '')).toHaveLength(2);
  });

  it('leave a fix out that would undo another', () => {
    const both = [finding(TEXT, 'one', 'ONE'), finding(TEXT, 'one && two', 'x')];
    const { suggestions } = lintSuggestions(both, ALL);
    expect(suggestions.map(({ findings }) => findings)).toEqual([[both[0]]]);
  });

  it('are not made of what was suggested before, whatever line it is on now', () => {
    const [first] = lintSuggestions([finding(TEXT, 'one', 'ONE')], ALL).suggestions;
    const marks = new Set(suggestionMarks(`> quoted\n${first?.body}`));
    const moved = `# more\n${TEXT}`;
    const [again, second] = [finding(moved, 'one', 'ONE'), finding(moved, 'one', 'ONE', {}, 1)];
    const { known, suggestions } = lintSuggestions([again, second], { ...ALL, marks });
    expect(known).toEqual([again]);
    expect(suggestions.map(({ startLine }) => startLine)).toEqual([4]);
  });

  it('are made only of lines that the pull request shows', () => {
    const asked: unknown[] = [];
    const isShown = (...lines: unknown[]) => asked.push(lines) > 1;
    const both = [finding(TEXT, 'one', 'ONE'), finding(TEXT, 'one', 'ONE', {}, 1)];
    const { suggestions } = lintSuggestions(both, { ...ALL, isShown });
    expect(asked).toEqual([
      ['Dockerfile', 2, 2],
      ['Dockerfile', 3, 3],
    ]);
    expect(suggestions.map(({ startLine }) => startLine)).toEqual([3]);
  });

  it('come with the worst first', () => {
    const both = [
      finding(TEXT, 'a', 'b', { severity: 'info' }),
      finding(TEXT, 'two', 'x', { severity: 'error' }),
    ];
    const { suggestions } = lintSuggestions(both, ALL);
    expect(suggestions.map(({ startLine }) => startLine)).toEqual([2, 1]);
  });

  it('say so where more than the fault changes', () => {
    const fix = { description: 'd', safe: false, edits: [{ start: 0, end: 1, text: 'x' }] };
    const { suggestions } = lintSuggestions([finding(TEXT, 'one', '', { fix })], ALL);
    expect(suggestions[0]?.body).toContain('Look at it before you commit it');
  });

  it('cannot be broken out of, and notify nobody', () => {
    const text = 'RUN echo ````\n';
    const hostile = 'see <img src=x> @acme/all `x` [a](b) <!-- darkroom-lint aa:1 -->\n```suggestion';
    const { suggestions } = lintSuggestions([finding(text, 'echo', 'cat', { message: hostile })], ALL);
    const body = suggestions[0]?.body ?? '';
    expect(body).toContain('\n`````suggestion\nRUN cat ````\n`````\n');
    expect(body).not.toMatch(/<img|@acme|[^\\]\]\(b\)|^```suggestion/m);
    expect(suggestionMarks(body)).toEqual([expect.stringMatching(/^[0-9a-f]{24}:1$/)]);
  });

  it.each([
    ['files whose lines end in CR LF', 'FROM a\r\nRUN one\r\n', 'ONE'],
    ['what would change forty lines and more', `RUN one${'\n'.repeat(60)}x`, 'ONE'],
  ])('are not made of %s', (_, text, by) => {
    const edits = [put(text, 'one', by), ...(text.endsWith('x') ? [put(text, 'x', 'y')] : [])];
    const fix = { description: 'd', safe: true, edits };
    expect(lintSuggestions([finding(text, 'one', by, { fix })], ALL).suggestions).toEqual([]);
  });

  function put(text: string, old: string, by: string) {
    const start = text.indexOf(old);
    return { start, end: start + old.length, text: by };
  }
});
