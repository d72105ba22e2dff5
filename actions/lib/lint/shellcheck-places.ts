/** Which command or word of a script a code of ShellCheck is about. */
import type { Span } from './finding.ts';
import type { ShellCommand, ShellWord } from './shell-script.ts';
import { BACKTICKS, SUBSTITUTION, unquotedText } from './unquoted-text.ts';

type Commands = readonly ShellCommand[];
type Locate = (commands: Commands) => Span | undefined;

/** `$?`, `$#` and the like are numbers. */
const VARIABLE = /\$(?:\{[A-Za-z_\d]|[A-Za-z_1-9*])/;
const DECLARES = new Set(['export', 'local', 'declare', 'readonly', 'typeset']);

const PLACES: Readonly<Record<string, Locate>> = {
  SC2002: command(({ name, words, after }) => name === 'cat' && words.length === 2 && after === '|'),
  SC2005: command(
    ({ name, words }) => name === 'echo' && words.length === 2 && /\$\(|`/.test(words[1]?.raw ?? ''),
  ),
  SC2006: word(({ raw }) => raw.includes('`')),
  SC2009: command(({ name, after }) => name === 'ps' && after === '|'),
  SC2010: command(({ name, after }) => name === 'ls' && after === '|'),
  SC2011: command(({ name, after }) => name === 'ls' && after === '|'),
  SC2012: command(({ name, after }) => name === 'ls' && after === '|'),
  SC2015: command(({ before, after }) => before === '&&' && after === '||'),
  SC2016: word(({ raw }) => /'[^']*[$`][^']*'/.test(raw)),
  SC2028: command(
    ({ name, words }) => name === 'echo' && words.some(({ raw }) => /["'][^"']*\\[nrt0x]/.test(raw)),
  ),
  SC2035: argument(({ raw }) => /^[*?]/.test(unquotedText(raw))),
  SC2046: argument(
    ({ raw }) => unquotedText(raw).includes(SUBSTITUTION) || unquotedText(raw).includes(BACKTICKS),
  ),
  SC2068: argument(({ raw }) => /\$@|\$\{@|\[@\]/.test(unquotedText(raw))),
  SC2086: unquotedVariable,
  SC2102: argument(({ raw }) => /\[[^\]]+\]/.test(unquotedText(raw))),
  SC2115: command(({ name }) => name === 'rm'),
  SC2155: command(
    ({ name, assignments }) =>
      DECLARES.has(name ?? '') &&
      assignments.some(({ value }) => value?.parts.some(({ kind }) => kind === 'other')),
  ),
  SC2164: command(
    ({ name, after, within }) =>
      ['cd', 'pushd', 'popd'].includes(name ?? '') &&
      after !== '&&' &&
      after !== '||' &&
      !within.includes('condition'),
  ),
  SC2174: command(({ name }) => name === 'mkdir'),
  SC3001: word(({ raw }) => /[<>]\(/.test(unquotedText(raw))),
  SC3003: word(({ raw }) => raw.includes("$'")),
  SC3009: word(({ raw }) => /(?<!\$)\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}/.test(unquotedText(raw))),
  SC3010: word(({ raw }) => raw.startsWith('[[')),
  SC3011: redirect('<<<'),
  SC3014: word(({ raw }) => /^\[ .* == /s.test(raw)),
  SC3020: redirect('&>', '&>>'),
  SC3030: (commands) =>
    commands.flatMap(({ assignments }) => assignments).find(({ value }) => value?.raw.startsWith('(')),
  SC3037: command(({ name, words }) => name === 'echo' && /^-[neE]+$/.test(words[1]?.raw ?? '')),
  SC3040: command(({ name, words }) => name === 'set' && words.some(({ raw }) => /^[-+]\w*o$/.test(raw))),
  SC3053: word(({ raw }) => /\$\{!/.test(raw)),
  SC3054: word(({ raw }) => /\$\{\w+\[/.test(raw)),
  SC3057: word(({ raw }) => /\$\{\w+:[^-+=?]/.test(raw)),
  SC3060: word(({ raw }) => /\$\{\w+\//.test(raw)),
};

/** The first place that a code, with its message, can be about; nothing where that is not known. */
export function placeInScript(code: string, message: string, commands: Commands): Span | undefined {
  return PLACES[code]?.(commands) ?? placeOfName(message, commands);
}

/** Some messages name a variable, or a command that is not in every shell. */
function placeOfName(message: string, commands: Commands): Span | undefined {
  const variable = /^(\w+) (?:is referenced|appears unused|may not be assigned)/.exec(message)?.[1];
  if (variable !== undefined) return placeOfVariable(variable, commands);
  const [, feature = ''] = /^In POSIX sh, (.+) (?:is|are) undefined/.exec(message) ?? [];
  const [name = '', flag] = feature.replace(/['"`]/g, '').split(' ');
  const isIt = (one: ShellCommand) =>
    one.name === name && (flag?.startsWith('-') !== true || one.words.some(({ raw }) => raw === flag));
  return name === '' ? undefined : (commands.find(isIt) ?? placeOfVariable(name, commands));
}

function placeOfVariable(name: string, commands: Commands): Span | undefined {
  const uses = word(({ parts }) => parts.some((part) => part.kind === 'variable' && part.name === name))(
    commands,
  );
  return uses ?? commands.flatMap(({ assignments }) => assignments).find((one) => one.name === name);
}

/** Variables that the script itself gives a plain value need no quotes. */
function unquotedVariable(commands: Commands): Span | undefined {
  const given = new Map<string, boolean>();
  for (const { name, value } of commands.flatMap(({ assignments }) => assignments)) {
    given.set(name, (given.get(name) ?? true) && /^[^\s*?[]*$/.test(value?.text ?? ' '));
  }
  const isBare = ({ raw }: ShellWord) => !raw.startsWith('[[') && VARIABLE.test(unquotedText(raw));
  const isPlain = ({ parts }: ShellWord) =>
    parts.every((part) => part.kind !== 'variable' || given.get(part.name) === true);
  return argument((one) => isBare(one) && !isPlain(one))(commands) ?? argument(isBare)(commands);
}

function command(isIt: (one: ShellCommand) => boolean | undefined): Locate {
  return (commands) => commands.find((one) => isIt(one) === true);
}

/** Words of commands, of what they are redirected to, and of assignments. */
function word(isIt: (one: ShellWord) => boolean): Locate {
  return (commands) =>
    commands
      .flatMap(({ words, redirects, assignments }) => [
        ...assignments.flatMap(({ value }) => value ?? []),
        ...words,
        ...redirects.map(({ target }) => target),
      ])
      .find(isIt);
}

/** Words that the shell would split: not what is assigned. A test is one word. */
function argument(isIt: (one: ShellWord) => boolean): Locate {
  return (commands) =>
    commands
      .flatMap(({ words, redirects }) => [
        ...(words.length === 1 ? words : words.slice(1)),
        ...redirects.filter(({ heredoc }) => heredoc === null).map(({ target }) => target),
      ])
      .find(isIt);
}

function redirect(...operators: readonly string[]): Locate {
  return (commands) =>
    commands.flatMap(({ redirects }) => redirects).find(({ operator }) => operators.includes(operator));
}
