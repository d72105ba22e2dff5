/** What came of a scene: the document of `--json` and of the action's output `result`. */
import { placeBelow } from './scene-place.ts';
import type { Preset, SceneRequest } from './scene-request.ts';
import { STAGES, type Stage } from './stage.ts';
import type { Json, JsonObject, StageResult } from './stage-event.ts';

/** A number that a stage was to tell; `null`: it did not. */
type Figure = number | null;

/** A scene that is there. */
export interface SceneResult {
  readonly version: 1;
  readonly scene: string;
  readonly storage: string;
  readonly preset: Preset;
  readonly seed: number;
  readonly stages: readonly {
    readonly name: Stage;
    readonly skipped: boolean;
    readonly seconds: number;
    readonly key: string;
  }[];
  readonly sfm: Readonly<
    Record<'images' | 'registered' | 'points' | 'reprojection_px' | 'track_length', Figure>
  >;
  readonly train: Readonly<
    Record<'steps' | 'gaussians' | 'psnr' | 'ssim' | 'psnr_train' | 'psnr_baseline', Figure>
  >;
  /** Photographs the training did not see. */
  readonly held_out: readonly HeldOut[];
  /** Of the report, against its thresholds and its baseline. */
  readonly verdict: 'pass' | 'fail';
  readonly checks: readonly Check[];
  /** Absolute paths, or URLs; `report` is JSON, `page` the same for people. */
  readonly outputs: Readonly<Record<'folder' | 'ply' | 'viewer' | 'report' | 'page', string>>;
}

/** One photograph the training did not see. */
export interface HeldOut {
  readonly name: string;
  readonly psnr: Figure;
  readonly ssim: Figure;
}

/** One figure and what it has to reach. */
export interface Check {
  readonly name: string;
  readonly value: Figure;
  readonly limit: Figure;
  readonly passed: boolean;
}

/** Puts together what the stages told; a figure that is missing or no number is `null`. */
export function sceneResult(
  { scene, storage, preset, seed }: SceneRequest,
  results: Readonly<Record<Stage, StageResult>>,
): SceneResult {
  const [sfm, train, view] = [results.sfm.summary, results.train.summary, results.view.summary];
  const below = (name: string) => placeBelow(storage, 'outputs', scene, name);
  return {
    ...{ version: 1, scene, storage: placeBelow(storage), preset, seed },
    stages: STAGES.map((name) => {
      const { skipped, seconds, key } = results[name];
      return { name, skipped, seconds, key };
    }),
    sfm: figures(sfm, ['images', 'registered', 'points', 'reprojection_px', 'track_length']),
    train: figures(train, ['steps', 'gaussians', 'psnr', 'ssim', 'psnr_train', 'psnr_baseline']),
    held_out: objects(train.views).map((one) => ({
      name: text(one.name),
      ...figures(one, ['psnr', 'ssim']),
    })),
    verdict: view.verdict === 'pass' ? 'pass' : 'fail',
    checks: objects(view.checks).map((one) => ({
      name: text(one.name),
      ...figures(one, ['value', 'limit']),
      passed: one.passed === true,
    })),
    outputs: {
      folder: placeBelow(storage, 'outputs', scene),
      ...{ ply: below('scene.ply'), viewer: below('viewer.html') },
      ...{ report: below('report.json'), page: below('report.html') },
    },
  };
}

function figures<Name extends string>(
  summary: JsonObject,
  names: readonly Name[],
): Readonly<Record<Name, Figure>> {
  const pairs = names.map((name) => {
    const value = summary[name];
    return [name, typeof value === 'number' ? value : null];
  });
  return Object.fromEntries(pairs) as Record<Name, Figure>;
}

function objects(value: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (one): one is JsonObject => typeof one === 'object' && one !== null && !Array.isArray(one),
  );
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
