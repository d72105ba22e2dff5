/** What a command starts, once `sudo`, `env` and `python -m` are seen through. */
import type { ShellCommand, ShellWord } from './shell-script.ts';

/** A program with its arguments. */
export interface Invocation {
  /** Without folder and without version: `pip` of `/opt/venv/bin/pip3.11`, of `python3 -m pip`, and `uv pip` of `uv pip`. */
  readonly program: string;
  /** After the words of `program`. */
  readonly args: readonly ShellWord[];
}

const PREFIXES = new Set([
  'sudo',
  'env',
  'time',
  'nice',
  'nohup',
  'exec',
  'command',
  'gosu',
  'xargs',
  'then',
  'stdbuf',
]);

/** The program that a command starts; `null` where its name is not literal. */
export function invocationOf({ words }: Pick<ShellCommand, 'words'>): Invocation | null {
  let at = 0;
  while (PREFIXES.has(nameOf(words[at]) ?? '')) {
    at += 1;
    while (/^-|^\w+=/.test(words[at]?.text ?? '')) at += 1;
  }
  const name = nameOf(words[at]);
  if (name === null) return null;
  const program = name.replace(/^(pip|python|pypy)[\d.]+$/, '$1');
  if (program === 'python') {
    const module = words[at + 1]?.text === '-m' ? words[at + 2]?.text : null;
    if (module === 'pip') return { program: 'pip', args: words.slice(at + 3) };
    return { program, args: words.slice(at + 1) };
  }
  if (program === 'uv' && words[at + 1]?.text === 'pip')
    return { program: 'uv pip', args: words.slice(at + 2) };
  return { program, args: words.slice(at + 1) };
}

function nameOf(word: ShellWord | undefined): string | null {
  return word?.text?.split('/').at(-1) ?? null;
}
