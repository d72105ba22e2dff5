// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the curly braces are Dockerfile variables.
import { describe, expect, it, test } from '@jest/globals';
import { splitInstructions } from '../../../../actions/lib/dockerfile/split-instructions.ts';

function split(text: string): string[] {
  const { instructions, problems } = splitInstructions(text, 'Dockerfile');
  return [
    ...instructions.map(({ line, keyword, rest }) => `${line} ${keyword} ${rest}`),
    ...problems.map(({ place, message }) => `${place?.line} problem: ${message}`),
  ];
}

describe('continued lines', () => {
  test.each<[string, string, string[]]>([
    ['join at a backslash', 'RUN a \\\n b', ['1 RUN a  b']],
    ['join when blanks follow the backslash', 'RUN a \\ \t\n b', ['1 RUN a  b']],
    ['skip comments in between', 'RUN a \\\n# one\n   # two\n b', ['1 RUN a  b']],
    ['skip empty lines in between', 'RUN a \\\n\n \t\n b\nUSER x', ['1 RUN a  b', '5 USER x']],
    ['cut a keyword', 'US\\\nER x', ['1 USER x']],
    ['do not join after an escaped backslash', 'RUN a \\\\\nUSER x', ['1 RUN a \\\\', '2 USER x']],
    ['may end with the file', 'RUN a \\', ['1 RUN a']],
    ['may begin with nothing but a backslash', '\\\nUSER x', ['1 USER x']],
    ['work in files with CRLF', 'RUN a \\\r\n b\r\nUSER x\r\n', ['1 RUN a  b', '3 USER x']],
    ['leave a comment that ends in a backslash alone', '# a \\\nUSER x', ['2 USER x']],
    ['keep a comment sign behind other text', 'RUN a # b \\\n c', ['1 RUN a # b  c']],
  ])('%s', (_name, text, expected) => expect(split(text)).toEqual(expected));
});

describe('parser directives', () => {
  test.each<[string, string, string[]]>([
    ['change the escape', '# escape=`\nRUN a `\n b', ['2 RUN a  b']],
    ['are known in any case and spacing', '#  ESCAPE  =  `  \nRUN a `\n b', ['2 RUN a  b']],
    ['follow others', '# syntax=x\n# check=skip=all\n# escape=`\nRUN a `\n b', ['4 RUN a  b']],
    ['follow a byte order mark', '\ufeff# escape=`\nRUN a `\n b', ['2 RUN a  b']],
    ['end at a comment', '# hello\n# escape=`\nRUN a `\nUSER x', ['3 RUN a `', '4 USER x']],
    ['end at an unknown name', '# foo=bar\n# escape=`\nRUN a `\nUSER x', ['3 RUN a `', '4 USER x']],
    ['end at an empty line', '\n# escape=`\nRUN a `\nUSER x', ['3 RUN a `', '4 USER x']],
    ['end at an instruction', 'USER y\n# escape=`\nRUN a `', ['1 USER y', '3 RUN a `']],
    [
      'must be a backslash or a backtick',
      '# escape=x\nUSER x',
      ['2 USER x', '1 problem: directive "escape" is "x"; it must be a backslash or a backtick'],
    ],
    [
      'must not be repeated',
      '# escape=`\n# escape=`\nUSER x',
      ['3 USER x', '2 problem: a second directive "escape"; only one is allowed'],
    ],
  ])('%s', (_name, text, expected) => expect(split(text)).toEqual(expected));
});

describe('here-documents', () => {
  const swallowed = (line: string, end = 'EOF') => split(`${line}\nUSER inside\n${end}\nUSER after`).slice(1);

  test.each([
    ['RUN <<EOF', 'EOF'],
    ['RUN <<-EOF', '\t\tEOF'],
    ['RUN <<"EOF"', 'EOF'],
    ["RUN <<'EOF'", 'EOF'],
    ["RUN cat <<'E F'", 'E F'],
    ['RUN cat << EOF', 'EOF'],
    ['RUN cat 3<<EOF', 'EOF'],
    ['RUN cat <<E"O"F > /x', 'EOF'],
    ['RUN cat <<\\EOF', 'EOF'],
    ['RUN $(cat <<EOF)', 'EOF)'],
    ['run a \\\n <<EOF', 'EOF'],
    ['COPY <<EOF /x', 'EOF'],
    ['ADD --chown=1 <<EOF /x', 'EOF'],
    ['ONBUILD RUN <<EOF', 'EOF'],
    ['RUN <<EOF\r', 'EOF\r'],
  ])('%j holds what follows up to %j', (line, end) => {
    const after = line.includes('\n') ? '5 USER after' : '4 USER after';
    expect(swallowed(line, end)).toEqual([after]);
  });

  test.each([
    'RUN echo "<<EOF"',
    "RUN echo '<<EOF'",
    'RUN echo \\<<EOF',
    'RUN cat <<<EOF',
    'RUN cat<<EOF',
    "RUN echo it's <<EOF",
    'RUN echo ${X,,} <<EOF',
    'RUN ["cat", "<<EOF"]',
    'CMD <<EOF',
    'ENV A=<<EOF',
    'ONBUILD CMD <<EOF',
  ])('%j holds none, so that the next line is an instruction', (line) => {
    expect(swallowed(line)).toEqual(['2 USER inside', '3 EOF ', '4 USER after']);
  });

  it('follow each other in the order of the line', () => {
    const text = 'COPY <<A <<-B /x\nUSER a\nB\nA\nUSER b\n\tB\nUSER after';
    expect(split(text).slice(1)).toEqual(['7 USER after']);
  });

  it('end only at the bare name', () => {
    expect(split('RUN <<EOF\n EOF\nEOF \n\tEOF\nEOF\nUSER x').slice(1)).toEqual(['6 USER x']);
  });

  it('keep comments and continuations to themselves', () => {
    expect(split('RUN <<EOF\n# c\na \\\nEOF\nUSER x').slice(1)).toEqual(['5 USER x']);
  });

  it('must be closed', () => {
    expect(split('RUN <<EOF\nUSER x')).toEqual([
      '1 RUN <<EOF',
      '1 problem: the here-document "EOF" is not closed before the end of the file',
    ]);
  });

  it('are part of the text of their instruction', () => {
    const { instructions } = splitInstructions('USER a\nRUN \\\n# c\n <<EOF\nhi\nEOF\n', 'Dockerfile');
    expect(instructions[1]?.text).toBe('RUN \\\n# c\n <<EOF\nhi\nEOF');
  });
});

describe('flags', () => {
  const flags = (line: string) => {
    const { instructions } = splitInstructions(line, 'Dockerfile');
    return [...(instructions[0]?.flags ?? []), instructions[0]?.rest];
  };

  test.each<[string, string[]]>([
    ['COPY --link --chown=1:1 a b', ['--link', '--chown=1:1', 'a b']],
    ['COPY  \t --link\ta b ', ['--link', 'a b']],
    ['RUN --mount="type=bind,source=a b" x', ['--mount=type=bind,source=a b', 'x']],
    ['COPY --chown=a\\ b c d', ['--chown=a b', 'c d']],
    ['COPY -- --x /y', ['--x /y']],
    ['COPY a --link b', ['a --link b']],
    ['RUN -x --y', ['-x --y']],
    ['COPY --link', ['--link', '']],
  ])('are cut from %j', (line, expected) => expect(flags(line)).toEqual(expected));
});
