/** What `curl`, `wget` and their like fetch in a stage, and where to. */
import { invocationOf } from './invocation.ts';
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import type { ShellCommand, ShellWord } from './shell-script.ts';
import { lenientValueAt } from './word-value.ts';

/** One address that one command fetches. */
export interface Download {
  readonly instruction: LintedInstruction;
  readonly command: ShellCommand;
  /** `\0` in place of what is not known. */
  readonly url: string;
  /** Name of the file without folders, `null` for standard output or where it is not known. */
  readonly file: string | null;
}

const WITH_VALUE: Readonly<Record<string, readonly string[]>> = {
  curl: [
    ...[
      '-o',
      '--output',
      '-H',
      '--header',
      '-d',
      '--data',
      '-X',
      '--request',
      '-u',
      '--user',
      '-A',
      '--user-agent',
    ],
    ...[
      '--retry',
      '--retry-delay',
      '--retry-max-time',
      '--connect-timeout',
      '-m',
      '--max-time',
      '--proto',
      '-x',
    ],
    ...[
      '--cacert',
      '-e',
      '--output-dir',
      '-w',
      '--write-out',
      '--limit-rate',
      '-b',
      '-c',
      '-E',
      '-T',
      '--proto-redir',
    ],
  ],
  wget: [
    ...[
      '-O',
      '--output-document',
      '-P',
      '--directory-prefix',
      '--header',
      '-t',
      '--tries',
      '-T',
      '--timeout',
      '-U',
    ],
    ...[
      '--user',
      '--password',
      '-o',
      '-a',
      '-i',
      '-w',
      '--wait',
      '--user-agent',
      '-e',
      '--waitretry',
      '-Q',
      '--progress',
    ],
  ],
  aria2c: ['-o', '--out', '-d', '--dir', '-x', '-s', '-k', '-j', '--header'],
  gdown: ['-O', '--output'],
};
const OUTPUT = new Set(['-o', '--output', '-O', '--output-document', '--out']);

/** The downloads of a stage, in order. */
export function downloadsOf({ instructions }: LintedStage): readonly Download[] {
  return instructions
    .filter(({ keyword }) => keyword === 'RUN')
    .flatMap((instruction) =>
      (instruction.shell?.commands ?? []).flatMap((command) => downloadsBy(command, instruction)),
    );
}

function downloadsBy(command: ShellCommand, instruction: LintedInstruction): readonly Download[] {
  const invocation = invocationOf(command);
  const withValue = WITH_VALUE[invocation?.program ?? ''];
  if (invocation === null || withValue === undefined) return [];
  const value = (word: ShellWord) => lenientValueAt(word, command, instruction);
  const { urls, outputs } = readWords(invocation.program, invocation.args.map(value), withValue);
  const redirect = command.redirects.find(({ operator }) => operator === '>' || operator === '>>');
  return urls.map((url, index) => ({
    ...{ instruction, command, url },
    file:
      redirect !== undefined
        ? nameOf(value(redirect.target))
        : outputOf(invocation.program, url, outputs, index),
  }));
}

interface Words {
  readonly urls: readonly string[];
  /** In order; `#1` stands for the name that the address ends with. */
  readonly outputs: readonly string[];
}

function readWords(program: string, args: readonly string[], withValue: readonly string[]): Words {
  const urls: string[] = [];
  const outputs: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const text = args[at] ?? '';
    const { name, value } = readOption(text, withValue);
    if (program === 'curl' && /^-[a-zA-Z]*O[a-zA-Z]*$|^--remote-name$/.test(text)) outputs.push('#1');
    if (name === null) {
      if (/^(?:https?|ftp):\/\//.test(text)) urls.push(text);
      continue;
    }
    // `-o` of wget is the file of its log.
    if (OUTPUT.has(name) && !(program === 'wget' && name === '-o')) outputs.push(value ?? args[at + 1] ?? '');
    if (value === null) at += 1;
  }
  return { urls, outputs };
}

/** An option that has a value, and the value where it is in the same word: `--output=a`, `-qO-`. */
function readOption(
  text: string,
  withValue: readonly string[],
): { name: string | null; value: string | null } {
  const [, long = '', given = ''] = /^(--[^=]+)=(.*)$/s.exec(text) ?? [];
  if (withValue.includes(long)) return { name: long, value: given };
  if (withValue.includes(text)) return { name: text, value: null };
  // `-fsSLo` ends with an option that takes the next word.
  const last = /^-[a-zA-Z]*([a-zA-Z])$/.exec(text)?.[1];
  if (last !== undefined && withValue.includes(`-${last}`)) return { name: `-${last}`, value: null };
  const glued = /^-[a-zA-Z]*?O(.+)$/s.exec(text)?.[1];
  if (glued !== undefined && withValue.includes('-O')) return { name: '-O', value: glued };
  return { name: null, value: null };
}

function outputOf(program: string, url: string, outputs: readonly string[], index: number): string | null {
  const output = outputs[index] ?? (outputs.length === 1 && program === 'wget' ? outputs[0] : undefined);
  if (output === undefined) return program === 'curl' ? null : nameOf(url);
  if (output === '#1') return nameOf(url);
  return output === '-' || output === '' ? null : nameOf(output);
}

function nameOf(path: string): string | null {
  const name =
    path
      .replace(/[?#].*$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1) ?? '';
  return name === '' ? null : name;
}
