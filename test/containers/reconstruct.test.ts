import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SceneResult } from '../../actions/lib/scene/scene-result.ts';
import { stageImages } from '../../actions/lib/scene/stage.ts';
import { enginePlaces } from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';
import { filesBelow, openSceneWork, type SceneWork, SMALL_SCENE } from '../support/scene-work.ts';

const PHOTOS = 10;

/** The three stages as they are, on a place small enough for two cores. */
describe('a scene from photographs', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-scenes-'));
  const storage = path.join(folder, 'storage');
  const photos = path.join(folder, 'yard/photos');
  let work: SceneWork;

  beforeAll(async () => {
    const test = await startTestEngine();
    work = openSceneWork(test.engine, enginePlaces(test));
    await Promise.all(Object.values(stageImages('gaussian-splatting-cpu')).map(work.image));
    await work.makePhotos(path.dirname(photos), ['--photos', String(PHOTOS), '--size', '256x192']);
    await work.makePhotos(path.join(folder, 'strangers'), [
      '--photos',
      '1',
      '--sets',
      '4',
      '--size',
      '256x192',
    ]);
  }, 900_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const args = () => [
    ...['--frames', photos, '--scene', 'yard', '--storage', storage],
    ...[...SMALL_SCENE, 'steps=100'].flatMap((one) => ['--set', one]),
  ];

  async function reconstruct(): Promise<SceneResult> {
    const { exitCode, stdout, stderr } = await work.reconstruct(args());
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return JSON.parse(stdout) as SceneResult;
  }

  /** What the stage `sfm` says of photographs it can make nothing of. */
  async function refused(frames: string): Promise<unknown> {
    const kept = path.join(folder, 'refused');
    mkdirSync(kept, { recursive: true });
    const mounts = { [frames]: '/frames:ro', [kept]: '/storage' };
    const given = { STORAGE: 'file:///storage', SCENE_ID: path.basename(frames), FRAMES: 'file:///frames' };
    const { exitCode, events } = await work.stage(await work.image('colmap'), mounts, given);
    const problems = events.filter(({ event }) => event === 'problem');
    return { exitCode, codes: problems.map(({ code }) => code) };
  }

  it('is registered, trained and can be looked at', async () => {
    const { sfm, train, outputs, stages, verdict } = await reconstruct();
    expect(sfm).toMatchObject({ images: PHOTOS, registered: PHOTOS });
    expect(stages.map(({ name, skipped }) => [name, skipped])).toEqual([
      ['sfm', false],
      ['train', false],
      ['view', false],
    ]);
    expect(train.psnr).toBeGreaterThan(train.psnr_baseline ?? Number.NaN);
    expect(verdict).toBe('pass');
    const [header = '', body = Buffer.alloc(0)] = splitPly(readFileSync(outputs.ply));
    expect(header).toMatch(/^ply\nformat binary_little_endian 1\.0\n/);
    const count = Number(/^element vertex (\d+)$/m.exec(header)?.[1]);
    const properties = [...header.matchAll(/^property float \S+$/gm)].length;
    expect(count).toBe(train.gaussians);
    expect(body.length).toBe(count * properties * 4);
    expect(readFileSync(outputs.viewer, 'utf8')).toMatch(/^<!doctype html>/i);
    expect(existsSync(outputs.page) && existsSync(outputs.report)).toBe(true);
  }, 240_000);

  it('is not made again, and not a byte of it changes', async () => {
    const results = () =>
      Object.entries(filesBelow(storage)).filter(([name]) => !name.endsWith('/lease.json'));
    const before = results();
    const { stages } = await reconstruct();
    expect(stages.map(({ skipped }) => skipped)).toEqual([true, true, true]);
    expect(before.length).toBeGreaterThan(40);
    expect(results()).toEqual(before);
  }, 60_000);

  it('names an object that was altered and makes it again', async () => {
    const altered = path.join(storage, 'colmap/yard/sparse/0/points3D.bin');
    const bytes = readFileSync(altered);
    writeFileSync(altered, Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]));
    const { exitCode, stdout, stderr } = await work.reconstruct(args());
    expect(exitCode).toBe(0);
    expect(stderr).toContain('"colmap/yard/sparse/0/points3D.bin" was altered');
    const { stages } = JSON.parse(stdout) as SceneResult;
    // The same cameras come of it, and with them what was learned from them still holds.
    expect(stages.map(({ skipped }) => skipped)).toEqual([false, true, true]);
    expect(readFileSync(altered).equals(bytes)).toBe(true);
  }, 240_000);

  it('needs more than one photograph', async () => {
    expect(await refused(path.join(folder, 'strangers/photos/set1'))).toMatchObject({
      exitCode: 2,
      codes: ['sfm/too-few-photos'],
    });
  }, 60_000);

  it('needs photographs that have something in common', async () => {
    expect(await refused(path.join(folder, 'strangers/photos'))).toMatchObject({
      exitCode: 1,
      codes: ['sfm/no-model'],
    });
  }, 120_000);
});

function splitPly(ply: Buffer): readonly [string, Buffer] {
  const end = ply.indexOf('end_header\n') + 'end_header\n'.length;
  return [ply.subarray(0, end).toString('latin1'), ply.subarray(end)];
}
