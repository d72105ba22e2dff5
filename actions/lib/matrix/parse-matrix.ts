/** Owns the matrix as a whole: its top level, and the rules that tie its parts together. */
import type { Problem } from '../errors/darkroom-error.ts';
import { DarkroomError, formatPlace } from '../errors/darkroom-error.ts';
import { listNames, nearestName } from '../errors/nearest-name.ts';
import { normaliseImageReference } from '../image/image-reference.ts';
import type { Fleet, ImageDeclaration, Matrix, NamedUpstream } from './matrix.ts';
import { quote } from './quote.ts';
import { completeFleet, readFleet, readImage } from './read-image.ts';
import { readUpstream } from './read-upstream.ts';
import { childPath, didYouMean, entries, exactly, fields, oneOf, text } from './read-value.ts';
import { IMAGE_NAME, REGISTRY } from './value-kinds.ts';
import type { YamlEntry, YamlValue } from './yaml-tree.ts';
import { parseYamlTree } from './yaml-tree.ts';

type ReadImage = ReturnType<typeof readImage>;

interface TopLevel {
  readonly version: number;
  readonly registry: string;
  readonly home: 'public' | 'private';
  readonly upstreams: readonly (NamedUpstream | { readonly name: string })[];
  readonly fleet: Partial<Fleet>;
  readonly images: readonly YamlEntry[];
}

const readTopLevel = fields<TopLevel>({
  version: exactly(1, 'A later version needs a later Darkroom.'),
  registry: text(REGISTRY),
  home: oneOf(['public', 'private']),
  // A wrong upstream keeps its name, so that whoever uses it is not blamed too.
  upstreams: entries(
    IMAGE_NAME,
    (entry, path, problems) => readUpstream(entry, path, problems) ?? { name: entry.key },
  ),
  fleet: readFleet,
  images: entries(IMAGE_NAME, (entry) => entry),
});

/**
 * Returns the matrix with every default filled in and every value checked.
 *
 * @param file Path as the user knows it, for messages.
 * @throws DarkroomError of kind `use` with every problem, in the order of the file: `yaml/…` when the text is not good YAML,
 *   `matrix/…` when its content is wrong.
 * @example parseMatrix('images: { base-python: {} }', 'action-matrix.yml').images.get('base-python')?.context
 */
export function parseMatrix(text: string, file: string): Matrix {
  const { root, problems } = parseYamlTree(text, file);
  const matrix = root === undefined ? undefined : readMatrix(root, file, problems);
  if (matrix === undefined || problems.length > 0) {
    throw new DarkroomError(withoutEchoes(problems).toSorted(byPlace), { kind: 'use' });
  }
  return matrix;
}

function readMatrix(root: YamlValue, file: string, problems: Problem[]): Matrix | undefined {
  const top = readTopLevel(root, '', problems);
  if (top === undefined) return undefined;
  if (root.kind === 'map' && !root.entries.some(({ key }) => key === 'images')) {
    const message =
      'the matrix has no "images"; expected a map of images, such as images: { base-python: {} }.';
    problems.push({ code: 'matrix/missing', place: root.place, message });
  }
  const upstreams = top.upstreams ?? [];
  const images = (top.images ?? []).map((entry) =>
    readImage(entry, childPath('images', entry.key), top.fleet, problems),
  );
  checkNames(images, upstreams, problems);
  checkAliases(images, problems);
  checkContexts(
    images,
    upstreams.map(({ name }) => name),
    problems,
  );
  return {
    file,
    ...(top.registry === undefined ? {} : { registry: top.registry }),
    home: top.home ?? 'public',
    upstreams: new Map(
      upstreams.flatMap((upstream) => ('source' in upstream ? [[upstream.name, upstream]] : [])),
    ),
    ...(top.fleet === undefined ? {} : { fleet: completeFleet(top.fleet) }),
    images: new Map(images.map(({ placedAliases: _, ...image }) => [image.name, image])),
  };
}

function checkNames(
  images: readonly ReadImage[],
  upstreams: TopLevel['upstreams'],
  problems: Problem[],
): void {
  const taken = new Set(upstreams.map(({ name }) => name));
  for (const { name, place } of images.filter((image) => taken.has(image.name))) {
    const message = `${childPath('images', name)} has the name of an upstream; expected a name of its own.`;
    problems.push({ code: 'matrix/name-clash', place, message });
  }
}

/** Whom an alias belongs to must not depend on the order of the file. */
function checkAliases(images: readonly ReadImage[], problems: Problem[]): void {
  const names = new Set(images.map(({ name }) => name));
  const owners = new Map<string, { image: ImageDeclaration; place: string }>();
  for (const image of images) {
    for (const { value, place } of image.placedAliases) {
      const path = `${childPath('images', image.name)}.aliases ${quote(value)}`;
      const spelling = normaliseImageReference(value);
      const owner = owners.get(spelling);
      if (value !== image.name && names.has(value)) {
        const message = `${path} is the name of another image; expected a reference that is nobody's name.`;
        problems.push({ code: 'matrix/alias-clash', place, message });
      } else if (owner !== undefined && owner.image !== image) {
        const message = `${path} belongs to ${childPath('images', owner.image.name)} already (${owner.place}).`;
        problems.push({ code: 'matrix/alias-clash', place, message });
      } else {
        owners.set(spelling, { image, place: formatPlace(place) });
      }
    }
  }
}

function checkContexts(
  images: readonly ReadImage[],
  upstreams: readonly string[],
  problems: Problem[],
): void {
  for (const image of images) {
    for (const [name, context] of image.contexts) {
      if (context.kind !== 'upstream' && context.kind !== 'image') continue;
      const known = context.kind === 'image' ? images.map((one) => one.name) : upstreams;
      if (known.includes(context.name)) continue;
      const path = childPath(`${childPath('images', image.name)}.contexts`, name);
      const defined = known.length === 0 ? 'none is defined' : `defined: ${listNames(known)}`;
      const message = `${path} names the ${context.kind} ${quote(context.name)}, which is not defined; ${defined}.`;
      const hint = didYouMean(nearestName(context.name, known));
      problems.push({ code: `matrix/unknown-${context.kind}`, place: context.place, message, ...hint });
    }
  }
}

/** What YAML could not read is nothing to the readers, who complain about it once more. */
function withoutEchoes(problems: readonly Problem[]): readonly Problem[] {
  const unread = new Set(problems.filter(isYamlProblem).map(({ place }) => place && formatPlace(place)));
  return problems.filter((one) => isYamlProblem(one) || !unread.has(one.place && formatPlace(one.place)));
}

function isYamlProblem({ code }: Problem): boolean {
  return code.startsWith('yaml/');
}

function byPlace(a: Problem, b: Problem): number {
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
}
