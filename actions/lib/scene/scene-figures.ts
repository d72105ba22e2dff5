import type { SceneResult } from './scene-result.ts';

/** What a workflow hands back of a scene. */
export type SceneFigures = Readonly<Record<string, string | number>>;

/** The figures of a scene by name, flat; one that is not known is left out, and so is a path of this machine. */
export function sceneFigures({
  scene,
  preset,
  seed,
  verdict,
  sfm,
  train,
  outputs,
}: SceneResult): SceneFigures {
  const places = Object.entries(outputs).filter(([, place]) => place.startsWith('s3://'));
  const known = Object.entries({ ...sfm, ...train }).flatMap(([name, figure]) =>
    figure === null ? [] : [[name, figure] as const],
  );
  return { scene, preset, seed, verdict, ...Object.fromEntries(known), ...Object.fromEntries(places) };
}
