/** What `git` fetches in a stage, and which commit of it is taken in the end. */
import { invocationOf } from './invocation.ts';
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import type { ShellCommand, ShellWord } from './shell-script.ts';
import { valueAt } from './word-value.ts';

/** One `git clone`. */
export interface GitClone {
  readonly instruction: LintedInstruction;
  readonly command: ShellCommand;
  /** `null` where it is not known. */
  readonly url: string | null;
  /** What is checked out last: `''` for the default branch, `null` where it is not known. */
  readonly ref: string | null;
}

const WITH_VALUE = new Set([
  ...['-b', '--branch', '--revision', '--depth', '-o', '--origin', '-c', '--config', '-j', '--jobs', '-u'],
  ...[
    '--reference',
    '--separate-git-dir',
    '--shallow-since',
    '--shallow-exclude',
    '--filter',
    '--template',
    '-C',
  ],
]);

interface GitCommand {
  readonly instruction: LintedInstruction;
  readonly command: ShellCommand;
  readonly verb: string;
  readonly words: readonly (string | null)[];
  /** Those behind the verb: `-C` and `-c` before it mean other things. */
  readonly options: ReadonlyMap<string, string | null>;
  /** Folder that it is in: of `-C`, of the last `cd` or of `WORKDIR`. */
  readonly folder: string | null;
}

/** The clones of a stage. */
export function gitClonesOf(stage: LintedStage): readonly GitClone[] {
  const commands = gitCommandsOf(stage);
  return commands.flatMap((one, index) => {
    if (one.verb !== 'clone') return [];
    const [url = null, into = null] = one.words;
    const { instruction, command } = one;
    return { instruction, command, url, ref: refOf(one, into ?? folderOf(url), commands.slice(index + 1)) };
  });
}

function refOf(clone: GitCommand, folder: string | null, later: readonly GitCommand[]): string | null {
  const { options } = clone;
  const asked = ['--revision', '--branch', '-b'].find((name) => options.has(name));
  let ref = asked === undefined ? '' : (options.get(asked) ?? null);
  let isNewest = true;
  for (const one of later) {
    if (one.verb === 'clone') isNewest = false;
    const isHere = isNewest || (folder !== null && nameOf(one.folder) === nameOf(folder));
    const target = isHere ? targetOf(one) : undefined;
    if (target !== undefined) ref = target;
  }
  return ref;
}

/** What `git checkout` and its like move the work tree to; nothing where they do not. */
function targetOf({ verb, words, options }: GitCommand): string | null | undefined {
  if (options.has('--')) return undefined;
  if (verb === 'checkout' || verb === 'switch') {
    const isNew = ['-b', '-B', '-c', '-C'].some((name) => options.has(name));
    const target = words[isNew ? 1 : 0];
    return target === 'FETCH_HEAD' ||
      /^\.|\.(?:txt|py|json|toml|cfg|sh|lock|ya?ml|h|c\w*)$/.test(target ?? '')
      ? undefined
      : target;
  }
  if (verb === 'reset') return options.has('--hard') && words.length > 0 ? fromHead(words[0]) : undefined;
  if (verb === 'fetch') return words.length > 1 ? words[1] : undefined;
  return undefined;
}

function fromHead(target: string | null | undefined): string | null | undefined {
  return target === 'HEAD' || target === 'FETCH_HEAD' ? undefined : target;
}

function gitCommandsOf(stage: LintedStage): readonly GitCommand[] {
  const found: GitCommand[] = [];
  let workdir: string | null = null;
  for (const instruction of stage.instructions) {
    if (instruction.keyword === 'WORKDIR') workdir = instruction.body.text;
    if (instruction.keyword !== 'RUN') continue;
    let folder = workdir;
    for (const command of instruction.shell?.commands ?? []) {
      const value = (word: ShellWord) => valueAt(word, command, instruction);
      if (command.name === 'cd' || command.name === 'pushd') {
        folder = command.words[1] === undefined ? null : value(command.words[1]);
      }
      const git = readGit(command, value);
      if (git === null) continue;
      const { globals, ...rest } = git;
      found.push({ ...rest, instruction, command, folder: globals.get('-C') ?? folder });
    }
  }
  return found;
}

function readGit(
  command: ShellCommand,
  value: (word: ShellWord) => string | null,
): (Pick<GitCommand, 'verb' | 'words' | 'options'> & { readonly globals: GitCommand['options'] }) | null {
  const invocation = invocationOf(command);
  if (invocation?.program !== 'git') return null;
  const [globals, options] = [new Map<string, string | null>(), new Map<string, string | null>()];
  const words: (string | null)[] = [];
  for (let at = 0; at < invocation.args.length; at++) {
    const word = invocation.args[at] as ShellWord;
    const text = value(word);
    const option = optionOf(word, text);
    const { name, given } = option ?? { name: '' };
    const into = words.length === 0 ? globals : options;
    if (text === '--') options.set('--', '');
    else if (option === null) words.push(text);
    else if (given !== undefined || !takesValue(name, words[0]))
      into.set(name, given === undefined ? '' : given);
    else {
      at += 1;
      const next = invocation.args[at];
      into.set(name, next === undefined ? null : value(next));
    }
  }
  return { verb: words[0] ?? '', words: words.slice(1), options, globals };
}

/** `given` is `null` where nothing says what stands behind `--branch=`, and missing where nothing stands there. */
function optionOf(
  { parts: [first] }: ShellWord,
  text: string | null,
): { readonly name: string; readonly given?: string | null } | null {
  const written = text ?? (first?.kind === 'text' ? first.text : '');
  const [, name, given] = /^(--?[^=]+)(?:=(.*))?$/s.exec(written) ?? [];
  if (name === undefined || (text === null && given === undefined)) return null;
  return given === undefined ? { name } : { name, given: text === null ? null : given };
}

/** `git checkout -b name` has the name as its word, and `-c` of `switch` too. */
function takesValue(name: string, verb: string | null | undefined): boolean {
  if (verb === undefined) return name === '-C' || name === '-c';
  if (verb === 'fetch') return name === '--depth';
  return verb === 'clone' && WITH_VALUE.has(name);
}

function folderOf(url: string | null): string | null {
  return url?.replace(/\/+$/, '').replace(/\.git$/, '') ?? null;
}

function nameOf(folder: string | null): string | null {
  return folder?.replace(/\/+$/, '').split('/').at(-1) ?? null;
}
