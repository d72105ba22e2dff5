import { DarkroomError } from '../errors/darkroom-error.ts';
import { listNames } from '../errors/nearest-name.ts';
import type { Matrix } from '../matrix/matrix.ts';
import { readRequest, type SceneRequest, type WrittenRequest } from '../scene/scene-request.ts';
import { chooseTrainer, type Stage, stageImages } from '../scene/stage.ts';
import { checkPlaces } from './check-places.ts';
import { detectGpu } from './detect-gpu.ts';

/** A scene that can be made here, as far as that is known before anything is built. */
export interface PreparedScene {
  readonly request: SceneRequest;
  /** Name of the image of every stage. */
  readonly images: Readonly<Record<Stage, string>>;
}

/**
 * Reads and checks what is asked for on this machine, with the images of a matrix.
 * @param directory absolute; relative paths start here
 * @throws DarkroomError `scene/…`
 */
export async function prepareScene(
  matrix: Matrix,
  written: WrittenRequest,
  directory: string,
): Promise<PreparedScene> {
  const hasGpu = await detectGpu();
  const trainer = chooseTrainer({ hasGpu, images: new Set(matrix.images.keys()) });
  const images = stageImages(trainer);
  const request = readRequest(written, { directory, hasGpu, trainer });
  await checkPlaces(request);
  const missing = Object.values(images).filter((name) => !matrix.images.has(name));
  if (missing.length === 0) return { request, images };
  const message = `The matrix has no image ${listNames(missing.map((name) => JSON.stringify(name)))}; expected the images that make scenes.`;
  throw new DarkroomError({ code: 'scene/no-image', place: { file: matrix.file }, message }, { kind: 'use' });
}
