import type { Parser } from 'web-tree-sitter';
import { tooMuchToCheck, tooMuchToRead } from '../lint/dockerfile-limits.ts';
import type { LintedBuild, LintedDockerfile, LintedStage } from '../lint/linted-dockerfile.ts';
import type { ProjectBuild } from '../lint/project-builds.ts';
import { readLintedDockerfile } from '../lint/read-linted-dockerfile.ts';
import type { TextFile } from './text-file.ts';

/** Reads Dockerfiles, each in every way in which it is built. */
export interface DockerfileReader {
  /** Nothing where the file cannot be read. */
  variantsOf(file: string): readonly LintedDockerfile[];
  /** Why a Dockerfile is not looked at although it is there, by its path; complete once its variants were asked for. */
  readonly refused: ReadonlyMap<string, string>;
  /** How a Dockerfile is built; `null` where nobody says. */
  buildOf(file: LintedDockerfile): ProjectBuild | null;
}

/** A file that is built in more ways is looked at in these many. */
const MOST_VARIANTS = 8;
/** Images that stand on images: nobody has more, and the stack would end. */
const DEEPEST = 100;

/** Makes a reader; parents are read first, and one that stands on itself has none. */
export function dockerfileReader(
  parser: Parser,
  builds: readonly ProjectBuild[],
  read: (file: string) => TextFile,
): DockerfileReader {
  const byFile = Map.groupBy(builds, ({ dockerfile }) => dockerfile);
  const made = new Map<string, LintedDockerfile | null>();
  const refused = new Map<string, string>();
  const origins = new WeakMap<LintedDockerfile, ProjectBuild>();
  let depth = 0;

  const readOne = (file: string, build?: LintedBuild): LintedDockerfile | null => {
    const { text } = read(file);
    if (text === null || refused.has(file)) return null;
    const reason = tooMuchToRead(text, file);
    const made = reason === null ? readLintedDockerfile(parser, file, text, build) : null;
    const why = reason ?? (made === null ? null : tooMuchToCheck(made));
    if (why !== null) refused.set(file, why);
    return why === null ? made : null;
  };

  const linted = (build: ProjectBuild): LintedDockerfile | null => {
    const id = idOf(build);
    const known = made.get(id);
    if (known !== undefined) return known;
    if (depth >= DEEPEST) return null;
    // What is asked for while it is read is `null`: the circle is cut there.
    made.set(id, null);
    depth += 1;
    const { args, platform, contexts, isLocked } = build;
    const parentOf = (name: string): LintedStage | null => {
      const parent = build.parentOf(name);
      return parent === null ? null : stageOf(linted(parent), parent.target);
    };
    const file = readOne(build.dockerfile, { args, platform, contexts, isLocked, parentOf });
    depth -= 1;
    made.set(id, file);
    if (file !== null) origins.set(file, build);
    return file;
  };

  const alone = new Map<string, LintedDockerfile | null>();
  const undeclared = (file: string): LintedDockerfile | null => {
    const found = alone.get(file) ?? readOne(file);
    alone.set(file, found);
    return found;
  };

  return {
    refused,
    buildOf: (file) => origins.get(file) ?? null,
    variantsOf(file) {
      const declared = byFile.get(file);
      if (declared === undefined) return [undeclared(file) ?? []].flat();
      const different = new Map(declared.map((build) => [idOf(build), build]));
      return [...different.values()].slice(0, MOST_VARIANTS).flatMap((build) => linted(build) ?? []);
    },
  };
}

function idOf({ dockerfile, context, args, platform, isFromGit, contexts }: ProjectBuild): string {
  const sorted = Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([dockerfile, context, sorted, platform, isFromGit, [...contexts].sort()]);
}

function stageOf(file: LintedDockerfile | null, target: string | null): LintedStage | null {
  if (file === null) return null;
  if (target === null) return file.stages.at(-1) ?? null;
  return file.stages.find(({ name }) => name === target) ?? file.stages[Number(target)] ?? null;
}
