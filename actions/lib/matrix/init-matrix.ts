import { posix } from 'node:path';
import { stringify } from 'yaml';
import { quote } from './quote.ts';
import { toImageName } from './to-image-name.ts';
import { DOCKERFILE_PATH, FOLDER, isOfKind } from './value-kinds.ts';

/** A Dockerfile by its three ways of being called; the rest of the name tells variants apart. */
const FILE_NAME =
  /^(?:(?:Docker|Container)file(?:\.(?<suffix>.+))?|(?<prefix>.+)\.(?:Docker|Container)file)$/is;

interface Found {
  readonly path: string;
  /** Folders from the top, then the variant: `services`, `api`, `gpu`. */
  readonly words: readonly string[];
}

/**
 * Returns the text of a first matrix with one image for each Dockerfile; options are written only where the defaults do
 * not fit. `parseMatrix` takes it as it is.
 *
 * @param dockerfiles Paths from the top of the repository, in any order; what is no Dockerfile
 *   (`Dockerfile.dockerignore`) is passed over.
 * @param schema Where editors find the JSON Schema: a path from the matrix, or an address; `null` for nowhere.
 */
export function initMatrix(dockerfiles: readonly string[], schema: string | null): string {
  // What lies where the defaults expect it keeps its name; a namesake elsewhere gets a longer one.
  const paths = [...new Set(dockerfiles)].sort().toSorted((a, b) => rank(a) - rank(b));
  const found = paths.flatMap((path) => describeDockerfile(path) ?? []);
  const usable = found.filter(({ path }) => isWritable(path));
  const left = found
    .filter(({ path }) => !isWritable(path))
    .map(({ path }) => `# Left out: ${quote(path)}\n`);
  return [
    ...(schema === null ? [] : [`# yaml-language-server: $schema=${schema}\n`]),
    '# The container images of this repository. What an image is made from is read from its Dockerfile, so most need\n',
    '# no options: by default the context is containers/<name>, with Dockerfile in it.\n',
    'version: 1\n',
    '# Where images are published and looked up:\n',
    '# registry: ghcr.io/acme/vision\n',
    ...left,
    stringify({ images: nameImages(usable) }, { lineWidth: 0 }),
  ].join('');
}

/** Tells a Dockerfile by the names that Docker, Podman and their users give to one. */
export function isDockerfile(path: string): boolean {
  return describeDockerfile(path) !== undefined;
}

function describeDockerfile(path: string): Found | undefined {
  const match = FILE_NAME.exec(posix.basename(path));
  if (match === null || /\.dockerignore$/i.test(path)) return undefined;
  const variant = match.groups?.suffix ?? match.groups?.prefix;
  const folders = path.split('/').slice(0, -1);
  return { path, words: variant === undefined ? folders : [...folders, variant] };
}

function rank(path: string): number {
  return /^containers\/[^/]+\/Dockerfile$/.test(path) ? 0 : 1;
}

/** The matrix takes no backslashes and control characters in paths, and a file of text no bytes that are not UTF-8. */
function isWritable(path: string): boolean {
  return path.isWellFormed() && isOfKind(FOLDER, path) && isOfKind(DOCKERFILE_PATH, posix.basename(path));
}

function nameImages(found: readonly Found[]): Map<string, Record<string, string>> {
  const images = new Map<string, Record<string, string>>();
  const folders = new Set(found.map(({ path }) => posix.dirname(path)));
  for (const one of found) {
    const { path } = one;
    const name = nameImage(one, folders, images);
    const context = posix.dirname(path);
    const dockerfile = posix.basename(path);
    images.set(name, {
      ...(context === `containers/${name}` ? {} : { context }),
      ...(dockerfile === 'Dockerfile' ? {} : { dockerfile }),
    });
  }
  return images;
}

/**
 * The folder's name, with the variant behind it; folders further up come in front where that is taken, and the one above
 * where that is an image of its own: `torch/cuda` beside `torch` is a variant too.
 */
function nameImage(
  { path, words }: Found,
  folders: ReadonlySet<string>,
  taken: ReadonlyMap<string, unknown>,
): string {
  const isVariant = words.length > path.split('/').length - 1;
  const above = posix.dirname(posix.dirname(path));
  const isNested = above !== '.' && folders.has(above) && rank(path) > 0;
  const least = 1 + Number(isVariant && words.length > 1) + Number(isNested);
  for (let count = least; count <= words.length; count += 1) {
    const name = toImageName(words.slice(-count).join('-'));
    if (!taken.has(name)) return name;
  }
  const base = toImageName(words.join('-'));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
