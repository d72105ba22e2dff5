import type { Fix } from '../finding.ts';
import type { LintedInstruction, LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { shippedStages } from '../shipped-stages.ts';

const NAME = 'DEBIAN_FRONTEND';

/** `ENV DEBIAN_FRONTEND` is still there when someone works in the container. */
export const debianFrontendPersisted: Rule = {
  id: 'debian-frontend-persisted',
  severity: 'info',
  title: 'The variable DEBIAN_FRONTEND stays set in the image',
  covers: [],
  *check(file) {
    for (const stage of shippedStages(file)) {
      for (const instruction of stage.instructions) {
        const value = frontendOf(instruction);
        if (value !== null && !isResetLater(instruction, stage)) yield draft(instruction, value);
      }
    }
  },
};

/** The value as written; nothing where the variable is not set, or set to what it is without. */
function frontendOf({ command }: LintedInstruction): string | null {
  const value = command.kind === 'env' ? command.pairs.find(({ name }) => name === NAME)?.value : undefined;
  return value === undefined || /^["']?(?:dialog|newt|readline|teletype|text)?["']?$/i.test(value)
    ? null
    : value;
}

function isResetLater(instruction: LintedInstruction, { instructions }: LintedStage): boolean {
  return instructions
    .slice(instructions.indexOf(instruction) + 1)
    .some(({ command }) => command.kind === 'env' && command.pairs.some(({ name }) => name === NAME));
}

function draft(instruction: LintedInstruction, value: string): Draft {
  const { start, end, command } = instruction;
  const message = `"${NAME}" keeps the value "${value.replace(/^(["'])(.*)\1$/, '$2')}" in every container of the image: ARG sets it for the build alone`;
  if (command.kind !== 'env' || command.pairs.length > 1) return { start, end, message };
  const edits = [{ start, end, text: `ARG ${NAME}=${value}` }];
  const fix: Fix = { description: 'set it with ARG', safe: true, edits };
  return { start, end, message, fix };
}
