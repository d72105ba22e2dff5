import type { LintedInstruction } from './linted-dockerfile.ts';

/** BuildKit gives these a value, yet in a stage only below an `ARG` that names them. */
export const PLATFORM_VARIABLE = /^(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)$/;

/** The names that `ARG` and `ENV` of these instructions declare. */
export function declaredNames(instructions: readonly LintedInstruction[]): readonly string[] {
  return instructions.flatMap(({ command }) => {
    if (command.kind === 'arg') return command.args.map(({ name }) => name);
    return command.kind === 'env' ? command.pairs.map(({ name }) => name) : [];
  });
}
