/** What the benches of scenes share: the engine, a folder that is removed, and stages run one by one or as a line. */
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSceneWork, type SceneWork } from '../../test/support/scene-work.ts';
import { ensureEngine, ensureRegistry } from '../engine/engine.ts';
import { say } from '../say.ts';

/** What a stage came to; `failed` holds its problems. */
export interface StageOutcome {
  readonly seconds: number;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly failed: string | null;
}

/** Runs a bench with an engine and a folder of its own. */
export async function withSceneWork(
  bench: (work: SceneWork, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'darkroom-scene-'));
  try {
    const engine = await ensureEngine(say);
    await ensureRegistry(say);
    await bench(openSceneWork(engine, {}), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the stage `sfm` alone on photographs; what it makes lies in `storage`. */
export async function runSfm(
  work: SceneWork,
  photos: string,
  storage: string,
  options: Readonly<Record<string, string>> = {},
): Promise<StageOutcome> {
  mkdirSync(storage, { recursive: true });
  const image = await work.image('colmap');
  const start = Date.now();
  const { exitCode, events, stderr } = await work.stage(
    image,
    { [photos]: '/frames:ro', [storage]: '/storage' },
    {
      ...{ STORAGE: 'file:///storage', SCENE_ID: 'bench', FRAMES: 'file:///frames' },
      OPTIONS: JSON.stringify(options),
    },
  );
  const result = events.find(({ event }) => event === 'result');
  const problems = events.filter(({ event }) => event === 'problem').map(({ message }) => String(message));
  const ended = exitCode === 0 ? null : problems.join(' ') || `exit ${exitCode}: ${stderr.slice(-500)}`;
  return {
    seconds: (Date.now() - start) / 1000,
    summary: (result?.summary ?? {}) as StageOutcome['summary'],
    failed: ended,
  };
}

/** A number as a cell of a table; "–" where there is none. */
export function cell(value: unknown, digits = 1): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(digits);
  return value === undefined || value === null ? '–' : String(value);
}
