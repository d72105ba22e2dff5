import type { LintedDockerfile, LintedInstruction } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';

/** BuildKit and the tools in a build read these themselves. */
const READ_ELSEWHERE =
  /^(?:BUILDKIT_|(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT|STAGE)$|SOURCE_DATE_EPOCH$|(?:https?|ftp|no|all)_proxy$)/i;

/** `ARG V=1` that nothing reads: what is given for it changes nothing. */
export const buildArgUnused: Rule = {
  id: 'build-arg-unused',
  severity: 'info',
  title: 'A build argument that nothing reads',
  covers: [],
  *check(file) {
    const all = [
      ...file.globals,
      ...file.stages.flatMap(({ from, instructions }) => [from, ...instructions]),
    ];
    for (const instruction of file.globals) yield* unread(instruction, all, file);
    for (const { instructions } of file.stages) {
      for (const instruction of instructions) {
        // Programs of a `RUN` find it among their variables, whatever its text says.
        const isSeen = instructions.some(
          ({ keyword, start }) => keyword === 'RUN' && start > instruction.start,
        );
        if (!isSeen && !isStoodOn(file, instructions)) yield* unread(instruction, all, file);
      }
    }
  },
};

function isStoodOn(file: LintedDockerfile, instructions: readonly LintedInstruction[]): boolean {
  return file.stages.some(({ base }) => base.kind === 'stage' && base.stage.instructions === instructions);
}

function* unread(
  instruction: LintedInstruction,
  all: readonly LintedInstruction[],
  { source }: LintedDockerfile,
): Iterable<Draft> {
  if (instruction.command.kind !== 'arg') return;
  for (const { name } of instruction.command.args) {
    if (!/^\w+$/.test(name) || READ_ELSEWHERE.test(name)) continue;
    const word = new RegExp(`\\b${name}\\b`);
    const isNamed = all.some(
      (one) =>
        one.start > instruction.start &&
        one !== instruction &&
        word.test(source.text.slice(one.start, one.end)),
    );
    if (isNamed) continue;
    const message = `nothing reads "ARG ${name}", so that what is given for it changes nothing; remove it, or use it`;
    yield { start: instruction.start, end: instruction.end, message };
  }
}
