import { posix } from 'node:path';
import { cleanSource, matchesOf } from '../copied-files.ts';
import { statesOf } from '../image-programs.ts';
import { installsOf } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import type { LintedDockerfile, LintedInstruction, LintedStage } from '../linted-dockerfile.ts';
import { factsOf, lineageOf } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { KNOWN_PROGRAMS } from '../program-providers.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';
import { fileOf, type PlacedCopy, placedInstructions } from '../stage-places.ts';

/** A step calls a program that the image does not hold yet. */
export const commandMissing: Rule = {
  id: 'command-missing',
  severity: 'error',
  title: 'A step calls a program that is not installed',
  covers: [],
  *check(file, project) {
    for (const stage of file.stages) {
      if (isChosen(stage)) continue;
      const said = new Set<number>();
      for (const program of programsOf(stage)) {
        const draft = draftFor(program, stage, file, project);
        if (draft === null || said.has(draft.start)) continue;
        // Of Python without pip one thing is said.
        if (OF_ENVIRONMENTS.has(program)) said.add(draft.start);
        yield draft;
      }
    }
  },
};

/** The base is whatever image a build is given; the default is one of many. */
function isChosen(stage: LintedStage): boolean {
  return lineageOf(stage)[0]?.from.body.text.trimStart().startsWith('$') ?? true;
}

/** Environments that are made elsewhere bring a Python of any name. */
const OF_ENVIRONMENTS = new Set(['python', 'python3', 'pip']);

function mayHaveEnvironment(stage: LintedStage): boolean {
  return placedInstructions(stage).some(
    ({ instruction: { keyword, command, flags } }) =>
      keyword === 'SHELL' ||
      flags.some((flag) => /\bfrom=/.test(flag)) ||
      (command.kind === 'env' &&
        command.pairs.some(
          ({ name, value }) => name === 'VIRTUAL_ENV' || (name === 'PATH' && !isOfCuda(value)),
        )),
  );
}

function isOfCuda(path: string): boolean {
  return path
    .replace(/["']/g, '')
    .split(':')
    .every((one) => /^(?:\$\{?PATH\}?|\/usr\/local\/(?:cuda|nvidia)[\w./-]*)$/.test(one));
}

function programsOf({ instructions }: LintedStage): ReadonlySet<string> {
  const found = new Set<string>();
  for (const instruction of instructions) {
    if (instruction.keyword !== 'RUN') continue;
    for (const command of instruction.shell?.commands ?? []) {
      for (const program of calledBy(command, instruction)) found.add(program);
    }
  }
  return found;
}

function calledBy(command: ShellCommand, instruction: LintedInstruction): readonly string[] {
  const first = command.words[0]?.text ?? '';
  // Whoever asks for a program is prepared for the answer.
  if (first === 'command') return [];
  // Of `SHELL` or of the first line of a here-document.
  const shell = instruction.interpreter?.[0]?.replace(/^\/(?:usr\/)?bin\//, '') ?? '';
  const named = [first, invocationOf(command)?.program ?? '', shell === 'bash' ? shell : ''];
  const isPip = installsOf(instruction).some((one) => one.command === command && one.manager === 'pip');
  const clones = isPip && command.words.some(({ raw }) => /^["']?(?:[\w.[\],-]+\s*@\s*)?git\+/.test(raw));
  const others = [...named, ...(clones ? ['git'] : [])].filter((name) => !OF_ENVIRONMENTS.has(name));
  return [...others.filter((name) => KNOWN_PROGRAMS.has(name)), ...pythonIn(command)];
}

/** Those without a version and a folder: with one they come from elsewhere. */
function pythonIn({ words }: ShellCommand): readonly string[] {
  const [first = '', option, module] = words.map(({ text }) => text ?? '');
  if (first === 'pip' || first === 'pip3') return ['pip'];
  if (first !== 'python' && first !== 'python3') return [];
  return option === '-m' && module === 'pip' ? [first, 'pip'] : [first];
}

function draftFor(
  program: string,
  stage: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): Draft | null {
  if (OF_ENVIRONMENTS.has(program) && mayHaveEnvironment(stage)) return null;
  const isCopied = (copy: PlacedCopy) => mayHold(copy, program, file, project);
  const byCommand = new Map(
    stage.instructions.flatMap((one) =>
      (one.shell?.commands ?? []).map((command) => [command, one] as const),
    ),
  );
  for (const { state, command } of statesOf(stage, program, isCopied)) {
    if (state !== 'missing' || command === null || !isCertain(command)) continue;
    const instruction = byCommand.get(command);
    if (instruction === undefined || !calledBy(command, instruction).includes(program)) continue;
    if (instruction.flags.some((flag) => /target=\/(?:usr\/(?:local\/)?)?s?bin|target=\/(?:,|$)/.test(flag)))
      return null;
    const { start, end } = command;
    return { start, end, message: messageFor(program, command, stage) };
  }
  return null;
}

/** Neither asked for, nor something that may fail, nor in a branch that is perhaps never taken. */
function isCertain({ before, after, within }: ShellCommand): boolean {
  return (
    before !== '||' && after !== '||' && within.every((one) => one === 'substitution' || one === 'subshell')
  );
}

/** Of a copy that lays a whole folder over the system it is known what is in it. */
function mayHold(copy: PlacedCopy, program: string, file: LintedDockerfile, project: LintedProject): boolean {
  const context = copy.from === '' ? project.contextOf(fileOf(copy.stage, file, project)) : null;
  if (context === null || copy.destination === null || copy.sources.includes(null)) return true;
  return copy.sources.some((source) => {
    const files = matchesOf(source ?? '', context);
    // What is not there, such as an archive that is unpacked or an address, may hold anything.
    if (files.length === 0 || /:\/\/|\.t(?:ar|gz|xz)/.test(source ?? '')) return true;
    const top = cleanSource(source ?? '');
    return [...files, top].some((path) => posix.basename(path) === program || /\.t(?:ar|gz|xz)/.test(path));
  });
}

const PACKAGES: Readonly<Record<string, string>> = {
  nc: 'netcat-openbsd',
  netcat: 'netcat-openbsd',
  ps: 'procps',
  pgrep: 'procps',
  netstat: 'net-tools',
  ss: 'iproute2',
  pg_isready: 'postgresql-client',
  supervisord: 'supervisor',
  lsb_release: 'lsb-release',
  'locale-gen': 'locales',
  gpg: 'gnupg',
  pip: 'python3-pip',
  python: 'python-is-python3',
  useradd: 'shadow',
  groupadd: 'shadow',
  usermod: 'shadow',
};

function messageFor(program: string, command: ShellCommand, stage: LintedStage): string {
  const isCalled =
    program === 'bash' ||
    OF_ENVIRONMENTS.has(program) ||
    command.words.some(({ text }) => text === program || text?.endsWith(`/${program}`) === true);
  const what = isCalled ? `"${program}" is called here` : `pip clones with "${program}" here`;
  const isApt = factsOf(stage)?.distribution?.name !== 'alpine';
  const sudo = program === 'sudo' ? "; steps are root's, as a rule: leave it out, or" : ':';
  const name = isApt
    ? (PACKAGES[program] ?? program)
    : program === 'nc'
      ? program
      : (PACKAGES[program] ?? program);
  return `${what}, but the base image does not hold it and nothing installs it before${sudo} install "${name}" in an earlier step or before it in this one`;
}
