/** Packages that are compiled with CUDA while they are installed. */
import { posix } from 'node:path';
import known from './data/cuda-extensions.json' with { type: 'json' };
import type { Span } from './finding.ts';
import { type InstallCommand, installsOf, optionValues } from './installs.ts';
import { invocationOf } from './invocation.ts';
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';
import { pythonPackages } from './python-packages.ts';
import { type ShellCommand, wordValue } from './shell-script.ts';
import { placedInstructions } from './stage-places.ts';

/** What is known of such a package. */
export interface CudaExtension {
  readonly names: readonly string[];
  /** Environment variables that name the architectures; one is enough. */
  readonly variables: readonly string[];
  /** What the build does where nothing names them and there is no GPU. */
  readonly without: 'fails' | 'cpu' | 'all';
  /** Is built without CUDA where there is no GPU, unless `FORCE_CUDA` is `1`. */
  readonly forceCuda: boolean;
  /** The package index has no wheels of it that fit. */
  readonly sourceOnly: boolean;
  /** The package index has it under this name. */
  readonly byName: boolean;
  readonly source: string;
}

/** A command that compiles one. */
export interface ExtensionBuild extends Span {
  readonly extension: CudaExtension;
  /** As written: a name, an address or a folder. */
  readonly written: string;
  readonly stage: LintedStage;
  readonly instruction: LintedInstruction;
  readonly command: ShellCommand;
  /** `null` for `python setup.py`. */
  readonly install: InstallCommand | null;
  /** Taken from the package index by its name. */
  readonly isByName: boolean;
}

const EXTENSIONS = known.extensions as readonly CudaExtension[];
const SETUP_COMMANDS = new Set(['build', 'build_ext', 'install', 'develop', 'bdist_wheel']);

/** Extensions that the instructions of a stage itself compile, in order. */
export function extensionBuilds(stage: LintedStage, project: LintedProject): readonly ExtensionBuild[] {
  return placedInstructions(stage).flatMap(({ instruction, stage: of, folder }) =>
    of === stage && instruction.keyword === 'RUN' ? buildsIn(instruction, stage, folder ?? '/', project) : [],
  );
}

function buildsIn(
  instruction: LintedInstruction,
  stage: LintedStage,
  start: string,
  project: LintedProject,
): readonly ExtensionBuild[] {
  const installs = installsOf(instruction);
  const found: ExtensionBuild[] = [];
  let folder = start;
  const byCommand = new Map(installs.map((install) => [install.command, install]));
  for (const command of instruction.shell?.commands ?? []) {
    const invocation = invocationOf(command);
    const args = invocation?.args.map((word) => wordValue(word, (name) => instruction.variables.get(name)));
    if (command.name === 'cd' || command.name === 'pushd') folder = folderAfter(folder, args?.[0] ?? '?');
    const where: Where = { stage, instruction, command, folder, project };
    const install = byCommand.get(command);
    if (install?.manager === 'pip') found.push(...pipBuilds(install, where));
    else if (invocation?.program === 'python' && isSetup(args ?? [])) {
      const extension = ofFolder(folder, project);
      const { start: from, end } = command;
      if (extension !== null)
        found.push({
          ...{ extension, written: folder, stage, instruction, command, start: from, end },
          ...{ install: null, isByName: false },
        });
    }
  }
  return found;
}

/** No folder has a longer path. */
function folderAfter(folder: string, into: string): string {
  return folder.length > 4096 ? folder : posix.resolve(folder, into);
}

interface Where {
  readonly stage: LintedStage;
  readonly instruction: LintedInstruction;
  readonly command: ShellCommand;
  readonly folder: string;
  readonly project: LintedProject;
}

function isSetup(args: readonly (string | null)[]): boolean {
  const at = args.findIndex((arg) => arg !== null && /(?:^|\/)setup\.py$/.test(arg));
  return at !== -1 && args.slice(at + 1).some((arg) => SETUP_COMMANDS.has(arg ?? ''));
}

function pipBuilds(install: InstallCommand, where: Where): readonly ExtensionBuild[] {
  const { stage, instruction, command, folder, project } = where;
  const common = { stage, instruction, command, install };
  const named = install.packages.flatMap(({ name, constraint, word }) => {
    if (/^(?:\[[^\]]*\])?\s*@/.test(constraint)) {
      const extension = ofAddress(constraint, folder, project);
      return extension === null ? [] : [{ ...common, ...place(word), extension, isByName: false }];
    }
    const extension = EXTENSIONS.find(({ names, byName }) => byName && names.includes(name));
    return extension === undefined ? [] : [{ ...common, ...place(word), extension, isByName: true }];
  });
  const lookup = (name: string) => instruction.variables.get(name);
  const others = install.others.flatMap((word) => {
    const value = wordValue(word, lookup);
    const extension = value === null ? null : ofAddress(value, folder, project);
    if (extension === null) return [];
    const at = place(word);
    const written = /^\.\/?(?:\[|$)/.test(at.written) ? folder : at.written;
    return [{ ...common, ...at, written, extension, isByName: false }];
  });
  const editable = optionValues(install, '-e', '--editable').flatMap((value) => {
    const extension = value === null ? null : ofAddress(value, folder, project);
    const span = { start: command.start, end: command.end, written: value ?? '' };
    return extension === null ? [] : [{ ...common, ...span, extension, isByName: false }];
  });
  return [...named, ...others, ...editable, ...listedBuilds(install, where)];
}

/** Those that a file of requirements names. */
function listedBuilds(
  install: InstallCommand,
  { stage, instruction, command, project }: Where,
): readonly ExtensionBuild[] {
  if (optionValues(install, '-r', '--requirement', '--requirements').length === 0) return [];
  const file = project.dockerfiles.find(({ stages }) => stages.includes(stage));
  if (file === undefined) return [];
  return [...pythonPackages(stage, file, project).byName.values()].flatMap((listed) => {
    const extension = EXTENSIONS.find(({ names, byName }) => byName && names.includes(listed.name));
    if (listed.install !== install || listed.file === null || extension === undefined) return [];
    const written = `${listed.name}" in "${listed.file}`;
    const { start, end } = command;
    return [{ extension, written, stage, instruction, command, install, isByName: true, start, end }];
  });
}

function place({ raw, start, end }: Span & { readonly raw: string }): Span & { readonly written: string } {
  return { written: raw.replace(/^['"]|['"]$/g, ''), start, end };
}

/** Of an address such as `git+https://github.com/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch`, or of a folder. */
function ofAddress(address: string, folder: string, project: LintedProject): CudaExtension | null {
  if (/\.(?:whl|zip|tar\.gz)(?:[#?]|$)/.test(address)) return null;
  if (!/:\/\/|^git@|^\s*@/.test(address))
    return ofFolder(posix.resolve(folder, address.replace(/\[[^[\]]*\]$/, '')), project);
  const [where = '', fragment = ''] = address.replace(/^[^@]*@\s*(?=git|https?:)/, '').split('#');
  const names = `${where}/${fragment}`.split(/[/=&]/).map(normalName);
  // Earlier than 0.4 it was compiled when it was first used.
  if (names.includes('nvdiffrast') && /@v?0\.[0-3]\b/.test(where)) return null;
  return EXTENSIONS.find((one) => one.names.some((name) => names.includes(name))) ?? null;
}

function ofFolder(folder: string, project: LintedProject): CudaExtension | null {
  const names = folder.split('/').map(normalName);
  const extension = EXTENSIONS.find((one) => one.names.some((name) => names.includes(name)));
  return extension ?? ofSource(folder, project);
}

function normalName(text: string): string {
  return text
    .replace(/@.*$/, '')
    .replace(/\.git$/, '')
    .toLowerCase()
    .replace(/[-_.]+/g, '-');
}

/** A folder of the project whose `setup.py` compiles with CUDA. */
function ofSource(folder: string, project: LintedProject): CudaExtension | null {
  const parts = folder.split('/').filter((part) => part !== '');
  for (let from = 0; from < parts.length; from++) {
    const path = `${parts.slice(from).join('/')}/setup.py`;
    const file = project.files.find((one) => one === path);
    const text = file === undefined ? null : project.read(file);
    if (text === null) continue;
    if (!/\bCUDAExtension\(/.test(text)) return null;
    const forceCuda = text.includes('FORCE_CUDA');
    return {
      ...{ names: [parts.at(-1) ?? ''], variables: ['TORCH_CUDA_ARCH_LIST'], forceCuda, source: path },
      ...{ without: /is_available\(\)/.test(text) ? 'cpu' : 'fails', sourceOnly: false, byName: false },
    };
  }
  return null;
}
