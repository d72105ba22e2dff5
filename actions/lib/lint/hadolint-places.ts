/**
 * Where in an instruction a report of hadolint belongs: it says only in which line the instruction begins, and says the same
 * thing of one instruction once, however often it is the case.
 */
import type { Span } from './finding.ts';
import { type InstallCommand, type InstalledPackage, installsOf, type Manager } from './installs.ts';
import { invocationOf } from './invocation.ts';
import type { LintedInstruction } from './linted-dockerfile.ts';
import type { ShellCommand } from './shell-script.ts';
import { placeInScript } from './shellcheck-places.ts';

type Locate = (instruction: LintedInstruction) => Span | undefined;

const PLACES: Readonly<Record<string, Locate>> = {
  DL3001: starts('ssh', 'vim', 'shutdown', 'service', 'ps', 'free', 'top', 'kill', 'mount', 'ifconfig'),
  DL3003: starts('cd'),
  DL3004: named('sudo'),
  DL3008: unpinned('apt'),
  DL3009: says(['apt-get', 'apt'], 'update', 'install'),
  DL3013: either(unpinned('pip'), says(['pipx'], 'install', 'inject', 'run')),
  DL3014: lacks('apt', /^(?:--yes|--assume-yes|-[a-z]*y[a-z]*|-qq|-q=2)$/),
  DL3015: lacks('apt', /^--no-install-recommends$/),
  DL3016: unpinned('npm'),
  DL3018: unpinned('apk'),
  DL3019: lacks('apk', /^--no-cache$/),
  DL3027: named('apt'),
  DL3028: says(['gem'], 'install', 'i'),
  DL3030: lacks('dnf', /^(?:--assumeyes|-[a-z]*y[a-z]*)$/, 'yum'),
  DL3032: says(['yum'], 'install'),
  DL3033: either(unpinned('dnf', 'yum'), says(['yum'], 'install')),
  DL3034: says(['zypper'], 'install', 'in', 'remove', 'rm', 'patch'),
  DL3035: says(['zypper'], 'dist-upgrade', 'dup'),
  DL3036: says(['zypper'], 'install', 'in'),
  DL3037: says(['zypper'], 'install', 'in'),
  DL3038: lacks('dnf', /^(?:--assumeyes|-[a-z]*y[a-z]*)$/, 'dnf', 'microdnf'),
  DL3040: says(['dnf', 'microdnf'], 'install', 'in', 'upgrade', 'up', 'reinstall', 'rei'),
  DL3041: either(unpinned('dnf', 'dnf', 'microdnf'), says(['dnf', 'microdnf'], 'install')),
  DL3042: lacks('pip', /^--no-cache-dir$/),
  DL3046: starts('useradd'),
  DL3047: command(
    (one) =>
      programOf(one) === 'wget' &&
      !one.words.some(({ raw }) =>
        /^(?:--progress|--quiet|-q|-nv|--no-verbose|-o|-a|--output-file)/.test(raw),
      ),
  ),
  DL3060: says(['yarn'], 'install'),
  DL3062: says(['go'], 'install', 'get'),
  DL4001: starts('wget', 'curl'),
  DL4005: command((one) => programOf(one) === 'ln' && one.words.some(({ text }) => text === '/bin/sh')),
  DL4006: pipe,
};

/** The part of an instruction that a code of hadolint, with its message, is about; `null` where that is not known. */
export function placeInInstruction(
  code: string,
  message: string,
  instruction: LintedInstruction,
): Span | null {
  if (instruction.shell === null) return null;
  const found = PLACES[code]?.(instruction) ?? placeInScript(code, message, instruction.shell.commands);
  return found === undefined ? null : { start: found.start, end: found.end };
}

function programOf(one: ShellCommand): string | undefined {
  return invocationOf(one)?.program;
}

function command(isIt: (one: ShellCommand) => boolean): Locate {
  return ({ shell }) => shell?.commands.find(isIt);
}

function either(first: Locate, second: Locate): Locate {
  return (instruction) => first(instruction) ?? second(instruction);
}

function starts(...programs: readonly string[]): Locate {
  return command((one) => programs.includes(programOf(one) ?? ''));
}

/** The first word alone, which is what is wrong. */
function named(name: string): Locate {
  return ({ shell }) => shell?.commands.find((one) => one.name === name)?.words[0];
}

function says(programs: readonly string[], ...verbs: readonly string[]): Locate {
  return command((one) => {
    const invocation = invocationOf(one);
    return (
      invocation !== null &&
      programs.includes(invocation.program) &&
      invocation.args.some(({ text }) => verbs.includes(text ?? ''))
    );
  });
}

function installsBy(
  instruction: LintedInstruction,
  manager: Manager,
  programs: readonly string[],
): readonly InstallCommand[] {
  return installsOf(instruction).filter(
    (one) => one.manager === manager && (programs.length === 0 || programs.includes(one.program)),
  );
}

/** The first package that is not pinned, else the first that is a variable, else the first command. */
function unpinned(manager: Manager, ...programs: readonly string[]): Locate {
  return (instruction) => {
    const installs = installsBy(instruction, manager, programs);
    const packages = installs.flatMap((one) => one.packages);
    return (
      packages.find((one) => !isPinned(manager, one))?.word ??
      installs.flatMap((one) => one.others).find(({ text }) => text === null) ??
      installs[0]?.command
    );
  };
}

/** `a==1`, `a@1`, and of dnf `a-1`. */
function isPinned(manager: Manager, { name, constraint }: InstalledPackage): boolean {
  if (manager === 'npm') return constraint !== '';
  return /[=<>~!@]/.test(constraint) || (manager === 'dnf' && /-\d/.test(name));
}

/** The first command that installs without an option. */
function lacks(manager: Manager, option: RegExp, ...programs: readonly string[]): Locate {
  return (instruction) => {
    const installs = installsBy(instruction, manager, programs);
    const lacking = installs.find(({ options }) => !options.some(([name]) => option.test(name)));
    return (lacking ?? installs[0])?.command;
  };
}

/** The commands on both sides of the first `|`. */
function pipe({ shell }: LintedInstruction): Span | undefined {
  const commands = shell?.commands ?? [];
  const at = commands.findIndex(({ before }) => before === '|');
  const right = commands[at];
  const left = commands
    .slice(0, Math.max(0, at))
    .findLast((one) => one.within.length <= (right?.within.length ?? 0));
  return right === undefined ? undefined : { start: left?.start ?? right.start, end: right.end };
}
