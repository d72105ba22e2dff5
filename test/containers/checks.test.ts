import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseMatrix } from '../../actions/lib/matrix/parse-matrix.ts';
import { enginePlaces } from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';
import { openSceneWork, SCENE_MAKER, type SceneWork } from '../support/scene-work.ts';

const CHECKED = [...parseMatrix(readFileSync('action-matrix.yml', 'utf8'), 'action-matrix.yml').images.keys()]
  .filter((name) => name.endsWith('-test'))
  .sort();

/** Style, types and tests of the Python in an image, run in that image. */
describe('the images with Python of ours', () => {
  let work: SceneWork;

  beforeAll(async () => {
    const test = await startTestEngine();
    work = openSceneWork(test.engine, enginePlaces(test));
  }, 60_000);

  it('are all checked', () => {
    expect(CHECKED).toEqual([
      'colmap-test',
      'gaussian-splatting-cpu-test',
      'scene-common-test',
      'splat-tools-test',
    ]);
  });

  it.each(CHECKED)(
    '%s passes its checks',
    async (name) => {
      const ran = await work.start(await work.image(name), {}, []);
      tell(name, ran.stdout);
      expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^[1-9]\d* passed/m) });
    },
    600_000,
  );

  it('and the photographs that tests are made of pass theirs', async () => {
    const command = ['sh', '/app/check-python', 'scene_maker'];
    const ran = await work.start(await work.image('colmap-test'), SCENE_MAKER, command, [
      '--workdir',
      '/maker',
    ]);
    tell('scene_maker', ran.stdout);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^[1-9]\d* passed/m) });
  }, 120_000);
});

/** How many tests there were; all that was said where they did not pass. */
function tell(name: string, stdout: string): void {
  const counts = /^\d+ (?:passed|failed).*$/m.exec(stdout)?.[0];
  process.stderr.write(`${name}: ${counts ?? stdout}\n`);
}
