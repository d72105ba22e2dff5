/** Reads from the planned tree what planning needs the text of: Dockerfiles and ignore files. */
import { resolveDockerfile } from '../dockerfile/resolve-dockerfile.ts';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { nearestName } from '../errors/nearest-name.ts';
import type { Source, TreeEntry } from '../git/source.ts';
import type { ResolvedImage } from '../graph/build-graph.ts';
import { lowerBound } from '../key/context-tree.ts';
import type { Fleet, ImageDeclaration, Matrix } from '../matrix/matrix.ts';

/** The tree, and the texts that were read from it. */
export interface SourceTexts {
  /** The entry with exactly this path. */
  find(path: string): TreeEntry | undefined;
  readonly texts: ReadonlyMap<string, Buffer>;
  /** Contents of all symlinks, by object id. */
  readonly linkTargets: ReadonlyMap<string, Buffer>;
}

/** Reads every Dockerfile, every ignore file that may count and every symlink, in one go. */
export async function readTexts(matrix: Matrix, source: Source): Promise<SourceTexts> {
  const find = (path: string): TreeEntry | undefined => {
    const entry = source.entries[lowerBound(source.entries, path)];
    return entry?.path === path ? entry : undefined;
  };
  const paths = new Set([...matrix.images.values()].flatMap(textPaths));
  const found = [...paths].flatMap((path) => find(path) ?? []);
  const links = source.entries.filter((entry) => entry.mode === '120000');
  const blobs = await source.readBlobs([...new Set([...found, ...links].map((entry) => entry.id))]);
  const texts = new Map(
    found.flatMap(({ path, id }) => {
      const blob = blobs.get(id);
      return blob === undefined ? [] : [[path, blob] as const];
    }),
  );
  return { find, texts, linkTargets: blobs };
}

/**
 * Resolves the Dockerfile of every image for every platform.
 * @throws DarkroomError `plan/no-dockerfile`, `dockerfile/…`: all images' problems at once
 */
export function resolveImages(
  matrix: Matrix,
  source: Source,
  { texts }: SourceTexts,
): readonly ResolvedImage[] {
  const problems: Problem[] = [];
  const resolved: ResolvedImage[] = [];
  for (const image of matrix.images.values()) {
    const text = texts.get(image.dockerfile);
    if (text === undefined) {
      problems.push(noDockerfile(image, source.entries));
      continue;
    }
    for (const platform of image.platforms) {
      try {
        const one = resolveImage(matrix, image, platform, text.toString('utf8'));
        resolved.push(one);
        problems.push(...unpinnedAdds(one));
      } catch (error) {
        if (!(error instanceof DarkroomError)) throw error;
        problems.push(...error.problems);
      }
    }
  }
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  return resolved;
}

function resolveImage(
  matrix: Matrix,
  image: ImageDeclaration,
  platform: string,
  text: string,
): ResolvedImage {
  const args = { ...fleetArgs(image.fleet ?? matrix.fleet), ...image.args };
  const { target } = image;
  const dockerfile = resolveDockerfile(text, {
    file: image.dockerfile,
    args,
    platform,
    ...(target === undefined ? {} : { target }),
  });
  const declared = Object.entries(args).filter(([name]) => dockerfile.declaredArgs.has(name));
  return { image, platform, args: Object.fromEntries(declared), dockerfile };
}

/** What an address serves may change without any file changing: only content that is named by its hash has a key. */
function unpinnedAdds({ dockerfile }: ResolvedImage): readonly Problem[] {
  return dockerfile.remoteAdds.flatMap(({ url, pin, place }) =>
    pin === null
      ? [
          {
            code: 'plan/unpinned-add' as const,
            place,
            message: `"ADD ${url}" may bring anything; expected content that is named by its hash.`,
            hint: 'Add --checksum=sha256:… for a file, or name the full commit of a git repository.',
          },
        ]
      : [],
  );
}

/** One truth for builds and tests: a Dockerfile that declares this argument compiles for the fleet's GPUs. */
function fleetArgs(fleet: Fleet | undefined): Readonly<Record<string, string>> {
  return fleet === undefined ? {} : { TORCH_CUDA_ARCH_LIST: fleet.gpus.join(';') };
}

function textPaths(image: ImageDeclaration): readonly string[] {
  const folders = [...image.contexts.values()].flatMap((context) =>
    context.kind === 'folder' ? [context.path] : [],
  );
  return [
    image.dockerfile,
    `${image.dockerfile}.dockerignore`,
    ...[image.context, ...folders].map((folder) =>
      folder === '.' ? '.dockerignore' : `${folder}/.dockerignore`,
    ),
  ];
}

function noDockerfile(image: ImageDeclaration, entries: readonly TreeEntry[]): Problem {
  const dockerfiles = entries.flatMap(({ path }) => (/dockerfile|containerfile/i.test(path) ? [path] : []));
  const near = nearestName(image.dockerfile, dockerfiles);
  return {
    code: 'plan/no-dockerfile',
    place: image.place,
    message: `The image "${image.name}" has no Dockerfile: "${image.dockerfile}" is not among the files git knows.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    hint: 'Write the file (and take it out of .gitignore), or set "context" or "dockerfile" of the image.',
  };
}
