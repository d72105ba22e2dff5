/**
 * Photographs of one place, reconstructed again and again from nothing: what is registered in every run, and once the
 * whole line with its quality, time and memory.
 * Usage: node scripts/bench/scene-lund.ts FOLDER [runs]
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { markdownTable } from '../../actions/lib/report/text-table.ts';
import type { SceneWork } from '../../test/support/scene-work.ts';
import { say } from '../say.ts';
import { machineFacts } from './machine-facts.ts';
import { cell, runSfm, withSceneWork } from './scene-stages.ts';

const [given, runs = '10'] = process.argv.slice(2);
if (given === undefined) throw new Error('usage: scene-lund.ts FOLDER [runs]');
const photos = path.resolve(given);

await withSceneWork(async (work, folder) => {
  const registered: string[][] = [];
  for (let run = 1; run <= Number(runs); run += 1) {
    const { summary, seconds, failed } = await runSfm(work, photos, path.join(folder, `run-${run}`));
    const attempts = (summary.attempts ?? []) as readonly unknown[];
    const share = `${cell(summary.registered)} of ${cell(summary.images)}`;
    const [points, error] = [cell(summary.points), cell(summary.reprojection_px, 3)];
    registered.push([String(run), failed ?? share, points, error, String(attempts.length), cell(seconds)]);
    say(registered.at(-1)?.join('  ') ?? '');
  }
  const headings = ['run', 'registered', 'points', 'error px', 'attempts', 'seconds'];
  process.stdout.write(`${machineFacts()}\n\n${markdownTable(headings, registered)}\n\n`);
  process.stdout.write(`${await wholeLine(work, path.join(folder, 'whole'))}\n`);
});

interface Manifest {
  readonly seconds: number;
  readonly peak_mb: number;
  readonly summary: Readonly<Record<string, unknown>>;
}

async function wholeLine(work: SceneWork, storage: string): Promise<string> {
  const start = Date.now();
  const args = ['--frames', photos, '--scene', 'whole', '--storage', storage];
  const { exitCode, stderr } = await work.reconstruct(args);
  if (exitCode !== 0) throw new Error(`reconstruct ended with ${exitCode}:\n${stderr}`);
  const rows = Object.entries({
    sfm: 'colmap/whole/manifest.json',
    train: 'outputs/whole/train-manifest.json',
    view: 'outputs/whole/manifest.json',
  }).map(([stage, file]) => {
    const manifest = JSON.parse(readFileSync(path.join(storage, file), 'utf8')) as Manifest;
    return [stage, cell(manifest.seconds), cell(manifest.peak_mb, 0), figures(manifest.summary)];
  });
  const headings = ['stage', 'seconds', 'peak MB', 'came to'];
  return `${markdownTable(headings, rows)}\n\nwhole line: ${cell((Date.now() - start) / 1000)} s`;
}

function figures(summary: Manifest['summary']): string {
  const names = [
    'registered',
    'points',
    'steps',
    'gaussians',
    'psnr',
    'ssim',
    'psnr_train',
    'psnr_baseline',
    'verdict',
  ];
  return names
    .filter((name) => summary[name] !== undefined)
    .map((name) => `${name} ${cell(summary[name], 3)}`)
    .join(', ');
}
