import type { Problem } from '../errors/darkroom-error.ts';
import { normaliseImageReference, parseImageReference } from '../image/image-reference.ts';
import type { Matrix } from '../matrix/matrix.ts';
import type { ImageGraph } from './image-graph.ts';

/**
 * Finds names that look like an edge and are none: an image of the matrix with a tag or digest is what was published
 * under it last, and is not built first.
 */
export function taggedImages({ registry, images }: Matrix, { nodes }: ImageGraph): readonly Problem[] {
  if (registry === undefined) return [];
  const published = new Map([...images.keys()].map((name) => [repositoryPath(`${registry}/${name}`), name]));
  return nodes.flatMap(({ id, references }) =>
    references.flatMap((reference): Problem[] => {
      const name =
        reference.kind === 'upstream' ? published.get(repositoryPath(reference.reference)) : undefined;
      if (name === undefined) return [];
      return [
        {
          code: 'graph/tagged-image',
          place: reference.place,
          message: `"${id}" takes "${reference.written}" as it was published last, since it names the image "${name}" by a tag or digest.`,
          hint: `To have "${name}" built first, write ${JSON.stringify(name)} in its place, or give "${name}" the alias: aliases: [${JSON.stringify(reference.written)}]`,
        },
      ];
    }),
  );
}

function repositoryPath(reference: string): string {
  const { registry, repository } = parseImageReference(normaliseImageReference(reference));
  return `${registry}/${repository}`;
}
