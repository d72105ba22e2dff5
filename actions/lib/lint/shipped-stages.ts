import { finalStage, type LintedDockerfile, type LintedStage, lineageOf } from './linted-dockerfile.ts';

/**
 * Stages whose layers are published: the last one, those that no other stage copies from or may stand on, and what these
 * stand on.
 */
export function shippedStages(file: LintedDockerfile): readonly LintedStage[] {
  const used = new Set(file.stages.flatMap((stage) => [...namesUsed(stage)]));
  const isUsed = (stage: LintedStage) =>
    used.has(stage.name ?? '') || used.has(String(stage.index)) || isChoice(stage, file);
  const targets = file.stages.filter((stage) => stage === finalStage(file) || !isUsed(stage));
  const shipped = new Set(targets.flatMap(lineageOf));
  return file.stages.filter((stage) => shipped.has(stage));
}

/** `FROM build-${KIND}` takes one stage of several, and not always the same. */
function isChoice({ index, name }: LintedStage, { stages }: LintedDockerfile): boolean {
  return stages.slice(index + 1).some(({ base, from: { command } }) => {
    if (base.kind !== 'stage' || command.kind !== 'from' || !command.base.includes('$')) return false;
    return mayBe(command.base.toLowerCase().split(/\$(?:\w+|\{[^}]*\})/), name?.toLowerCase() ?? '');
  });
}

/** Whether a name can be made of these parts with anything between them. */
function mayBe([first = '', ...rest]: readonly string[], name: string): boolean {
  const last = rest.pop() ?? '';
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last))
    return false;
  let at = first.length;
  for (const part of rest) {
    at = name.indexOf(part, at);
    if (at === -1) return false;
    at += part.length;
  }
  return at + last.length <= name.length;
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
