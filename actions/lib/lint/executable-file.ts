import type { CopiedFile } from './copied-files.ts';
import type { LintedStage } from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';
import { placedInstructions } from './stage-places.ts';

/** Whether a copied file may be started by its name: git says so, the copy does, or a step may give it the permission. */
export function mayBeExecuted(
  { file, copy }: CopiedFile,
  leaf: LintedStage,
  { executables, files }: LintedProject,
): boolean {
  if (executables === null || !files.includes(file) || executables.has(file)) return true;
  return (
    copy.instruction.flags.some((flag) => flag.startsWith('--chmod')) ||
    placedInstructions(leaf).some(
      ({ instruction }) =>
        instruction.keyword === 'RUN' &&
        /\bchmod\b|\binstall\b[^&|;\n]* -\w*m ?0?[0-7]{3}/.test(instruction.body.text),
    )
  );
}
