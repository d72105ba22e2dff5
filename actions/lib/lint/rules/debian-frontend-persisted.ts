import type { Fix } from '../finding.ts';
import { type LintedDockerfile, type LintedInstruction, lineageOf } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';
import { shippedStages } from '../shipped-stages.ts';

const NAME = 'DEBIAN_FRONTEND';

/** `ENV DEBIAN_FRONTEND` is still there when someone works in the container. */
export const debianFrontendPersisted: Rule = {
  id: 'debian-frontend-persisted',
  severity: 'info',
  title: 'The variable DEBIAN_FRONTEND stays set in the image',
  covers: [],
  *check(file, project) {
    // To an image on top of this one it is what keeps apt from asking.
    const isNeeded = isStoodOn(file, project);
    for (const stage of shippedStages(file)) {
      const set = stage.instructions.filter(setsFrontend);
      const last = set.at(-1);
      if (last === undefined || frontendOf(last) === null) continue;
      for (const instruction of set) {
        const value = frontendOf(instruction);
        if (value !== null) yield draft(instruction, value, isNeeded);
      }
    }
  },
};

/** Another Dockerfile of the project makes an image on top of one of these, and installs with apt. */
function isStoodOn({ source: { file } }: LintedDockerfile, { dockerfiles }: LintedProject): boolean {
  const ours = new Set(dockerfiles.flatMap(({ source, stages }) => (source.file === file ? stages : [])));
  const others = dockerfiles.filter(({ source }) => source.file !== file).flatMap(({ stages }) => stages);
  return others.some(
    (stage) =>
      lineageOf(stage).some((one) => ours.has(one)) &&
      lineageOf(stage).some(
        (one) =>
          !ours.has(one) &&
          one.instructions.some(
            ({ keyword, body }) => keyword === 'RUN' && /\bapt(?:-get)?\b|\.sh\b/.test(body.text),
          ),
      ),
  );
}

function setsFrontend({ command }: LintedInstruction): boolean {
  return command.kind === 'env' && command.pairs.some(({ name }) => name === NAME);
}

/** The value as written; nothing where the variable is not set, or set to what it is without. */
function frontendOf({ command }: LintedInstruction): string | null {
  const value = command.kind === 'env' ? command.pairs.find(({ name }) => name === NAME)?.value : undefined;
  return value === undefined || /^["']?(?:dialog|newt|readline|teletype|text)?["']?$/i.test(value)
    ? null
    : value;
}

function draft(instruction: LintedInstruction, value: string, isNeeded: boolean): Draft {
  const { start, end, command } = instruction;
  const message = `"${NAME}" keeps the value "${value.replace(/^(["'])(.*)\1$/, '$2')}" in every container of the image: ARG sets it for the build alone`;
  if (command.kind !== 'env' || command.pairs.length > 1 || isNeeded) return { start, end, message };
  const edits = [{ start, end, text: `ARG ${NAME}=${value}` }];
  const fix: Fix = { description: 'set it with ARG', safe: true, edits };
  return { start, end, message, fix };
}
