import { describe, expect, it } from '@jest/globals';
import { ignorePatternWithoutEffect as rule } from '../../../../../actions/lib/lint/rules/ignore-pattern-without-effect.ts';
import { type Beside, findings } from '../../../../support/lint-rule.ts';

function beside(text: string, sent: readonly string[] = []): Beside {
  return {
    files: { '.dockerignore': text },
    context: { ignoreFile: '.dockerignore', files: new Map(sent.map((name) => [name, 1])) },
  };
}

describe('ignore-pattern-without-effect', () => {
  it.each<[string, readonly string[], string, string]>([
    ['# x\n__pycache__\n', ['src/__pycache__/a.pyc'], '__pycache__', '"src/__pycache__/a.pyc" is sent'],
    ['node_modules/\r\n*.log\r\n', ['a/b/node_modules/x'], 'node_modules/', '"a/b/node_modules/x" is sent'],
    ['.env', ['backend/.env'], '.env', '"**/.env"'],
    ['*.pkl', ['data/a.pkl'], '*.pkl', 'other than in a ".gitignore"'],
    ['*.py[cod]', ['a/b.pyc'], '*.py[cod]', '"a/b.pyc"'],
    ['data  # big', [], 'data  # big', 'a comment needs a line of its own'],
    ['!keep.json\n*.json', [], '!keep.json', 'no line before it'],
    ['*.md\n!README.md\n*', [], '!README.md', '"*" in line 3'],
  ])('catches %j', async (text, sent, place, message) => {
    const [finding, ...others] = await findings(rule, 'FROM a\n', beside(text, sent));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ file: '.dockerignore', message: expect.stringContaining(message) });
    expect(text.slice(finding?.start, finding?.end)).toBe(place);
  });

  it.each<[string, readonly string[]]>([
    ['**/__pycache__', ['a.py']],
    ['__pycache__', ['a.py']],
    ['__pycache__\n!src/__pycache__', ['src/__pycache__/a.pyc']],
    ['dist', ['src/dist/a']],
    ['data/*.pkl', ['x/data/a.pkl']],
    ['*\n!src\n!package.json', ['src/a']],
    ['#comment\n\n  # odd but a pattern of its own', []],
    ['a#b', []],
    ['*.md\n!README.md', []],
  ])('passes %j', async (text, sent) => {
    expect(await findings(rule, 'FROM a\n', beside(text, sent))).toEqual([]);
  });

  it('mends both', async () => {
    const text = 'data # big\n.env\n';
    const edits = (await findings(rule, 'FROM a\n', beside(text, ['a/.env']))).flatMap(
      ({ fix }) => fix?.edits ?? [],
    );
    const mended = edits.reduceRight(
      (changed, edit) => changed.slice(0, edit.start) + edit.text + changed.slice(edit.end),
      text,
    );
    expect(mended).toBe('data\n**/.env\n');
  });
});
