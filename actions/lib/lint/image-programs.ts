/** Whether a program is in an image, as far as its Dockerfile and the name of its base say. */
import { bringsPackage } from './apt-dependencies.ts';
import { type InstallCommand, installsOf } from './installs.ts';
import { invocationOf } from './invocation.ts';
import type { LintedStage } from './linted-dockerfile.ts';
import { factsOf } from './linted-dockerfile.ts';
import {
  bringsNoPython,
  HEAVY,
  KNOWN_PROGRAMS,
  LEAN,
  lackedBy,
  OFTEN_BROUGHT,
  PROVIDERS,
} from './program-providers.ts';
import type { ShellCommand } from './shell-script.ts';
import { copyOf, type PlacedCopy, placedInstructions } from './stage-places.ts';

/** `unknown` wherever something may have brought it or taken it away. */
export type ProgramState = 'there' | 'missing' | 'unknown';

/** Whether a program is in what a stage makes. */
export function programState(stage: LintedStage, program: string): ProgramState {
  let last: ProgramState = 'unknown';
  for (const { state } of statesOf(stage, program)) last = state;
  return last;
}

/** A command with the state in which it finds a program; without one, what comes after all of them. */
interface Moment {
  readonly state: ProgramState;
  readonly command: ShellCommand | null;
  readonly stage: LintedStage;
}

/**
 * Whether a program is there at each command of a stage and those that it stands on, and in the end.
 * @param isCopied tells whether the context holds it; where nobody knows, a copy of everything may bring it
 */
export function* statesOf(
  stage: LintedStage,
  program: string,
  isCopied: (copy: PlacedCopy) => boolean = () => true,
): Generator<Moment> {
  const facts = factsOf(stage);
  if (facts === null || !KNOWN_PROGRAMS.has(program)) return;
  let state: ProgramState = lackedBy(facts).includes(program) ? 'missing' : 'unknown';
  for (const placed of placedInstructions(stage)) {
    const copy = copyOf(placed);
    if (copy !== null && state === 'missing' && mayBring(copy, program) && isCopied(copy)) state = 'unknown';
    const { instruction } = placed;
    if (instruction.keyword !== 'RUN') continue;
    const { shell } = instruction;
    if (shell === null || shell.problem !== null) {
      state = 'unknown';
      continue;
    }
    const installs = new Map(installsOf(instruction).map((install) => [install.command, install]));
    for (const command of shell.commands) {
      yield { state, command, stage: placed.stage };
      state = afterCommand(state, command, installs.get(command), program);
    }
  }
  yield { state, command: null, stage };
}

function mayBring({ from, sources, destination }: PlacedCopy, program: string): boolean {
  if (destination === null || sources.includes(null)) return true;
  if (destination.endsWith(`/${program}`)) return true;
  if (sources.some((source) => source?.endsWith(`/${program}`) === true || source === program)) return true;
  if (from === '') return /^\/(?:usr\/(?:local\/)?)?s?bin$|^\/$/.test(destination);
  return (
    /^\/(?:usr(?:\/s?bin)?|s?bin|usr\/local(?:\/s?bin)?)?$/.test(destination) ||
    destination.startsWith('/opt')
  );
}

function afterCommand(
  state: ProgramState,
  command: ShellCommand,
  install: InstallCommand | undefined,
  program: string,
): ProgramState {
  if (install !== undefined) return afterInstall(state, install, program);
  if (isRemoval(command, program)) return state === 'there' ? 'missing' : state;
  return state === 'missing' && mayMake(command, program) ? 'unknown' : state;
}

function afterInstall(before: ProgramState, install: InstallCommand, program: string): ProgramState {
  const { manager, packages, others } = install;
  const pattern = PROVIDERS[program]?.[manager];
  if (pattern !== undefined && packages.some(({ name }) => pattern.test(name))) return 'there';
  if (before !== 'missing' || manager === 'npm') return before;
  if (manager === 'pip') return pattern === undefined ? before : 'unknown';
  if (manager === 'conda') return pattern === undefined ? before : 'unknown';
  const asPackage = program === 'ps' || program === 'pgrep' ? 'procps' : program;
  if (manager === 'apt' && bringsPackage(install, asPackage) === true) return 'there';
  const isOpen =
    others.length > 0 || packages.length === 0 || packages.some(({ name }) => isHeavy(name, program));
  return isOpen ? 'unknown' : before;
}

function isHeavy(name: string, program: string): boolean {
  return (
    HEAVY.test(name) || (OFTEN_BROUGHT.has(program) && !LEAN.test(name) && !bringsNoPython(name, program))
  );
}

function isRemoval(command: ShellCommand, program: string): boolean {
  const { program: manager, args } = invocationOf(command) ?? { program: '', args: [] };
  const [verb, ...rest] = args.flatMap(({ text }) => (text === null || text.startsWith('-') ? [] : text));
  const removes =
    (/^(?:apt|apt-get|aptitude)$/.test(manager) && /^(?:remove|purge|autoremove)$/.test(verb ?? '')) ||
    (manager === 'apk' && verb === 'del');
  const pattern = PROVIDERS[program]?.[manager === 'apk' ? 'apk' : 'apt'];
  return removes && pattern !== undefined && rest.some((name) => pattern.test(name));
}

const OPEN =
  /^(?:sh|bash|zsh|source|\.|make|cmake|dpkg|rpm|gdebi|tar|unzip|ansible-playbook|bazel|ninja|update-alternatives)$/;
const PYTHON_MAKERS = /^(?:conda|mamba|micromamba|uv|uvx|pyenv|virtualenv|poetry|pipenv|python|pip)$/;

/** Anything but a package manager that may put a program into the image; using it shows that it is there. */
function mayMake({ words, name }: ShellCommand, program: string): boolean {
  // A variable alone starts nothing.
  if (name === null) return words.length > 0;
  const invoked = invocationOf({ words })?.program ?? name;
  if (OPEN.test(invoked) || isPath(words[0]?.text ?? '')) return true;
  if (/^(?:python3?|pip)$/.test(program) && PYTHON_MAKERS.test(invoked)) return true;
  return [name, invoked, ...words.slice(1).map(({ raw }) => raw)].some(
    (raw) => raw === program || raw.replace(/["']/g, '').endsWith(`/${program}`),
  );
}

function isPath(word: string): boolean {
  return word.includes('/') && !/^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(word);
}
