import type { LintedInstruction } from './linted-dockerfile.ts';
import type { ShellVariable } from './shell-script.ts';

/** What they run may set any variable. */
const SETS_ANY = /^(?:\.|source|eval|getopts|mapfile|readarray)$/;

/**
 * The variables that the script of an instruction takes from outside: it reads them, says nothing of what to take instead, and
 * does not set them. None where anything may be set.
 */
export function readVariables({ shell, command }: LintedInstruction): readonly ShellVariable[] {
  if (shell === null || shell.commands.some(({ name }) => SETS_ANY.test(name ?? ''))) return [];
  const options = command.kind === 'run' ? command.mounts.flat() : [];
  const mounted = options.flatMap(({ name, value }) => (name === 'env' ? (value ?? '') : []));
  return shell.variables.filter(
    ({ name, isPlain }) => isPlain && !shell.sets.has(name) && !mounted.includes(name),
  );
}
