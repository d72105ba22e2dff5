import { describe, expect, it } from '@jest/globals';
import { readBlockComments, readIgnoreComments } from '../../../../actions/lib/lint/ignore-comments.ts';
import { loadShellGrammar } from '../../../../actions/lib/lint/load-shell-grammar.ts';
import { readLintedDockerfile } from '../../../../actions/lib/lint/read-linted-dockerfile.ts';
import { sourceText } from '../../../../actions/lib/lint/source-text.ts';

async function comments(text: string) {
  const file = readLintedDockerfile(await loadShellGrammar(), 'Dockerfile', text);
  const { findings, silences } = readIgnoreComments(file);
  const isSilent = (rule: string, at: string, end = at) => {
    const start = text.indexOf(at);
    const finding = { file: 'Dockerfile', severity: 'error' as const, message: '' };
    return silences({ ...finding, rule, start, end: text.indexOf(end) + end.length });
  };
  return { findings, isSilent };
}

describe('a comment before an instruction', () => {
  it('counts for the whole of it and for nothing else', async () => {
    const { isSilent, findings } = await comments(
      'FROM a\n# darkroom ignore=unquoted-specifier we want the file\nRUN first \\\n  second\nRUN third\n',
    );
    expect(findings).toEqual([]);
    expect(['first', 'second', 'third', 'FROM'].map((at) => isSilent('unquoted-specifier', at))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isSilent('DL3008', 'first')).toBe(false);
  });

  it.each([
    ['several rules', '# darkroom ignore=DL3008,unquoted-specifier why'],
    ['blanks', '#darkroom  ignore = DL3008 , unquoted-specifier why'],
    ['upper case and indentation', '  # Darkroom IGNORE=unquoted-specifier: why'],
    ['other comments between', '# darkroom ignore=unquoted-specifier why\n# and\n\n# hadolint ignore=DL3013'],
    ['CR LF', '# darkroom ignore=unquoted-specifier why\r'],
  ])('takes %s', async (_, comment) => {
    const { isSilent, findings } = await comments(`FROM a\n${comment}\nRUN x\n`);
    expect(findings).toEqual([]);
    expect(isSilent('unquoted-specifier', 'RUN x')).toBe(true);
  });

  it('counts in the whole file with "global", before FROM too', async () => {
    const { isSilent } = await comments(
      '# darkroom global ignore=dockerfile/no-from it is a fragment\nRUN x\n',
    );
    expect(isSilent('dockerfile/no-from', 'RUN')).toBe(true);
  });
});

describe('a comment within an instruction', () => {
  it('counts for the next line', async () => {
    const text =
      'FROM a\nRUN first && \\\n  # darkroom ignore=unquoted-specifier why\n  # more\n  second && \\\n  third\n';
    const { isSilent } = await comments(text);
    expect(['first', 'second', 'third'].map((at) => isSilent('unquoted-specifier', at))).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('counts in a script that is a here-document, and not in a file that is one', async () => {
    const text =
      'FROM a\nRUN <<EOF\n# darkroom ignore=unquoted-specifier why\nfirst\nEOF\nCOPY <<EOF /x\n# darkroom ignore=nothing\nEOF\n';
    const { isSilent, findings } = await comments(text);
    expect(isSilent('unquoted-specifier', 'first')).toBe(true);
    expect(findings).toEqual([]);
  });
});

describe('what is wrong with a comment', () => {
  it.each([
    ['ignore=unquoted-specifer why', 'ignore/unknown-rule', 'did you mean "unquoted-specifier"?'],
    ['ignore= why', 'ignore/unknown-rule', 'there is no rule "why"'],
    ['ignore=unquoted-specifier', 'ignore/no-reason', 'does not say why'],
    ['ignore=DL3008 --', 'ignore/no-reason', '"DL3008"'],
    ['ignroe=DL3008 why', 'ignore/unknown-word', '"ignroe" is not known'],
  ])('"# darkroom %s" is told', async (comment, rule, message) => {
    const { findings } = await comments(`FROM a\n# darkroom ${comment}\nRUN x\n`);
    expect(findings).toEqual([
      expect.objectContaining({ rule, start: 7, message: expect.stringContaining(message) }),
    ]);
  });

  it('is nothing where somebody writes about Darkroom', async () => {
    const { findings } = await comments(
      'FROM a\n# darkroom builds this, with A=b\n# darkroom\nRUN x # darkroom ignore=q\n',
    );
    expect(findings).toEqual([]);
  });
});

describe('a comment in another file', () => {
  const read = (text: string, file = 'compose.yaml') => {
    const { findings, silences } = readBlockComments(sourceText(file, text));
    const isSilent = (at: string) => {
      const start = text.indexOf(at);
      const finding = { file, severity: 'error' as const, message: '', rule: 'port-mismatch' };
      return silences({ ...finding, start, end: start + at.length });
    };
    return { findings, isSilent };
  };

  it('counts for the next line and what is indented below it', () => {
    const text =
      'services:\n  # darkroom ignore=port-mismatch the proxy maps it\n\n  web:\n    build: .\n\n    ports:\n      - "80:5000"\n  api:\n    build: api\n';
    const { findings, isSilent } = read(text);
    expect(findings).toEqual([]);
    expect(['web', 'build: .', '"80:5000"', 'api:', 'services'].map(isSilent)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('counts for one item of a list', () => {
    const { isSilent } = read('ports:\n  # darkroom ignore=port-mismatch why\n  - first\n  - second\n');
    expect(['first', 'second'].map(isSilent)).toEqual([true, false]);
  });

  it('may be one of Terraform', () => {
    const { isSilent } = read(
      'a = {\n  // darkroom ignore=port-mismatch why\n  port = 1\n  other = 2\n}\n',
      'main.tf',
    );
    expect(['port = 1', 'other'].map(isSilent)).toEqual([true, false]);
  });

  it('may count in the whole file, and is told when it is wrong', () => {
    const { isSilent, findings } = read(
      '# darkroom global ignore=port-mismatch why\na: 1\n# darkroom ignore=gone why\nb: 2\n',
    );
    expect(isSilent('b: 2')).toBe(true);
    expect(findings).toMatchObject([{ file: 'compose.yaml', rule: 'ignore/unknown-rule' }]);
  });

  it('is none in JSON, and at the end counts for nothing', () => {
    expect(read('# darkroom ignore=port-mismatch why\n{"a": 1}\n', 'task.json').isSilent('"a"')).toBe(false);
    expect(read('a: 1\n# darkroom ignore=port-mismatch why\n').isSilent('a: 1')).toBe(false);
  });
});
