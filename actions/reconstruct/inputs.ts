import { type CommonInputs, readCommonInputs } from '../lib/action/common-inputs.ts';
import type { WrittenRequest } from '../lib/scene/scene-request.ts';

/** The inputs of the action `reconstruct`. */
export interface ReconstructInputs extends CommonInputs {
  /** Checked together with what the machine can do. */
  readonly written: WrittenRequest;
}

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…` */
export function readReconstructInputs(read: (name: string) => string): ReconstructInputs {
  // The form of a dispatched workflow has one line.
  const set = read('set').split(/\r?\n|;/);
  return {
    ...readCommonInputs(read),
    directory: read('directory') || '.',
    written: {
      ...{ frames: read('frames'), scene: read('scene'), storage: read('storage'), preset: read('preset') },
      ...{ seed: read('seed'), baseline: read('baseline') },
      set: set.map((line) => line.trim()).filter((line) => line !== ''),
    },
  };
}
