import path from 'node:path';
import { DarkroomError } from '../actions/lib/errors/darkroom-error.ts';
import { SCENE_IMAGE } from '../actions/lib/scene/stage.ts';
import {
  type GlobalOptions,
  openWorkspace,
  type Workspace,
} from '../actions/lib/workspace/open-workspace.ts';

/** Darkroom's own checkout, whose matrix has the images that make scenes. */
const OWN = path.resolve(import.meta.dirname, '..');
/** A folder of photographs need be no repository with images. */
const NO_WORKSPACE = ['git/not-a-repository', 'git/bare-repository', 'matrix/not-found'];

/** Opens the workspace whose images make scenes: the one the command was started in if it has them, else Darkroom's own. */
export async function openSceneWorkspace(options: GlobalOptions): Promise<Workspace> {
  const here = await openIfThere(options);
  if (here?.matrix.images.has(SCENE_IMAGE)) return here;
  await here?.source.close();
  if (options.matrix === undefined) return openWorkspace({ ...options, directory: OWN });
  throw new DarkroomError(
    {
      code: 'scene/no-image',
      place: { file: options.matrix },
      message: `The matrix has no image "${SCENE_IMAGE}"; expected the images that make scenes.`,
      hint: 'Leave out --matrix to use those of Darkroom.',
    },
    { kind: 'use' },
  );
}

async function openIfThere(options: GlobalOptions): Promise<Workspace | null> {
  try {
    return await openWorkspace(options);
  } catch (error) {
    const isElsewhere =
      options.matrix === undefined &&
      error instanceof DarkroomError &&
      error.problems.every(({ code }) => NO_WORKSPACE.includes(code));
    if (isElsewhere) return null;
    throw error;
  }
}
