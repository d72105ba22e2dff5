import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import type { Finding } from '../../../../actions/lib/lint/finding.ts';
import { placeFinding } from '../../../../actions/lib/lint/placed-finding.ts';
import { sourceText } from '../../../../actions/lib/lint/source-text.ts';
import { lintAnnotations } from '../../../../actions/lib/report/lint-annotations.ts';
import { jsonFindings } from '../../../../actions/lib/report/lint-json.ts';
import { lintMarkdown } from '../../../../actions/lib/report/lint-markdown.ts';
import { sarifLog } from '../../../../actions/lib/report/lint-sarif.ts';
import { textDiff } from '../../../../actions/lib/report/text-diff.ts';

const TEXT = 'FROM a\nRUN pip install x>=2\nRUN pip install x>=2\n';

function finding(more: Partial<Finding> = {}) {
  const start = TEXT.indexOf('x>=2');
  const end = start + 4;
  const fix = { description: 'quote it', safe: true, edits: [{ start, end, text: '"x>=2"' }] };
  return placeFinding(
    {
      file: 'a b/Dockerfile',
      rule: 'unquoted-specifier',
      severity: 'error',
      message: 'no "x"',
      start,
      end,
      fix,
      ...more,
    },
    sourceText('a b/Dockerfile', TEXT),
  );
}
const PLAIN = { suggested: new Set<never>(), spent: {}, page: (rule: string) => rule };
const second = { start: TEXT.lastIndexOf('x>=2'), end: TEXT.lastIndexOf('x>=2') + 4 };

describe('JSON', () => {
  it('has lines, columns, the page and the fix', () => {
    expect(jsonFindings([finding()], (file) => `../${file}`, '/d/')).toEqual([
      {
        ...{ file: '../a b/Dockerfile', line: 2, column: 17, endLine: 2, endColumn: 21 },
        ...{ rule: 'unquoted-specifier', severity: 'error', message: 'no "x"' },
        docs: '/d/actions/lib/lint/rules/unquoted-specifier.md',
        fix: {
          ...{ description: 'quote it', safe: true },
          edits: [{ startLine: 2, startColumn: 17, endLine: 2, endColumn: 21, text: '"x>=2"' }],
        },
      },
    ]);
  });

  it.each([
    ['DL3008', 'https://github.com/hadolint/hadolint/wiki/DL3008'],
    ['SC2086', 'https://www.shellcheck.net/wiki/SC2086'],
    ['dockerfile/bad-from', expect.stringMatching(/other-findings\.md$/)],
  ])('names the page of %s', (rule, docs) => {
    const [found] = jsonFindings([finding({ rule })], (file) => file, '');
    expect(found?.docs).toEqual(docs);
  });

  it('keeps places within the file', () => {
    const [found] = jsonFindings([finding({ start: -5, end: 1e9 })], (file) => file, '');
    expect(found).toMatchObject({ line: 1, column: 1, endLine: 4, endColumn: 1 });
  });
});

describe('SARIF', () => {
  const schema = readFileSync(
    createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'),
    'utf8',
  );
  // The schema is of draft 4; where it differs from later ones it uses nothing.
  const { $schema: _, id: __, ...rest } = JSON.parse(schema) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  ajv.addFormat('uri', (text) => URL.canParse(text));
  ajv.addFormat(
    'uri-reference',
    (text) => /^[\w.~:/?#[\]@!$&'()*+,;=%-]*$/.test(text) && URL.canParse(text, 'https://a/'),
  );
  ajv.addFormat('date-time', true);
  const validate = ajv.compile(rest);

  it.each([
    ['nothing', []],
    [
      'every kind',
      [
        finding(),
        finding(second),
        finding({ rule: 'DL3008', severity: 'style', file: 'a/\udcff:x' }),
        placeFinding(
          { file: 'x', rule: 'file/binary', severity: 'warning', message: 'm\ud800', start: 0, end: 0 },
          null,
        ),
      ],
    ],
  ])('is valid with %s', (__, findings) => {
    validate(sarifLog(findings, { version: '1.2.3' }));
    expect(validate.errors).toBeNull();
  });

  it('tells two of one text apart, and keeps what they are known by when lines move', () => {
    const prints = (log: object) => JSON.stringify(log).match(/"darkroomPlace\/v1":"[^"]+"/g);
    const both = prints(sarifLog([finding(), finding(second)], { version: '1' }));
    expect(new Set(both).size).toBe(2);
    expect(prints(sarifLog([finding(second)], { version: '1' }))?.[0]).toBe(both?.[0]);
  });

  it('has places, fixes and addresses', () => {
    expect(sarifLog([finding(), finding({ rule: 'DL3008' })], { version: '1' })).toMatchObject({
      runs: [
        {
          results: [
            {
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'a%20b/Dockerfile' },
                    region: { startLine: 2, startColumn: 17, endLine: 2, endColumn: 21 },
                  },
                },
              ],
              fixes: [{ artifactChanges: [{ replacements: [{ insertedContent: { text: '"x>=2"' } }] }] }],
            },
            { ruleId: 'DL3008' },
          ],
        },
      ],
    });
    expect(JSON.stringify(sarifLog([finding({ rule: 'DL3008' })], { version: '1' }))).toContain(
      '"helpUri":"https://github.com/hadolint/hadolint/wiki/DL3008"',
    );
  });
});

describe('annotations', () => {
  it('are ten of a kind, the worst first; the rest is counted', () => {
    const many = (severity: Finding['severity'], count: number) =>
      Array.from({ length: count }, () => finding({ severity }));
    const all = [...many('style', 6), ...many('info', 6), ...many('error', 12), ...many('warning', 1)];
    const { annotations, left } = lintAnnotations(all, PLAIN);
    const levels = annotations.map(({ level }) => level);
    expect(levels).toEqual([...Array(10).fill('error'), 'warning', ...Array(10).fill('notice')]);
    expect(left).toBe(4);
  });

  it('have columns only within one line', () => {
    const { annotations } = lintAnnotations([finding(), finding({ end: TEXT.length - 1 })], PLAIN);
    expect(annotations[0]).toMatchObject({
      title: 'unquoted-specifier',
      file: 'a b/Dockerfile',
      startLine: 2,
      endLine: 2,
      startColumn: 17,
      endColumn: 20,
    });
    expect(annotations[1]).not.toHaveProperty('startColumn');
  });

  it('leave room for those that the step has made', () => {
    const all = Array.from({ length: 12 }, () => finding({ severity: 'warning' }));
    expect(lintAnnotations(all, { ...PLAIN, spent: { warning: 1 } }).annotations).toHaveLength(9);
  });

  it('say the fix with its lines, unless it stands elsewhere, and where the page is', () => {
    const [one, other] = [finding(), finding(second)];
    const page = () => 'https://example.invalid/page.md';
    const { annotations } = lintAnnotations([one, other], { ...PLAIN, suggested: new Set([other]), page });
    expect(annotations.map(({ message }) => message)).toEqual([
      'no "x".\nFix: quote it:\n  RUN pip install "x>=2"\nhttps://example.invalid/page.md',
      'no "x".\nhttps://example.invalid/page.md',
    ]);
  });
});

describe('Markdown', () => {
  it('has the worst in a table and counts the rest', () => {
    const text = lintMarkdown([finding({ severity: 'info', message: 'a | <b>' }), finding()], {
      ...{ files: 1, silenced: 0, known: 0, most: 1, page: PLAIN.page },
    });
    expect(text).toContain('### 1 error, 1 info in 1 Dockerfile');
    expect(text).toContain('unquoted-specifier');
    expect(text).not.toContain('<b>');
    expect(text).toContain('…and 1 more.');
  });

  it('is a sentence where nothing was found', () => {
    const { page } = PLAIN;
    expect(lintMarkdown([], { files: 3, silenced: 0, known: 0, page })).toBe(
      '### Nothing found in 3 Dockerfiles\n',
    );
  });

  it('says of a change what is new, what was there, what it mended, and links to lines and pages', () => {
    const text = lintMarkdown([finding(), finding(second)], {
      ...{ files: 2, silenced: 0, known: 0, change: { before: 3, fixed: 1 } },
      ...{
        fixed: [finding({ rule: 'torch-replaced', message: '<img>' })],
        blob: 'https://x.invalid/blob/1/',
      },
      page: (rule) => `https://x.invalid/${rule}.md`,
    });
    expect(text.split('\n').slice(0, 5)).toEqual([
      '### New: 2 errors in 2 Dockerfiles; 3 there before, not shown; 1 mended by this change; 2 can be mended with --fix',
      '',
      '|  | where | rule | what | fix |',
      '| --- | --- | --- | --- | --- |',
      '| 🔴 | [a b/Dockerfile:2](https://x.invalid/blob/1/a%20b/Dockerfile#L2) | [unquoted-specifier](https://x.invalid/unquoted-specifier.md) | no "x" | quote it (--fix) |',
    ]);
    expect(text).toContain('[unquoted-specifier](https://x.invalid/unquoted-specifier.md) 2');
    expect(text).toContain('<summary>1 mended by this change</summary>');
    expect(text).not.toContain('<img>');
  });
});

it('shows a change as a diff that git takes', () => {
  expect(textDiff('a/Dockerfile', 'FROM a\nRUN b\n', 'FROM a\nRUN c\n')).toBe(
    '--- a/a/Dockerfile\n+++ b/a/Dockerfile\n@@ -1,2 +1,2 @@\n FROM a\n-RUN b\n+RUN c\n',
  );
  expect(textDiff('a', 'x', 'x')).toBe('');
});
