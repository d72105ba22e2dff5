/** What instructions install, by the manager that installs it. */
import { invocationOf } from './invocation.ts';
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import { lineageOf } from './linted-dockerfile.ts';
import { type ShellCommand, type ShellWord, wordValue } from './shell-script.ts';

/** Managers of packages; `apt` stands for `apt-get`, `pip` for `uv pip`, `conda` for `mamba`, `npm` for `yarn` and `pnpm`. */
export type Manager = 'apt' | 'apk' | 'dnf' | 'pip' | 'conda' | 'npm';

/** One package that one command installs. */
export interface InstalledPackage {
  /** As its manager compares names: of Python in lower case with `-`. */
  readonly name: string;
  /** What follows the name, such as `==2.1.0`, `=1.2-3`, `[extra]>=2`; nothing where any will do. */
  readonly constraint: string;
  readonly word: ShellWord;
}

/** A command that installs. */
export interface InstallCommand {
  readonly manager: Manager;
  /** As written: `uv pip`, `mamba`, `yarn`. */
  readonly program: string;
  readonly command: ShellCommand;
  readonly instruction: LintedInstruction;
  readonly packages: readonly InstalledPackage[];
  /** Options with their values, in order: `['--index-url', 'https://…']`; a value is `null` where none is known. */
  readonly options: readonly (readonly [string, string | null])[];
  /** Words that are packages but depend on what is not known, or are paths, addresses and archives. */
  readonly others: readonly ShellWord[];
}

interface Grammar {
  readonly manager: Manager;
  readonly verbs: readonly string[];
  /** Options that take the next word. */
  readonly withValue: readonly string[];
}

const APT: Grammar = {
  ...{ manager: 'apt', verbs: ['install'] },
  withValue: ['-t', '--target-release', '-o', '--option', '-c', '--config-file', '-a', '--host-architecture'],
};
const DNF: Grammar = {
  ...{ manager: 'dnf', verbs: ['install'] },
  withValue: [
    '--setopt',
    '--enablerepo',
    '--disablerepo',
    '--installroot',
    '--releasever',
    '-c',
    '--repo',
    '-x',
    '--exclude',
  ],
};
const PIP: Grammar = {
  ...{ manager: 'pip', verbs: ['install'] },
  withValue: [
    ...[
      '-r',
      '--requirement',
      '-c',
      '--constraint',
      '-e',
      '--editable',
      '-i',
      '--index-url',
      '--extra-index-url',
      '--index',
    ],
    ...[
      '-f',
      '--find-links',
      '-t',
      '--target',
      '--prefix',
      '--root',
      '--platform',
      '--python-version',
      '--python',
      '-p',
    ],
    ...[
      '--implementation',
      '--abi',
      '--no-binary',
      '--only-binary',
      '--cache-dir',
      '--timeout',
      '--retries',
      '--proxy',
    ],
    ...[
      '--trusted-host',
      '--cert',
      '--client-cert',
      '--src',
      '--upgrade-strategy',
      '--progress-bar',
      '--log',
      '--report',
    ],
    ...[
      '-C',
      '--config-settings',
      '--config-setting',
      '--global-option',
      '--default-timeout',
      '--default-index',
    ],
    ...[
      '--torch-backend',
      '--index-strategy',
      '--link-mode',
      '--resolution',
      '--exclude-newer',
      '--override',
      '--build-constraint',
    ],
  ],
};
const CONDA: Grammar = {
  ...{ manager: 'conda', verbs: ['install', 'create'] },
  withValue: [
    '-c',
    '--channel',
    '-n',
    '--name',
    '-p',
    '--prefix',
    '--file',
    '-f',
    '--solver',
    '--repodata-fn',
  ],
};
const APK: Grammar = {
  ...{ manager: 'apk', verbs: ['add'] },
  withValue: ['--virtual', '-t', '--repository', '-X', '-p', '--root', '--arch', '--keys-dir', '--cache-dir'],
};
const NPM: Grammar = {
  ...{ manager: 'npm', verbs: ['install', 'i', 'add'] },
  withValue: [
    '--prefix',
    '--registry',
    '--cache',
    '--omit',
    '--include',
    '-w',
    '--workspace',
    '--loglevel',
    '-C',
    '--dir',
  ],
};

const GRAMMARS: ReadonlyMap<string, Grammar> = new Map([
  ...['apt-get', 'apt', 'aptitude'].map((name) => [name, APT] as const),
  ...['dnf', 'yum', 'microdnf'].map((name) => [name, DNF] as const),
  ...['pip', 'uv pip'].map((name) => [name, PIP] as const),
  ...['conda', 'mamba', 'micromamba'].map((name) => [name, CONDA] as const),
  ...['npm', 'yarn', 'pnpm'].map((name) => [name, NPM] as const),
  ['apk', APK],
]);

const known = new WeakMap<LintedInstruction, readonly InstallCommand[]>();

/** Every command of an instruction that installs packages. */
export function installsOf(instruction: LintedInstruction): readonly InstallCommand[] {
  const before = known.get(instruction);
  if (before !== undefined) return before;
  const found = (instruction.keyword === 'RUN' ? (instruction.shell?.commands ?? []) : []).flatMap(
    (command) => {
      const install = installOf(command, instruction);
      return install === null ? [] : [install];
    },
  );
  known.set(instruction, found);
  return found;
}

/** Every command that installs into a stage or one that it stands on, in order. */
export function installsInto(stage: LintedStage): readonly InstallCommand[] {
  return lineageOf(stage).flatMap(({ instructions }) => instructions.flatMap(installsOf));
}

/** Values of the options of any of these names. */
export function optionValues(
  { options }: InstallCommand,
  ...names: readonly string[]
): readonly (string | null)[] {
  return options.flatMap(([name, value]) => (names.includes(name) ? [value] : []));
}

function installOf(command: ShellCommand, instruction: LintedInstruction): InstallCommand | null {
  const invocation = invocationOf(command);
  const grammar = invocation === null ? undefined : GRAMMARS.get(invocation.program);
  if (invocation === null || grammar === undefined) return null;
  const { manager, verbs } = grammar;
  const { options, words } = splitOptions(invocation.args, grammar, (name) =>
    instruction.variables.get(name),
  );
  const [verb, ...wanted] = words;
  if (verb === undefined || !verbs.includes(verb.value ?? '')) return null;
  const read = wanted.map(({ value, word }) => ({
    word,
    found: value === null ? null : packageOf(manager, value, word),
  }));
  return {
    ...{ manager, program: invocation.program, command, instruction, options },
    packages: read.flatMap(({ found }) => found ?? []),
    others: read.flatMap(({ word, found }) => (found === null ? word : [])),
  };
}

interface Valued {
  readonly word: ShellWord;
  readonly value: string | null;
}

function splitOptions(
  args: readonly ShellWord[],
  { withValue }: Grammar,
  lookup: (name: string) => string | null | undefined,
): { readonly options: InstallCommand['options']; readonly words: readonly Valued[] } {
  const options: (readonly [string, string | null])[] = [];
  const words: Valued[] = [];
  const values = args.map((word) => ({ word, value: wordValue(word, lookup) }));
  for (let at = 0; at < values.length; at++) {
    const { word, value } = values[at] as Valued;
    if (value === null || !/^-./.test(value)) {
      words.push({ word, value });
      continue;
    }
    const [, name = value, given] = /^(--[^=]+)=(.*)$/s.exec(value) ?? [];
    const takesNext = given === undefined && withValue.includes(name) && at + 1 < values.length;
    options.push([name, given ?? (takesNext ? (values[at + 1]?.value ?? null) : '')]);
    if (takesNext) at += 1;
  }
  return { options, words };
}

function packageOf(manager: Manager, text: string, word: ShellWord): InstalledPackage | null {
  if (/:\/\/|^\.|\/.*\/|\.(?:deb|rpm|whl|apk|tar\.gz|zip)(?:[#?]|$)/.test(text)) return null;
  const pattern =
    manager === 'npm'
      ? /^(@[^/@]+\/[^@]+|[^@/]+)(?:@(.*))?$/
      : /^([A-Za-z0-9][\w.+-]*?)((?:\[[^\]]*\])?\s*(?:[=<>!~;:@ ].*)?)$/;
  const match = pattern.exec(text.trim());
  if (match === null) return null;
  const name = match[1] ?? '';
  return {
    name: manager === 'pip' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name,
    ...{ constraint: (match[2] ?? '').trim(), word },
  };
}
