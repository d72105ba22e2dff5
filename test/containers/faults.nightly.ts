import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { SceneResult } from '../../actions/lib/scene/scene-result.ts';
import { STAGES, type Stage, stageImages } from '../../actions/lib/scene/stage.ts';
import { enginePlaces } from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';
import { filesBelow, openSceneWork, type SceneWork, SMALL_SCENE, said } from '../support/scene-work.ts';

jest.setTimeout(400_000);

const IMAGES = stageImages('gaussian-splatting-cpu');

/** What happens to long runs, and what people hand in. */
describe('a scene under way', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-scenes-'));
  const photos = path.join(folder, 'yard/photos');
  let work: SceneWork;

  beforeAll(async () => {
    const test = await startTestEngine();
    work = openSceneWork(test.engine, enginePlaces(test));
    await Promise.all(Object.values(IMAGES).map(work.image));
    await work.makePhotos(path.join(folder, 'yard'), ['--photos', '10', '--size', '256x192']);
  }, 900_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const args = (scene: string, storage = path.join(folder, scene), steps = 1500): string[] => [
    ...['--frames', photos, '--scene', scene, '--storage', storage],
    ...[...SMALL_SCENE, `steps=${steps}`].flatMap((one) => ['--set', one]),
  ];

  async function whole(words: readonly string[], env = {}): Promise<SceneResult> {
    const { exitCode, stdout, stderr } = await work.reconstruct(words, env);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return JSON.parse(stdout) as SceneResult;
  }

  /** Frames, and what the stage `sfm` makes of them. */
  async function register(frames: string, options: readonly string[] = []) {
    const kept = path.join(folder, `register-${path.basename(frames)}`);
    mkdirSync(kept, { recursive: true });
    const mounts = { [frames]: '/frames:ro', ...(options.length === 0 ? { [kept]: '/storage' } : {}) };
    const given = { STORAGE: 'file:///storage', SCENE_ID: 'odd', FRAMES: 'file:///frames' };
    const run = await work.stage(await work.image('colmap'), mounts, given, options);
    const result = run.events.find(({ event }) => event === 'result');
    return { ...run, summary: (result?.summary ?? {}) as Record<string, unknown> };
  }

  it.each(STAGES)('that is stopped in the stage "%s" goes on', async (stage) => {
    const words = args(`stopped-${stage}`);
    const stopped = work.reconstruct(words);
    const name = await stageContainer(work, `stopped-${stage}`, stage);
    await sleep(700);
    await work.docker(['kill', '--signal', 'TERM', name]);
    const started = Date.now();
    const { exitCode } = await stopped;
    expect({ exitCode, quick: Date.now() - started < 12_000 }).toMatchObject({ exitCode: 1, quick: true });
    const { stages } = await whole(words);
    const before = STAGES.slice(0, STAGES.indexOf(stage));
    expect(stages.filter(({ skipped }) => skipped).map(({ name }) => name)).toEqual(before);
  });

  it('goes on from its last checkpoint, whether it was stopped or killed', async () => {
    // So many that it says how far it is while there is still time.
    const words = args('cut', path.join(folder, 'cut'), 4000);
    const stopped = work.reconstruct(words);
    await said(stopped, /step \d{3,} of 4000/);
    await signal('cut', 'TERM');
    expect(await stopped).toMatchObject({ exitCode: 1 });
    const killed = work.reconstruct(words);
    const { step } = await said(killed, /going on from step (?<step>\d+) of 4000/);
    await signal('cut', 'KILL');
    expect(await killed).toMatchObject({ exitCode: 1 });

    const { stages } = await whole(words);
    expect(stages.map(({ skipped }) => skipped)).toEqual([true, false, false]);
    const outputs = path.join(folder, 'cut/outputs/cut');
    const { summary } = JSON.parse(readFileSync(path.join(outputs, 'train-manifest.json'), 'utf8')) as {
      summary: { resumed_from: number | null; steps: number };
    };
    expect(summary).toMatchObject({ resumed_from: Number(step), steps: 4000 });
    expect(existsSync(path.join(outputs, 'checkpoints'))).toBe(false);
  });

  async function signal(scene: string, name: string): Promise<void> {
    const containers = await work.containers(scene);
    expect(containers).toHaveLength(1);
    for (const container of containers) await work.docker(['kill', '--signal', name, container]);
  }

  it('that two runs make at once is made once', async () => {
    const [one, other] = await Promise.all([
      work.reconstruct(args('twice')),
      work.reconstruct(args('twice')),
    ]);
    expect([one.exitCode, other.exitCode, one.stderr + other.stderr]).toMatchObject([
      0,
      0,
      expect.anything(),
    ]);
    const made = [one, other].flatMap(({ stdout }) =>
      (JSON.parse(stdout) as SceneResult).stages.filter(({ skipped }) => !skipped).map(({ name }) => name),
    );
    expect(made.sort()).toEqual([...STAGES].sort());
    expect(one.stderr + other.stderr).toMatch(/waiting until that run has ended/);
  });

  it('that fills the disk says so and leaves nothing that looks whole', async () => {
    const { exitCode, events } = await register(photos, [
      ...['--mount', 'type=tmpfs,destination=/storage,tmpfs-size=700k,tmpfs-mode=1777'],
    ]);
    const problems = events.filter(({ event }) => event === 'problem');
    expect({ exitCode, problems }).toMatchObject({
      exitCode: 1,
      problems: [{ message: expect.stringMatching(/no (?:space|room)|full/i) }],
    });
  });

  it('whose photographs are of two places keeps the larger part and names the rest', async () => {
    const sets = path.join(folder, 'sets');
    await work.makePhotos(sets, ['--photos', '6', '--sets', '2', '--size', '256x192']);
    for (const name of ['0004.jpg', '0005.jpg']) rmSync(path.join(sets, 'photos/set2', name));
    const { events, exitCode } = await register(path.join(sets, 'photos'));
    const said = JSON.stringify(events);
    expect({ exitCode, said }).toMatchObject({ said: expect.stringContaining('set2/0000.jpg') });
  });

  it('whose photographs are odd uses those that are none of it', async () => {
    const odd = path.join(folder, 'odd');
    cpSync(photos, path.join(odd, 'äußere Wand (1)'), { recursive: true });
    const whole = readFileSync(path.join(photos, '0003.jpg'));
    writeFileSync(path.join(odd, 'torn.jpg'), whole.subarray(0, 900));
    writeFileSync(path.join(odd, 'letter.jpg'), 'Dear Sir or Madam');
    writeFileSync(path.join(odd, 'notes.txt'), 'none of the photographs');
    const { summary, exitCode, stderr } = await register(odd);
    expect({ exitCode, stderr, summary }).toMatchObject({ exitCode: 0, summary: { registered: 10 } });
    const { excluded } = summary.preflight as { excluded: { name: string }[] };
    expect(excluded.map(({ name }) => name).sort()).toEqual(['letter.jpg', 'torn.jpg']);
  });

  it('that lies in S3 is made there, and not twice', async () => {
    const port = await freePort();
    const ref = await work.image('scene-common-test');
    const command = ['python3', '-m', 'moto.server', '--host', '127.0.0.1', '--port', String(port)];
    const server = work.start(ref, {}, command, ['--network', 'host', '--name', `moto-${port}`]);
    try {
      const endpoint = `http://127.0.0.1:${port}`;
      await answers(endpoint);
      await fetch(`${endpoint}/scenes`, { method: 'PUT' });
      const env = {
        ...{ AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
        ...{ AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true' },
      };
      const words = args('in-s3', 's3://scenes/library');
      const { outputs, stages } = await whole(words, env);
      expect(stages.map(({ skipped }) => skipped)).toEqual([false, false, false]);
      expect(outputs.viewer).toBe('s3://scenes/library/outputs/in-s3/viewer.html');
      expect((await whole(words, env)).stages.map(({ skipped }) => skipped)).toEqual([true, true, true]);
    } finally {
      await work.docker(['kill', `moto-${port}`]);
      await server;
    }
  });

  it('leaves nothing in the folders of photographs', () => {
    expect(Object.keys(filesBelow(photos))).toHaveLength(10);
    expect(existsSync(path.join(folder, 'stopped-sfm/frames'))).toBe(true);
  });
});

/** Name of the container in which a stage of a scene runs, once it does. */
async function stageContainer(work: SceneWork, scene: string, stage: Stage): Promise<string> {
  const ref = await work.image(IMAGES[stage]);
  const filter = ['--filter', `label=darkroom.scene=${scene}`, '--filter', `ancestor=${ref}`];
  for (let tries = 0; tries < 1200; tries += 1) {
    const names = await work.docker(['ps', ...filter, '--format', '{{.Names}}']);
    if (names !== '') return names;
    await sleep(200);
  }
  throw new Error(`the stage "${stage}" did not start within four minutes`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(200);
  }
  throw new Error(`nothing answered at ${url} within half a minute`);
}
