import { finalStage, type LintedDockerfile, type LintedStage, lineageOf } from './linted-dockerfile.ts';

/** Stages whose layers are published: the last one, those that no other stage copies from, and what these stand on. */
export function shippedStages(file: LintedDockerfile): readonly LintedStage[] {
  const used = new Set(file.stages.flatMap((stage) => [...namesUsed(stage)]));
  const targets = file.stages.filter(
    (stage) => stage === finalStage(file) || !(used.has(stage.name ?? '') || used.has(String(stage.index))),
  );
  const shipped = new Set(targets.flatMap(lineageOf));
  return file.stages.filter((stage) => shipped.has(stage));
}

/** Names and numbers in `COPY --from=` and `RUN --mount=from=`, and what the stage stands on. */
function namesUsed({ base, instructions }: LintedStage): ReadonlySet<string> {
  const names = new Set<string>();
  if (base.kind === 'stage') names.add(base.stage.name ?? String(base.stage.index));
  for (const { command } of instructions) {
    if (command.kind === 'copy') names.add(command.from.toLowerCase());
    if (command.kind !== 'run') continue;
    for (const { name, value } of command.mounts.flat())
      if (name === 'from') names.add((value ?? '').toLowerCase());
  }
  return names;
}
