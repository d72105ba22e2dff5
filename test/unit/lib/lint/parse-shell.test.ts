// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of shells
import { describe, expect, it } from '@jest/globals';
import { loadShellGrammar } from '../../../../actions/lib/lint/load-shell-grammar.ts';
import { parseShell } from '../../../../actions/lib/lint/parse-shell.ts';
import { wordValue } from '../../../../actions/lib/lint/shell-script.ts';

const grammar = await loadShellGrammar();
const read = (text: string) =>
  parseShell(grammar, { text, offsets: Array.from({ length: text.length + 1 }, (_, at) => at) });
const words = (text: string) =>
  read(text).commands.map((one) => one.words.map((word) => word.text ?? `?${word.raw}`));

describe('parseShell', () => {
  it.each<[string, readonly (readonly string[])[]]>([
    ['a b\n', [['a', 'b']]],
    [`a 'b c' "d e" f\\ g`, [['a', 'b c', 'd e', 'f g']]],
    [
      'a "b $X" $(c d)',
      [
        ['a', '?"b $X"', '?$(c d)'],
        ['c', 'd'],
      ],
    ],
    ['if a; then b; elif c; then d; else e; fi', [['a'], ['b'], ['c'], ['d'], ['e']]],
    ['for i in 1 2; do l $i; done', [['l', '?$i']]],
    ['while read x; do b; done', [['read', 'x'], ['b']]],
    ['(a; b) && { c; }', [['a'], ['b'], ['c']]],
    ['f() { a; }', [['a']]],
    ['case x in y) a;; *) b;; esac', [['a'], ['b']]],
    ['X=1 a b', [['a', 'b']]],
    ['export A=1 B', [['export', 'B']]],
    ['cat <<EOF > y && b\nhi\nEOF\nc', [['cat'], ['b'], ['c']]],
    ['a é "ü b" c', [['a', 'é', 'ü b', 'c']]],
    ['', []],
  ])('reads the words of %j', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it.each([
    ['a && b || c; d | e', ['-a&&', '&&b||', '||c;', ';d|', '|e-']],
    ['a\nb', ['-a;', ';b-']],
    ['cat <<EOF | b\nx\nEOF\n', ['-cat|', '|b-']],
  ])('tells how the commands of %j are joined', (text, expected) => {
    const joints = read(text).commands.map(
      ({ before, name, after }) => `${before || '-'}${name}${after || '-'}`,
    );
    expect(joints).toEqual(expected);
  });

  it.each<[string, readonly (readonly string[])[]]>([
    ['if a; then b; fi', [['condition'], ['branch']]],
    ['a & b', [['background'], []]],
    ['! a', [['negated']]],
    ['(a)', [['subshell']]],
    ['x "$(a | b)"', [[], ['substitution'], ['substitution']]],
  ])('tells within what the commands of %j stand', (text, expected) => {
    expect(read(text).commands.map(({ within }) => within)).toEqual(expected);
  });

  it('tells redirects from words, and keeps the words behind a target', () => {
    const [command] = read('pip install a>=1 b<2 c 2>/dev/null').commands;
    expect(command?.words.map(({ text }) => text)).toEqual(['pip', 'install', 'a', 'b', 'c']);
    const shown = command?.redirects.map(
      ({ descriptor, operator, target }) => descriptor + operator + target.text,
    );
    expect(shown).toEqual(['>=1', '<2', '2>/dev/null']);
  });

  it('gives the content of a here-document', () => {
    const [redirect] = read("python - <<'EOF'\nimport x\nEOF\n").commands[0]?.redirects ?? [];
    expect(redirect?.heredoc?.raw).toBe('import x\n');
  });

  it('fills in what is known, and nothing where one variable is not', () => {
    const [, one, other] = read(`a "x-\${A}y" $B`).commands[0]?.words ?? [];
    const lookup = (name: string) => (name === 'A' ? '1' : undefined);
    expect(one && wordValue(one, lookup)).toBe('x-1y');
    expect(other && wordValue(other, lookup)).toBeNull();
  });

  it('keeps words with several variables together, which the grammar does not', () => {
    const text = 'X=/a/$b/$c/d get h/$d/$e/f_1.$g $a-$b-c > $o/$p/q';
    const [command, ...more] = read(text).commands;
    expect(more).toEqual([]);
    expect(command?.assignments.map(({ value }) => value?.raw)).toEqual(['/a/$b/${c}/d']);
    expect(command?.words.map(({ raw }) => raw)).toEqual(['get', 'h/$d/${e}/f_1.$g', '$a-${b}-c']);
    expect(
      command?.words[1]?.parts.map((part) => (part.kind === 'variable' ? `$${part.name}` : part.kind)),
    ).toEqual(['text', '$d', 'text', '$e', 'text', '$g']);
    const places = [...(command?.words ?? []), ...(command?.redirects ?? [])];
    expect(places.map(({ start, end }) => text.slice(start, end))).toEqual([
      'get',
      'h/$d/$e/f_1.$g',
      '$a-$b-c',
      '> $o/$p/q',
    ]);
    expect(words('a \'$a/$b/c\' "$a/$b/c d" $a/$1/c')).toEqual([
      ['a', '$a/$b/c', '?"$a/$b/c d"', '?$a/${1}/c'],
    ]);
  });

  it('says what cannot be read, and reads the rest', () => {
    expect(read('a "b').problem).toContain('cannot be read');
    expect(read('a ) b').problem).toContain('cannot be read');
    expect(read('a; b').problem).toBeNull();
  });

  it.each<[string, string]>([
    ['brackets within brackets', '('.repeat(20_000)],
    ['substitutions within substitutions', '$('.repeat(50_000)],
    ['a group within groups', `${'{ '.repeat(3000)}a${'; }'.repeat(3000)}`],
    ['defaults within defaults', `a ${'${a:-'.repeat(20_000)}${'}'.repeat(20_000)}`],
    ['a word of ten million characters', 'a'.repeat(1e7)],
    ['NUL', 'a\0b'],
    ['a word of many variables', `a ${'$a/$b-c'.repeat(20_000)}`],
    ['a word of nothing but variables', `a ${'$a'.repeat(50_000)}`],
  ])('comes to an end with %s', (_, text) => {
    expect(read(text).commands.length).toBeLessThan(10);
  });

  it('reads a chain of twenty thousand commands', () => {
    const text = Array.from({ length: 20_000 }, (_, number) => `echo ${number}`).join(' && ');
    const { commands, problem } = read(text);
    expect([commands.length, problem, commands.at(-1)?.words[1]?.text]).toEqual([20_000, null, '19999']);
  });
});
