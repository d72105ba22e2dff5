/** How the Dockerfiles of a project are built, as its matrix and its Compose files say. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { internalImage } from '../graph/build-graph.ts';
import { normaliseImageReference } from '../image/image-reference.ts';
import type { ImageDeclaration, Matrix } from '../matrix/matrix.ts';
import type { ComposeBuild } from './compose-builds.ts';

/** One way in which one Dockerfile is built; files and folders are relative to the root of the project. */
export interface ProjectBuild {
  /** Who says so, for people: `the service "api" of "compose.yaml"`. */
  readonly givenBy: string;
  readonly dockerfile: string;
  readonly context: string;
  /** Lower case. */
  readonly target: string | null;
  /** `null` for one with a value that is not known. */
  readonly args: Readonly<Record<string, string | null>>;
  readonly platform: string;
  /** The context is what git knows, as for images of a matrix; else whatever lies in the folder. */
  readonly isFromGit: boolean;
  /** Names of the contexts beside the main one. */
  readonly contexts: ReadonlySet<string>;
  /** The lock of the matrix pins the bases. */
  readonly isLocked: boolean;
  /** The build whose image a name in the Dockerfile stands for, or `null`. */
  parentOf(name: string): ProjectBuild | null;
}

/** The builds of a matrix; an image for several platforms is taken for the first of them. */
export function matrixBuilds(matrix: Matrix): readonly ProjectBuild[] {
  const builds = new Map<string, ProjectBuild>();
  for (const image of matrix.images.values()) {
    builds.set(image.name, {
      givenBy: `the image "${image.name}" of "${image.place.file}"`,
      ...{ dockerfile: image.dockerfile, context: image.context, args: image.args, isFromGit: true },
      target: image.target?.toLowerCase() ?? null,
      ...{ contexts: new Set(image.contexts.keys()), isLocked: true },
      platform: image.platforms[0] ?? 'linux/amd64',
      parentOf: (name) => builds.get(parentImage(matrix, image, name)?.name ?? '') ?? null,
    });
  }
  return [...builds.values()];
}

function parentImage(matrix: Matrix, image: ImageDeclaration, name: string): ImageDeclaration | undefined {
  const context = image.contexts.get(name);
  if (context?.kind === 'image') return matrix.images.get(context.name);
  if (context !== undefined) return undefined;
  try {
    return internalImage(matrix, name);
  } catch (error) {
    if (error instanceof DarkroomError) return undefined;
    throw error;
  }
}

/** The builds of all Compose files; a service's image is found by its name, and by `service:NAME` in the same file. */
export function composeProjectBuilds(files: readonly (readonly ComposeBuild[])[]): readonly ProjectBuild[] {
  const byImage = new Map<string, ProjectBuild>();
  const all: ProjectBuild[] = [];
  for (const services of files) {
    const byService = new Map<string, ProjectBuild>();
    for (const { file, service, image, contexts, ...how } of services) {
      const build: ProjectBuild = {
        givenBy: `the service "${service}" of "${file}"`,
        ...{ ...how, platform: how.platform ?? 'linux/amd64', isFromGit: false, isLocked: false },
        contexts: new Set(contexts.keys()),
        parentOf: (name) => {
          const context = contexts.get(name);
          if (context === undefined) return byImage.get(spelled(name)) ?? null;
          return context.startsWith('service:')
            ? (byService.get(context.slice('service:'.length)) ?? null)
            : null;
        },
      };
      all.push(build);
      byService.set(service, build);
      const named = image === null ? '' : spelled(image);
      if (named !== '' && !byImage.has(named)) byImage.set(named, build);
    }
  }
  return all;
}

/** One spelling for one image; nothing for what names none. */
function spelled(name: string): string {
  try {
    return normaliseImageReference(name);
  } catch {
    return '';
  }
}
