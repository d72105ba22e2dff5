/**
 * Made-up places whose cameras are known: how far the recovered cameras are from the true ones, and the pictures of the
 * splat from the place itself. Usage: node scripts/bench/scene-truth.ts [PHOTOS [WIDTHxHEIGHT]]
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { markdownTable } from '../../actions/lib/report/text-table.ts';
import { SCENE_MAKER, type SceneWork } from '../../test/support/scene-work.ts';
import { say } from '../say.ts';
import { machineFacts } from './machine-facts.ts';
import { cell, runSfm, withSceneWork } from './scene-stages.ts';

const [photos = '24', size = '480x360'] = process.argv.slice(2);

/** Variants by what is special about them: arguments of `scene_maker`. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  plain: [],
  'lens distortion': ['--radial', '-0.1'],
  'no EXIF, lens distortion': ['--no-exif', '--radial', '-0.06'],
  'same base names in two folders': ['--naming', 'two-folders'],
  '.JPG and .png': ['--naming', 'mixed'],
  video: ['--video'],
  'two places with nothing in common': ['--sets', '2'],
};
/** Trained as well; the others are held against the truth by their cameras alone. */
const TRAINED = ['lens distortion'];

interface Compared {
  readonly photos: number;
  readonly registered: number;
  readonly median_degrees: number;
  readonly worst_degrees: number;
  readonly median_pair_degrees: number;
  readonly worst_pair_degrees: number;
  readonly median_percent: number;
  readonly worst_percent: number;
  readonly focal_percent: number;
  readonly psnr_truth?: Readonly<Record<string, number>>;
}

await withSceneWork(async (work, folder) => {
  const rows: string[][] = [];
  for (const [name, args] of Object.entries(VARIANTS)) {
    const place = path.join(folder, `place-${rows.length}`);
    await work.makePhotos(place, [
      '--photos',
      photos,
      '--size',
      size,
      '--radial',
      '0',
      '--seed',
      '5',
      ...args,
    ]);
    const row = TRAINED.includes(name) ? await trained(work, place) : await camerasOnly(work, place);
    rows.push([name, ...row]);
    say(rows.at(-1)?.join('  ') ?? '');
  }
  const columns = [
    'turn between photos °, median (worst)',
    'rotation °',
    'position % of path',
    'focal %',
    'held-out dB to truth',
    'seconds',
  ];
  process.stdout.write(`${machineFacts()}, ${photos} photos of ${size}\n\n`);
  process.stdout.write(`${markdownTable(['variant', 'registered', ...columns], rows)}\n`);
});

async function camerasOnly(work: SceneWork, place: string): Promise<string[]> {
  const storage = path.join(place, 'storage');
  const { seconds, failed, summary } = await runSfm(work, path.join(place, 'photos'), storage);
  if (failed !== null) return [failed];
  const compared = await compare(work, place, ['/made/storage/colmap/bench']);
  return errors(compared, `${cell(summary.registered)} of ${cell(summary.images)}`, seconds);
}

async function trained(work: SceneWork, place: string): Promise<string[]> {
  const start = Date.now();
  const args = [
    '--frames',
    path.join(place, 'photos'),
    '--scene',
    'truth',
    '--storage',
    path.join(place, 'storage'),
  ];
  const { exitCode, stderr } = await work.reconstruct(args);
  if (exitCode !== 0) return [`exit ${exitCode}: ${stderr.slice(-300)}`];
  const seconds = (Date.now() - start) / 1000;
  const folders = ['/made/storage/colmap/truth', '/made/storage/outputs/truth'];
  const compared = await compare(work, place, folders);
  return errors(compared, `${compared.registered} of ${compared.photos}`, seconds);
}

/** A truth for every set; the one whose photographs were registered is compared. */
async function compare(work: SceneWork, place: string, folders: readonly string[]): Promise<Compared> {
  const truths = readdirSync(place).filter(
    (name) => name.endsWith('.json') && statSync(path.join(place, name)).isFile(),
  );
  const found: Compared[] = [];
  for (const truth of truths) {
    const { stdout, stderr, exitCode } = await work.start(
      await work.image('colmap'),
      { ...SCENE_MAKER, [place]: '/made:ro' },
      ['python', '-m', 'scene_maker.compare', `/made/${truth}`, ...folders],
      ['--env', 'PYTHONPATH=/maker:/app'],
    );
    if (exitCode !== 0) say(`${truth}: ${stderr.slice(-300)}`);
    else found.push(JSON.parse(stdout) as Compared);
  }
  const [best] = found.toSorted((one, other) => other.registered - one.registered);
  if (best === undefined) throw new Error(`nothing in "${place}" could be compared`);
  return best;
}

function errors(compared: Compared, registered: string, seconds: number): string[] {
  const views = Object.values(compared.psnr_truth ?? {});
  const mean = views.reduce((sum, one) => sum + one, 0) / views.length;
  return [
    registered,
    `${cell(compared.median_pair_degrees, 3)} (${cell(compared.worst_pair_degrees, 3)})`,
    `${cell(compared.median_degrees, 3)} (${cell(compared.worst_degrees, 3)})`,
    `${cell(compared.median_percent, 3)} (${cell(compared.worst_percent, 3)})`,
    cell(compared.focal_percent, 2),
    views.length === 0 ? '–' : cell(mean, 2),
    cell(seconds),
  ];
}
