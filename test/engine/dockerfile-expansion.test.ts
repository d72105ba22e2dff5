// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the curly braces are Dockerfile variables.
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { expandWord } from '../../actions/lib/dockerfile/expand-words.ts';
import { type Converter, createConverter } from '../support/convert-dockerfile.ts';
import { problemsOf, resolveText } from '../support/resolve-text.ts';

/** Fixed, so that a failure is found again; another number tries other texts. */
const SEED = Number(process.env.DARKROOM_SEED ?? 1);

let converter: Converter;

beforeAll(async () => {
  converter = await createConverter();
}, 600_000);

afterAll(() => converter.remove());

describe('expansion', () => {
  const values: Readonly<Record<string, string>> = {
    A: 'abcabc',
    B: '',
    C: 'a.b/c*d?e\\f',
    D: 'x$y',
    P: 'v1.2.3-rc.1',
    U: 'äöü日本',
  };
  const name = fc.constantFrom(...Object.keys(values), 'UNSET', '1', '@');
  const literal = fc.constantFrom(
    ...[
      'a',
      'b',
      'c',
      '*',
      '?',
      '.',
      '\\',
      '\\\\',
      '\\*',
      '\\}',
      '\\/',
      '"',
      "'",
      '"q"',
      "'s'",
      '""',
      '/',
      '-',
    ],
    ...['$', '}', '{', '`', '<', '<<', '\\$', 'v', '1', ':', '#', '%', '日', '[', ']', '(', '+', '|', '^'],
  );
  const word: fc.Memo<string> = fc.memo((depth) =>
    fc
      .array(depth <= 1 ? literal : fc.oneof(literal, variable(depth - 1)), { maxLength: 3 })
      .map((all) => all.join('')),
  );
  const operator = fc.constantFrom(':-', '-', ':+', '+', '#', '##', '%', '%%', ':?', '?');
  const variable: fc.Memo<string> = fc.memo((depth) =>
    fc.oneof(
      name.map((of) => `$${of}`),
      name.map((of) => `\${${of}}`),
      fc.tuple(name, operator, word(depth - 1)).map(([of, sign, text]) => `\${${of}${sign}${text}}`),
      fc
        .tuple(name, fc.constantFrom('/', '//'), word(depth - 1), word(depth - 1))
        .map(([of, sign, pattern, text]) => `\${${of}${sign}${pattern}/${text}}`),
    ),
  );
  const expression = fc.tuple(word(3), variable(3), word(2)).map((parts) => parts.join(''));

  const ours = (text: string, escapeChar: string): string | undefined => {
    try {
      return expandWord(text, escapeChar, (of) => values[of]).text;
    } catch {
      return undefined;
    }
  };
  const fileOf = (expressions: readonly string[], escapeChar: string) =>
    [
      ...(escapeChar === '`' ? ['# escape=`'] : []),
      'FROM scratch',
      ...Object.keys(values).map((of) => `ARG ${of}`),
      ...expressions.flatMap((text) => [`USER ${text}`, 'RUN x']),
    ].join('\n');
  const expressionsFor = (escapeChar: string) =>
    fc
      .sample(expression, { numRuns: 300, seed: SEED })
      // Those would be a flag, or continue on the next line.
      .filter((text) => !text.startsWith('--') && !text.endsWith(escapeChar));

  test.each(['\\', '`'])('gives what BuildKit gives, with the escape %s', async (escapeChar) => {
    const accepted = expressionsFor(escapeChar).filter((text) => ours(text, escapeChar) !== undefined);
    expect(accepted.length).toBeGreaterThan(100);
    const { refused, users } = await converter.convert(fileOf(accepted, escapeChar), { args: values });
    expect(refused).toBeUndefined();
    expect(accepted.map((text, index) => [text, users[index]])).toEqual(
      accepted.map((text) => [text, ours(text, escapeChar)]),
    );
  });

  it('refuses what BuildKit refuses', async () => {
    const refused = expressionsFor('\\').filter((text) => ours(text, '\\') === undefined);
    expect(refused.length).toBeGreaterThan(20);
    for (const text of refused.slice(0, 20)) {
      const answer = await converter.convert(fileOf([text], '\\'), { args: values });
      expect([text, answer.refused !== undefined]).toEqual([text, true]);
    }
  });
});

/** Instructions that are easily read in another way than BuildKit's. */
const ODDITIES = [
  'RUN a \\\n# COPY no /\n\n b \\',
  'RUN a \\\\\nCOPY after /d',
  'RUN a \\ \t\nCOPY inside /d',
  'CO\\\nPY cut /d',
  'COPY \\\n  co\\\nnt /d',
  'COPY \\\n # no\n yes \\\n /d',
  'COPY cr /d\r',
  'RUN a \\\r\n b\r',
  'copy\ttab /d',
  '\u00a0COPY space /d',
  '   # comment',
  'RUN <<EOF\nCOPY inner /\nEOF\nCOPY outer /',
  'RUN <<-EOF\nBOGUS\n\tEOF\nCOPY outer /',
  'RUN <<"EOF"\n EOF\nEOF \nEOF\nCOPY outer /',
  'RUN cat 3<<EOF\nBOGUS\nEOF\nCOPY outer /',
  'RUN cat <<A << B\nB\nA\nA\nB\nCOPY outer /',
  "RUN cat <<'E F'\nBOGUS\nE F\nCOPY outer /",
  'RUN cat <<E"O"F\nBOGUS\nEOF\nCOPY outer /',
  'RUN $(cat <<EOF)\nBOGUS\nEOF)\nCOPY outer /',
  'RUN cat<<EOF\nCOPY outer /',
  'RUN cat <<<EOF\nCOPY outer /',
  'RUN echo "<<EOF"\nCOPY outer /',
  "RUN echo it's <<EOF\nCOPY outer /",
  'RUN echo ${X,,} <<EOF\nCOPY outer /',
  'RUN ["cat", "<<EOF"]\nCOPY outer /',
  'RUN <<EOF\nnever closed',
  'COPY <<EOF a <<B /d/\nhi\nEOF\nho\nB',
  'COPY << EOF /d\nhi\nEOF',
  'COPY ["<<EOF", "a b", "/d/"]',
  'COPY ["a", "/d/"',
  'COPY ["a", 1]',
  'COPY "a b" /d',
  'COPY a\\ b /d/',
  'COPY --link --chown="1 2" a /d',
  'COPY -- --x /d',
  'COPY --link=no a /d',
  'COPY ../up/./x//y/ /',
  'COPY --parents a/./b/**/c /d',
  'ADD https://x.y/f ftp://x.y/f github.com/a/b /d/',
  'COPY https://x.y/f /d',
  'ONBUILD RUN <<EOF\nBOGUS\nEOF',
  'ONBUILD COPY trigger /',
  'ONBUILD FROM x',
  'RUN --mount=target=/m,source=/a/../b y',
  // No tmpfs mount: for one BuildKit asks for the whole context and then uses nothing of it.
  'RUN --mount=type=cache,target=/c --mount=type=ssh y',
  'RUN --mount="type=secret",id=one --mount=type=secret,target=/x/two --mount=type=secret,src=three,target=/y z',
  'RUN --mount=foo=bar y',
  'ENV A',
  'ENV A b c=d',
  'ENV A=1 B=${A}x C',
  'ENV A=env\nARG A=arg\nCOPY $A /',
  'ARG A=arg\nENV A=env\nARG A\nCOPY $A /',
  'ENV A=1\nENV A=2 B=$A\nARG C=3 D=$C\nCOPY $B$D /',
  'ARG A\nCOPY x${A:-none} /',
  'ARG --x A=1\nCOPY x${A:-none} /',
  'LABEL a=b c',
  'HEALTHCHECK --interval=5s CMD x',
  'CMD --x',
  'SHELL x',
  'RUNN x',
];

const HEADS = [
  '',
  '# escape=`',
  '# check=skip=all\n# escape=`',
  '# foo=bar\n# escape=`',
  'ARG A=one',
  '\ufeff# escape=`',
];

const body = fc
  .array(fc.constantFrom(...ODDITIES), { minLength: 1, maxLength: 3 })
  .map((all) => all.join('\n'));
const files = fc
  .tuple(fc.constantFrom(...HEADS), body, fc.constantFrom('scratch', 'one', 'One', '${A:-one}'), body)
  .map(([head, first, base, second]) =>
    [...(head === '' ? [] : [head]), 'FROM scratch AS One', first, `FROM ${base}`, second].join('\n'),
  );

describe('files', () => {
  const compare = async (text: string) => {
    const theirs = await converter.convert(text, { args: { D: 'given' } });
    const problems = problemsOf(text, { args: { D: 'given' } });
    expect([text, problems.length > 0 ? problems : 'accepted']).toEqual([
      text,
      theirs.refused === undefined ? 'accepted' : expect.arrayContaining([expect.anything()]),
    ]);
    if (problems.length > 0) return;
    const { reads, wholeContext, secretIds } = resolveText(text, { args: { D: 'given' } });
    const paths = [...new Set(reads.map(({ path }) => path))].sort();
    expect([text, [...secretIds].sort()]).toEqual([text, theirs.secrets]);
    // Where a variable has no value we count all, BuildKit the path without it.
    if (wholeContext === null)
      expect([text, paths.includes('.') ? ['.'] : paths]).toEqual([text, theirs.paths]);
  };

  test.each(ODDITIES)('%j is read as BuildKit reads it', (oddity) =>
    compare(`FROM scratch\n${oddity}\nRUN last`),
  );

  it('of many oddities are read as BuildKit reads them', async () => {
    const texts = fc.sample(files, { numRuns: 60, seed: SEED });
    for (const text of texts) await compare(text);
  }, 120_000);

  it.each(['TWO', 'two', '0', 'nope'])('have the target %s or not, as in BuildKit', async (target) => {
    const text = 'FROM scratch AS one\nFROM scratch AS Two\nCOPY two /\nFROM scratch\nCOPY three /';
    const { refused, paths } = await converter.convert(text, { target });
    expect(problemsOf(text, { target }).length > 0).toBe(refused !== undefined);
    if (refused === undefined)
      expect(resolveText(text, { target }).reads.map(({ path }) => path)).toEqual(paths);
  });
});
