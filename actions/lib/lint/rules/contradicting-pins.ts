import { type InstallCommand, type InstalledPackage, installsOf } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import type { LintedStage } from '../linted-dockerfile.ts';
import { allows, exactVersion } from '../python-versions.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';
import { placedInstructions } from '../stage-places.ts';

/** Where a version was pinned. */
interface Pin {
  readonly version: string;
  readonly install: InstallCommand;
}

/** Older ones are installed on purpose to build one package, and newer ones afterwards. */
const TOOLS = new Set(['pip', 'setuptools', 'wheel', 'cython', 'ninja', 'packaging', 'build', 'hatchling']);
const ELSEWHERE =
  /^(?:--target|-t|--prefix|--root|--python|-p|--force-reinstall|--user|--no-deps|--platform|--python-version|--dry-run)$/;

/** A package of Python that is pinned to one version, and to another one further down. */
export const contradictingPins: Rule = {
  id: 'contradicting-pins',
  severity: 'warning',
  title: 'A Python package is pinned to two different versions',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      const pins = new Map<string, Pin>();
      for (const { instruction, stage: of } of placedInstructions(stage)) {
        forgetRemoved(instruction.shell?.commands ?? [], pins);
        const isHere = of === stage;
        for (const install of installsOf(instruction).filter(isPlain)) {
          for (const one of install.packages) {
            const draft = compare(one, install, pins, stage);
            if (draft !== null && isHere) yield draft;
          }
        }
      }
    }
  },
};

/** One environment, one certain command. */
function isPlain({ manager, command, options }: InstallCommand): boolean {
  const isCertain = command.before !== '||' && command.after !== '||' && command.within.length === 0;
  return manager === 'pip' && isCertain && !options.some(([name]) => ELSEWHERE.test(name));
}

function forgetRemoved(commands: readonly ShellCommand[], pins: Map<string, Pin>): void {
  for (const command of commands) {
    const used = invocationOf(command);
    if (!/^(?:uv )?pip$/.test(used?.program ?? '') || used?.args[0]?.text !== 'uninstall') continue;
    for (const key of pins.keys())
      if (used.args.some(({ text }) => key.endsWith(`:${text}`))) pins.delete(key);
  }
}

function compare(
  one: InstalledPackage,
  install: InstallCommand,
  pins: Map<string, Pin>,
  stage: LintedStage,
): Draft | null {
  if (TOOLS.has(one.name)) return null;
  const key = `${environmentOf(install)}:${one.name}`;
  const before = pins.get(key);
  const version = exactVersion(one.constraint);
  if (version !== null) pins.set(key, { version, install });
  if (before === undefined || one.constraint === '' || allows(one.constraint, before.version) !== false)
    return null;
  return draft(one, before, install, stage);
}

/** Which interpreter it is for, by the words in front of `install`, and what decides between interpreters. */
function environmentOf({ command, instruction }: InstallCommand): string {
  const at = command.words.findIndex(({ text }) => text === 'install');
  const words = command.words.slice(0, at).map(({ raw }) => raw.replace(/^(pip|python)3$/, '$1'));
  const program = words.join(' ').replace(/^(?:sudo )?(?:-\S+ )*(?:python -m )?(?:uv )?pip(?: .*)?$/, 'pip');
  const { variables } = instruction;
  return [program, String(variables.get('PATH')), String(variables.get('VIRTUAL_ENV'))].join('|');
}

function draft(
  { name, constraint, word }: InstalledPackage,
  pin: Pin,
  install: InstallCommand,
  stage: LintedStage,
): Draft {
  const { start, end } = word;
  const later = constraint.replace(/^\[[^\]]*\]/, '');
  if (pin.install.command === install.command) {
    const message = `"${name}" is asked for with "==${pin.version}" and "${later}" in one command, which pip refuses: keep one`;
    return { start, end, message, severity: 'error' };
  }
  const where = stage.instructions.includes(pin.install.instruction) ? 'before' : 'in a stage below';
  const message = `"${name}${later}" replaces version ${pin.version}, which was pinned ${where}: what was installed for that one now runs with another; keep one pin`;
  return { start, end, message };
}
