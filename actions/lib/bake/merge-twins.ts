/** Finds targets that are built in the same way, such as the services of a Compose file that share one image. */
import type { PlacedTarget } from './place-targets.ts';

/** Targets without their twins, and by the name of a twin the one that stands for it. */
export interface MergedTargets {
  readonly merged: readonly PlacedTarget[];
  readonly twins: ReadonlyMap<string, string>;
}

/** Leaves the first of targets that differ in nothing but their names. */
export function mergeTwins(placed: readonly PlacedTarget[]): MergedTargets {
  const first = new Map<string, PlacedTarget>();
  const twins = new Map<string, string>();
  for (const one of placed) {
    const build = buildOf(one);
    const twin = first.get(build);
    if (twin === undefined) first.set(build, one);
    else twins.set(one.target.name, twin.target.name);
  }
  return { merged: [...first.values()], twins };
}

function buildOf({
  target: { name: _, others, ...target },
  context,
  dockerfile,
  platforms,
}: PlacedTarget): string {
  return JSON.stringify([
    ...[context, dockerfile, platforms, target.target, target.tags, target.outputs, [...others]],
    ...[target.args, target.labels, target.contexts].map((record) => Object.entries(record).sort()),
    target.secrets,
  ]);
}
