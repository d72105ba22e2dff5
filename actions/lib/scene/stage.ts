/** The three stages of a scene, and the image that runs each. */

/** The stages, in their order. */
export const STAGES = ['sfm', 'train', 'view'] as const;

/** A stage: cameras from photographs, a splat from cameras, a page and a report from a splat. */
export type Stage = (typeof STAGES)[number];

/** Which image trains: the one for a GPU, or the one that needs none. */
export type Trainer = 'gaussian-splatting' | 'gaussian-splatting-cpu';

/** What tells a matrix that makes scenes from one that does not. */
export const SCENE_IMAGE = 'colmap';

/** A GPU trains where there is one and the matrix has the image that uses it. */
export function chooseTrainer(machine: {
  readonly hasGpu: boolean;
  /** Names of the matrix's images. */
  readonly images: ReadonlySet<string>;
}): Trainer {
  return machine.hasGpu && machine.images.has('gaussian-splatting')
    ? 'gaussian-splatting'
    : 'gaussian-splatting-cpu';
}

/** The image of every stage. */
export function stageImages(trainer: Trainer): Readonly<Record<Stage, string>> {
  return { sfm: SCENE_IMAGE, train: trainer, view: 'splat-tools' };
}
