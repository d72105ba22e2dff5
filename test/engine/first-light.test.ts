import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { startTestEngine, type TestEngine } from '../support/engine.ts';

/** What is built when nothing is asked for; the images that only run tests are not. */
const IMAGES = ['base-python', 'base-node', 'colmap', 'gaussian-splatting-cpu', 'splat-tools'];

/** The images of this repository, as a newcomer builds them. */
describe('first light', () => {
  const clone = mkdtempSync(path.join(tmpdir(), 'darkroom-clone-'));
  let test: TestEngine;

  beforeAll(async () => {
    test = await startTestEngine();
    execFileSync('git', ['clone', '--quiet', '--no-hardlinks', process.cwd(), clone]);
  }, 60_000);
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  async function darkroom(...args: string[]) {
    const env = { XDG_STATE_HOME: path.dirname(test.folders.state) };
    return execa(path.resolve('scripts/darkroom'), args, { cwd: clone, env, reject: false });
  }

  async function rebuild(): Promise<Record<string, unknown>> {
    const { stdout, stderr, exitCode } = await darkroom('rebuild', '--json');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('builds every image from nothing and publishes it', async () => {
    const first = await rebuild();
    expect(first).toMatchObject({
      built: IMAGES,
      blocked: [],
      failed: [],
      skipped: [],
    });
    expect(Object.keys(first.published as object).sort()).toEqual([...IMAGES].sort());
  }, 600_000);

  it('builds nothing the second time', async () => {
    expect(await rebuild()).toMatchObject({ built: [], hits: IMAGES });
  }, 60_000);

  it('runs pycolmap, as a user that is not root', async () => {
    const { stdout } = await darkroom(
      'run',
      'colmap',
      'python',
      '-c',
      'import os, pycolmap; print(pycolmap.__version__, os.getuid())',
    );
    expect(stdout).toBe('4.1.1 10001');
  }, 120_000);

  it('says what a stage lacks, as one problem for each line', async () => {
    const { stdout, exitCode } = await darkroom('run', 'colmap');
    expect(exitCode).toBe(2);
    const events = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ event: 'problem', code: 'settings/storage' });
  }, 60_000);

  it('rebuilds one image for one line, and says which file caused it', async () => {
    appendFileSync(path.join(clone, 'containers/colmap/sfm/__init__.py'), '# one more line\n');
    const plan = JSON.parse((await darkroom('plan', '--json')).stdout) as {
      images: { name: string; reasons: string[] }[];
    };
    expect(plan.images.find((image) => image.name === 'colmap')?.reasons).toEqual([
      'containers/colmap/sfm/__init__.py changed',
    ]);
    expect(await rebuild()).toMatchObject({
      built: ['colmap'],
      hits: IMAGES.filter((name) => name !== 'colmap'),
    });
  }, 60_000);

  it('says which tools base-node has', async () => {
    const { stdout } = await darkroom(
      'run',
      'base-node',
      'sh',
      '-c',
      'node --version && npm --version && cc --version | head -1',
    );
    expect(stdout).toMatch(/^v22\.\d+\.\d+\n\d+\.\d+\.\d+\ncc /);
  }, 120_000);
});
