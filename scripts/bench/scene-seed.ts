/**
 * The pipeline of the splat library's container specification against the stage `sfm`, on the same photographs: what is
 * registered, how long it takes, and what fails. Those of a folder of your own come first, with and without their EXIF.
 * Usage: node scripts/bench/scene-seed.ts [FOLDER…]
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { markdownTable } from '../../actions/lib/report/text-table.ts';
import type { SceneWork } from '../../test/support/scene-work.ts';
import { say } from '../say.ts';
import { machineFacts } from './machine-facts.ts';
import { cell, runSfm, withSceneWork } from './scene-stages.ts';

/** Sets of 24 photographs of made-up places, by what is special about them: arguments of `scene_maker`. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  'no EXIF': ['--no-exif', '--radial', '-0.06'],
  'same base names in two folders': ['--naming', 'two-folders'],
  '.JPG and .png': ['--naming', 'mixed'],
};

interface SeedOutcome {
  readonly photos: number;
  readonly kept: number;
  readonly registered?: number;
  readonly points?: number;
  readonly models?: readonly number[];
  readonly cameras?: number;
  readonly camera_models?: readonly string[];
  readonly failed?: string;
  /** From the start of the container to its end, as for ours. */
  readonly seconds: number;
}

await withSceneWork(async (work, folder) => {
  const sets: (readonly [string, string])[] = [];
  for (const given of process.argv.slice(2)) {
    const [name, photos] = [path.basename(given), path.resolve(given)];
    sets.push(
      [name, photos],
      [`${name} without EXIF`, await withoutExif(work, photos, path.join(folder, name))],
    );
  }
  const rows: string[][] = [];
  for (const [name, photos] of [...sets, ...(await makeSets(work, folder))]) {
    const seed = await runSeed(work, photos);
    const ours = await runSfm(work, photos, path.join(folder, 'storage', name.replaceAll(/\W/g, '-')));
    const { images, registered, points, reprojection_px } = ours.summary;
    rows.push(
      [
        name,
        'seed',
        ...[seed.photos, seed.registered ?? 0, seed.points, seed.seconds].map((one) => cell(one)),
        judge(seed),
      ],
      [
        ...['', 'darkroom'],
        ...[images, registered ?? 0, points, ours.seconds].map((one) => cell(one)),
        ours.failed ?? `PINHOLE, ${cell(reprojection_px, 2)} px`,
      ],
    );
    say(`${name}: seed ${seed.registered ?? 0}, darkroom ${cell(registered ?? 0)} of ${seed.photos}`);
  }
  const headings = ['photographs', 'pipeline', 'photos', 'registered', 'points', 'seconds', 'what comes out'];
  process.stdout.write(`${machineFacts()}\n\n${markdownTable(headings, rows)}\n`);
});

async function makeSets(work: SceneWork, folder: string): Promise<(readonly [string, string])[]> {
  const made: (readonly [string, string])[] = [];
  for (const [name, args] of Object.entries(SETS)) {
    const place = path.join(folder, `set-${made.length}`);
    await work.makePhotos(place, ['--photos', '24', '--seed', '3', ...args]);
    made.push([name, path.join(place, 'photos')]);
  }
  return made;
}

async function withoutExif(work: SceneWork, photos: string, folder: string): Promise<string> {
  mkdirSync(folder);
  const program = `
from pathlib import Path
from PIL import Image
for file in Path("/photos").glob("*.jpg"):
    with Image.open(file) as photo:
        photo.save(Path("/made") / file.name, quality="keep")`;
  const mounts = { [photos]: '/photos:ro', [folder]: '/made' };
  const { exitCode, stderr } = await work.start(await work.image('colmap'), mounts, [
    'python',
    '-c',
    program,
  ]);
  if (exitCode !== 0) throw new Error(`EXIF was not removed: ${stderr}`);
  return folder;
}

async function runSeed(work: SceneWork, photos: string): Promise<SeedOutcome> {
  const mounts = { [photos]: '/photos:ro', [import.meta.dirname]: '/bench:ro' };
  const image = await work.image('colmap');
  const start = Date.now();
  const { stdout, stderr, exitCode } = await work.start(image, mounts, [
    ...['python', '/bench/seed_pipeline.py', '/photos'],
  ]);
  if (exitCode !== 0) throw new Error(`the seed's pipeline did not even start: ${stderr}`);
  return { ...(JSON.parse(stdout) as SeedOutcome), seconds: (Date.now() - start) / 1000 };
}

/** What a trainer that takes undistorted photographs alone would say of it. */
function judge({ failed, kept, photos, models = [], cameras, camera_models = [] }: SeedOutcome): string {
  if (failed !== undefined) return `fails: ${failed}`;
  return [
    `${camera_models.join(', ')}: not trainable as it is`,
    `${cameras} cameras`,
    ...(kept < photos ? [`${photos - kept} photos overwritten`] : []),
    ...(models.length > 1 ? [`first of models of ${models.join(', ')}`] : []),
  ].join('; ');
}
