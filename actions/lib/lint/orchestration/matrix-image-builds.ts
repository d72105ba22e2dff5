import type { Matrix } from '../../matrix/matrix.ts';
import { UNKNOWN } from './config-value.ts';
import type { ImageBuild } from './image-build.ts';

/** The images of a matrix; what is wrong with them there is told where the matrix is read. */
export function matrixImageBuilds({ images, registry }: Matrix): readonly ImageBuild[] {
  return [...images.values()].map(({ name, place, dockerfile, context, target }) => {
    const nowhere = { start: 0, end: 0 };
    return {
      ...{ file: place.file, ...nowhere, label: `image "${name}"`, dockerfile, context },
      // A tag of the matrix is a template.
      names: [`${registry ?? UNKNOWN}/${name}:${UNKNOWN}`],
      ...{ dockerfilePlace: nowhere, contextPlace: nowhere, args: [], isUndisturbed: false },
      target: target === undefined ? null : { text: target, ...nowhere },
    };
  });
}
