/** Which Dockerfile makes the image that a container runs. */
import { posix } from 'node:path';
import type { LintedDockerfile, LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { ImageBuild } from './image-build.ts';
import { fits } from './image-names.ts';
import type { ImageUse } from './image-use.ts';
import type { Orchestration } from './read-orchestration.ts';

/** A container with the stage of a Dockerfile that it runs. */
export interface TiedUse {
  readonly use: ImageUse;
  readonly stage: LintedStage;
}

const known = new WeakMap<Orchestration, ReadonlyMap<ImageUse, ImageBuild>>();

/** The containers that run what a Dockerfile makes. */
export function usesOf(file: LintedDockerfile, project: LintedProject): readonly TiedUse[] {
  return [...tiesOf(project.orchestration)].flatMap(([use, build]) => {
    const stage = build.dockerfile === file.source.file ? stageOf(file, build) : null;
    return stage === null ? [] : { use, stage };
  });
}

/** The builds by a Dockerfile. */
export function buildsOf(file: LintedDockerfile, project: LintedProject): readonly ImageBuild[] {
  return project.orchestration.builds.filter(({ dockerfile }) => dockerfile === file.source.file);
}

/** The stage that a build makes; `null` where there is none of this name. */
export function stageOf({ stages }: LintedDockerfile, { target }: ImageBuild): LintedStage | null {
  if (target === null) return stages.at(-1) ?? null;
  const name = target.text.toLowerCase();
  return (
    stages.find((stage) => stage.name === name) ??
    (/^\d+$/.test(name) ? (stages[Number(name)] ?? null) : null)
  );
}

function tiesOf(orchestration: Orchestration): ReadonlyMap<ImageUse, ImageBuild> {
  const before = known.get(orchestration);
  if (before !== undefined) return before;
  const found = new Map<ImageUse, ImageBuild>();
  const made = new Map<string, ImageBuild | null>();
  for (const use of orchestration.uses) {
    const { text } = use.image;
    const folder = posix.dirname(use.file);
    const id = `${folder}\n${text}`;
    if (!made.has(id)) {
      made.set(id, makerOf(text, folder, orchestration.builds));
    }
    const build = use.builtBy ?? made.get(id) ?? null;
    if (build !== null) found.set(use, build);
  }
  known.set(orchestration, found);
  return found;
}

/** `null` as well where several make it, each from something else. */
function makerOf(image: string, folder: string, builds: readonly ImageBuild[]): ImageBuild | null {
  const makers = builds.filter(
    ({ names, file }) => names.some((name) => fits(image, name) === 'same') && isNear(folder, file),
  );
  const [first] = makers;
  const isOne = makers.every(
    ({ dockerfile, target }) => dockerfile === first?.dockerfile && target?.text === first?.target?.text,
  );
  return first !== undefined && isOne && first.dockerfile !== null ? first : null;
}

/** In a repository of many samples each has its own `hello`. */
export function isNear(folder: string, builder: string): boolean {
  const own = posix.dirname(builder.replace(/^\.github\/workflows\//, ''));
  const isBelow = (one: string, other: string) => other === '.' || `${one}/`.startsWith(`${other}/`);
  return isBelow(folder, posix.dirname(own)) || isBelow(own, posix.dirname(folder));
}
