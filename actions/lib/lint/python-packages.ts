/** Python packages that an image is given, requirements files read. */
import { posix } from 'node:path';
import { copiedFiles, matchesOf } from './copied-files.ts';
import { type InstallCommand, installsOf, optionValues } from './installs.ts';
import { invocationOf } from './invocation.ts';
import type { LintedDockerfile, LintedStage } from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';
import { fileOf, inFolder, type PlacedInstruction, placedInstructions } from './stage-places.ts';

/** A package that something asks for. */
export interface PythonPackage {
  /** Lower case with `-`. */
  readonly name: string;
  /** What follows the name: `[extra]>=2`. */
  readonly constraint: string;
  readonly install: InstallCommand;
  /** The requirements file that names it, from the root of the project; `null` where the command itself does. */
  readonly file: string | null;
}

/** All packages by name; `isComplete` unless others may have been asked for. */
export interface PythonPackages {
  readonly byName: ReadonlyMap<string, PythonPackage>;
  readonly isComplete: boolean;
}

const known = new WeakMap<LintedStage, PythonPackages>();

/** Packages that are installed into a stage and those that it stands on. */
export function pythonPackages(
  stage: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): PythonPackages {
  const before = known.get(stage);
  if (before !== undefined) return before;
  const byName = new Map<string, PythonPackage>();
  let isComplete = true;
  for (const placed of placedInstructions(stage)) {
    if (placed.instruction.keyword !== 'RUN') continue;
    if (opensWorld(placed)) isComplete = false;
    for (const install of installsOf(placed.instruction)) {
      const found = packagesOf(install, placed, stage, file, project);
      for (const one of found.packages) byName.set(one.name, one);
      isComplete &&= found.isComplete;
    }
  }
  const result = { byName, isComplete };
  known.set(stage, result);
  return result;
}

interface Found {
  readonly packages: readonly PythonPackage[];
  readonly isComplete: boolean;
}

function packagesOf(
  install: InstallCommand,
  placed: PlacedInstruction,
  stage: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): Found {
  if (install.manager === 'conda') return { packages: [], isComplete: false };
  if (install.manager !== 'pip') return { packages: [], isComplete: true };
  const named = install.packages.map(({ name, constraint }) => ({ name, constraint, install, file: null }));
  const found: Found[] = [{ packages: named, isComplete: install.others.length === 0 }];
  if (optionValues(install, '-e', '--editable').length > 0) found.push({ packages: [], isComplete: false });
  for (const path of optionValues(install, '-r', '--requirement', '--requirements')) {
    const at = requirementsFile(path, placed, stage, file, project);
    const text = at === null ? null : project.read(at);
    const read = at === null || text === null ? null : requirementsIn(text, at, project);
    found.push({
      packages: (read?.packages ?? []).map((one) => ({ ...one, install })),
      isComplete: read?.isComplete ?? false,
    });
  }
  return {
    packages: found.flatMap(({ packages }) => packages),
    isComplete: found.every((one) => one.isComplete),
  };
}

/** Where a requirements file of the image comes from. */
function requirementsFile(
  path: string | null,
  { folder }: PlacedInstruction,
  stage: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): string | null {
  const absolute = inFolder(folder, path);
  const copied = absolute === null ? undefined : copiedFiles(stage, file, project).byPath.get(absolute);
  if (copied !== undefined) return copied.file;
  // A bind mount, or a folder that `cd` goes into: the only file of the context with this name.
  const context = project.contextOf(fileOf(stage, file, project));
  if (context === null || path === null) return null;
  const name = posix.basename(path);
  const same = matchesOf('.', context).filter((one) => posix.basename(one) === name);
  return same.length === 1 ? posix.join(context.folder, same[0] ?? '') : null;
}

interface Requirements {
  readonly packages: readonly Pick<PythonPackage, 'name' | 'constraint' | 'file'>[];
  readonly isComplete: boolean;
}

/** Reads a requirements file and those that it names. */
function requirementsIn(
  text: string,
  file: string,
  project: LintedProject,
  above: readonly string[] = [],
  seen: Set<string> = new Set([file]),
): Requirements {
  const read = text
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => requirementIn(line.replace(/(?:^|\s)#.*$/, '').trim(), file, project, above, seen));
  return {
    packages: read.flatMap(({ packages }) => packages),
    isComplete: read.every(({ isComplete }) => isComplete),
  };
}

const NOTHING: Requirements = { packages: [], isComplete: true };
const UNKNOWN: Requirements = { packages: [], isComplete: false };

function requirementIn(
  line: string,
  file: string,
  project: LintedProject,
  above: readonly string[],
  seen: Set<string>,
): Requirements {
  const other = /^(?:-r|--requirement)[\s=]+(\S+)/.exec(line)?.[1];
  if (other !== undefined) {
    const path = posix.join(posix.dirname(file), other);
    if (above.includes(path)) return UNKNOWN;
    // One that several files name is read once.
    if (seen.has(path)) return NOTHING;
    seen.add(path);
    const text = project.read(path);
    return text === null ? UNKNOWN : requirementsIn(text, path, project, [...above, file], seen);
  }
  if (line === '' || /^-(?!e\b|-editable)/.test(line)) return NOTHING;
  const match = /^([A-Za-z0-9][\w.-]*)\s*((?:\[[^\]]*\])?.*)$/.exec(line);
  if (match === null || /^(?:git\+|https?:|file:)|^[\w.-]+\//.test(line)) return UNKNOWN;
  const [, name = '', constraint = ''] = match;
  return { packages: [{ name: normalName(name), constraint: constraint.trim(), file }], isComplete: true };
}

/** One spelling for one package, as pip compares them. */
function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

const OTHER_MANAGERS =
  /^(?:poetry|pipenv|pdm|hatch|conda|mamba|micromamba|make|sh|bash|source|\.|pixi|pipx|rye|easy_install)$/;

/** Whether a step may install Python packages in a way that is not read. */
function opensWorld({ instruction }: PlacedInstruction): boolean {
  const { shell } = instruction;
  if (shell === null || shell.problem !== null) return true;
  return shell.commands.some(({ words }) => {
    const { program, args } = invocationOf({ words }) ?? { program: '', args: [] };
    if (program === '' || OTHER_MANAGERS.test(program) || /^\.{0,2}\/.*\.sh$/.test(words[0]?.text ?? ''))
      return true;
    if (program === 'python') return /\.py$|^setup\.py$/.test(args[0]?.text ?? '');
    if (/^(?:apt|apt-get)$/.test(program))
      return args.some(({ text }) => /^python3-(?!pip|dev|venv|setuptools|wheel|distutils)/.test(text ?? ''));
    return program === 'uv' && /^(?:sync|add|run|tool)$/.test(args[0]?.text ?? '');
  });
}
