import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import type { SceneResult } from '../../actions/lib/scene/scene-result.ts';
import { createProject, enginePlaces, type Project, startCommand } from '../support/darkroom-command.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { waitUntil } from '../support/processes.ts';
import { addTinyRoot, makeFrames, SCENE_FILES, seenBy } from '../support/scene-project.ts';

jest.setTimeout(180_000);

describe('darkroom reconstruct', () => {
  let test: TestEngine;
  let project: Project;
  let root: string;
  let work: string;
  let storage: string;

  const words = (...more: readonly string[]) => [
    ...['reconstruct', '--frames', path.join(work, 'photos'), '--scene', 'street', '--storage', storage],
    ...more,
  ];
  const run = (...more: readonly string[]) => project.run(words(...more));
  const containers = async (scene = 'street'): Promise<readonly string[]> => {
    const args = ['ps', '--all', '--quiet', '--filter', `label=darkroom.scene=${scene}`];
    const { stdout } = await execa(test.engine.docker, args, { env: test.engine.env });
    return stdout.split('\n').filter((line) => line !== '');
  };

  beforeAll(async () => {
    test = await startTestEngine();
    root = mkdtempSync(path.join(tmpdir(), 'darkroom-scenes-'));
    project = await createProject(SCENE_FILES);
    await addTinyRoot(project.repo);
    expect((await project.rebuild()).exitCode).toBe(0);
  });

  beforeEach(() => {
    work = mkdtempSync(path.join(root, 'scene-'));
    storage = path.join(work, 'kept', 'scenes, "here"');
    makeFrames(path.join(work, 'photos'));
  });

  afterAll(() => {
    project?.repo.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it('runs the three stages and gives the document that was promised', async () => {
    const { exitCode, stdout, stderr } = await run('--json', '--seed', '7', '--set', 'steps=30');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const result = JSON.parse(stdout) as SceneResult;
    expect(result).toMatchObject({
      ...{ version: 1, scene: 'street', storage, preset: 'preview', seed: 7, verdict: 'pass' },
      sfm: { images: 5, registered: 4, points: 1234, reprojection_px: 0.65 },
      train: { steps: 30, gaussians: 4000, psnr: 17.25, ssim: 0.51, psnr_train: 23, psnr_baseline: 14 },
      outputs: {
        ply: path.join(storage, 'outputs/street/scene.ply'),
        viewer: path.join(storage, 'outputs/street/viewer.html'),
        report: path.join(storage, 'outputs/street/report.json'),
      },
    });
    expect(result.stages.map(({ name, skipped }) => [name, skipped])).toEqual([
      ['sfm', false],
      ['train', false],
      ['view', false],
    ]);
    expect(stderr).toMatch(/^sfm: 25 % · a quarter$|^sfm: 0 % · starting$/m);
    expect(await containers()).toEqual([]);
  });

  it('gives each stage its storage, what it has to know, no network and the user of the caller', async () => {
    const earlier = '{"sfm":{},"train":{},"photographs":[]}';
    writeFileSync(path.join(work, 'report.json'), earlier);
    const { exitCode, stderr } = await run(
      '--set',
      'a=1',
      '--set',
      'b=x=y z',
      '--baseline',
      path.join(work, 'report.json'),
    );
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const [sfm, train, view] = ['sfm', 'train', 'view'].map((stage) => seenBy(storage, stage));
    expect(sfm).toContain(
      'storage=file:///storage frames=file:///frames preset=preview seed=0 options={"a":"1","b":"x=y z"} baseline= home=/tmp\n',
    );
    expect(sfm).toMatch(/^key=[0-9a-f]{64} digest=sha256:[0-9a-f]{64}$/m);
    expect(sfm).toContain('a photograph\n');
    expect(train).toContain('frames= preset=');
    expect(view).toContain('baseline=/baseline.json');
    expect(view).toContain(earlier);
    for (const seen of [sfm, train, view]) {
      expect(seen).toMatch(new RegExp(`^Uid:\\s+${process.getuid?.()}\\s`, 'm'));
      expect(seen).toMatch(new RegExp(`^Gid:\\s+${process.getgid?.()}\\s`, 'm'));
      // Nothing but loopback.
      expect([...(seen ?? '').matchAll(/^\s*(\w+):(?:\s+\d+){16}$/gm)].map((line) => line[1])).toEqual([
        'lo',
      ]);
    }
    expect(statSync(path.join(storage, 'street-sfm')).uid).toBe(process.getuid?.());
  });

  it('hands the credentials of the environment and of ~/.aws on where the storage is in S3', async () => {
    mkdirSync(path.join(work, '.aws'));
    writeFileSync(path.join(work, '.aws/config'), '[profile test]');
    const env = { HOME: work, AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const running = project.start(words('--storage', 's3://bucket/p', '--json'), env);
    const { stdout, stderr, exitCode } = await running;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    for (const stage of ['sfm', 'train', 'view']) {
      expect(stderr).toContain(`${stage}: s3://bucket/p AKIATEST http://127.0.0.1:1 [profile test]`);
    }
    expect(JSON.parse(stdout).outputs.ply).toBe('s3://bucket/p/outputs/street/scene.ply');
  });

  it('says in one line that everything is there when it is run again', async () => {
    const first = await run();
    expect(first.stdout).toContain('open    ');
    expect(first.stdout).toContain('4 of 5 photographs registered');
    const again = await run();
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout.trim().split('\n')).toHaveLength(1);
    expect(again.stdout).toContain('street: everything is there');
    expect(again.stdout).toContain('viewer.html');
    expect(again.stderr).toContain('sfm: already there');
  });

  it.each([
    ['gate', 3, '2 of 5 photographs registered\n  Take more.'],
    ['input', 2, 'There is no option "mode".'],
    ['silent', 1, 'failed with exit code 7. It ended with:\nout of luck'],
    ['verdict', 1, '"psnr" is 17.25; the limit is 16.5.'],
  ])('ends with the words and the code of a stage that says "%s"', async (mode, code, text) => {
    const { exitCode, stderr } = await run('--set', `mode=${mode}`);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: code });
    expect(stderr).toContain(text);
    expect(await containers()).toEqual([]);
  });

  it('puts the problems of a stage into the document', async () => {
    const { stdout } = await run('--json', '--set', 'mode=gate');
    const message = '2 of 5 photographs registered';
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      problems: [{ code: 'sfm/few-registered', message, hint: 'Take more.' }],
    });
  });

  it('is not broken by whatever a container says', async () => {
    const { exitCode, stderr, stdout } = await run('--set', 'mode=garbage');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain('4 of 5 photographs');
    expect(stderr).toContain('which is no event');
    expect(stderr).toContain('sfm: cleared ');
    expect(stderr).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F]/);
    expect(stderr.length).toBeLessThan(20_000);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'lets a stage write its checkpoint on %s, leaves no container and says how to go on',
    async (signal, code) => {
      const running = project.start(words('--set', 'mode=wait'));
      await waitUntil(() => existsSync(path.join(storage, 'waiting')));
      running.kill(signal);
      const { exitCode, stderr } = await running;
      expect({ exitCode, stderr }).toMatchObject({ exitCode: code });
      expect(readFileSync(path.join(storage, 'checkpoint'), 'utf8')).toBe('saved\n');
      expect(stderr).toContain('Run the same command again');
      expect(await containers()).toEqual([]);
    },
  );

  it('does not wait after a second Ctrl-C', async () => {
    const running = project.start(words('--set', 'mode=deaf'));
    await waitUntil(() => existsSync(path.join(storage, 'waiting')));
    const asked = Date.now();
    running.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(await containers()).toEqual([]);
  });

  it('ends and removes the container of a command that was killed, with time for its checkpoint', async () => {
    const running = project.start(words('--set', 'mode=wait'));
    await waitUntil(() => existsSync(path.join(storage, 'waiting')));
    running.kill('SIGKILL');
    await running;
    const again = await run('--set', 'mode=other');
    expect({ exitCode: again.exitCode, stderr: again.stderr }).toMatchObject({ exitCode: 0 });
    expect(readFileSync(path.join(storage, 'checkpoint'), 'utf8')).toBe('saved\n');
    expect(await containers()).toEqual([]);
  });

  it('finds a container that outlived its command and everything that was tied to it', async () => {
    const gone = await execa('sh', ['-c', 'echo $$']);
    const space = /\d+/.exec((await execa('readlink', ['/proc/self/ns/pid'])).stdout)?.[0];
    const ref = (await project.plan()).images.find(({ name }) => name === 'colmap')?.ref ?? '';
    const start = (scene: string, owner: string) =>
      execa(
        test.engine.docker,
        [
          ...['run', '--detach', '--init', '--label', `darkroom.scene=${scene}`],
          ...['--label', `darkroom.owner=${owner}`, ref, 'sleep', '600'],
        ],
        { env: test.engine.env },
      );
    await Promise.all([
      start('old', `${space}-${gone.stdout}`),
      start('living', `${space}-${process.pid}`),
      start('elsewhere', `1-${gone.stdout}`),
    ]);
    const { exitCode, stderr } = await run();
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(await containers('old')).toEqual([]);
    const left = [...(await containers('living')), ...(await containers('elsewhere'))];
    expect(left).toHaveLength(2);
    await execa(test.engine.docker, ['rm', '--force', ...left], { env: test.engine.env });
  });

  it('resolves places against the folder it works in, and builds nothing for a request that is wrong', async () => {
    makeFrames(path.join(project.repo.dir, 'photos'));
    const words = [
      'reconstruct',
      '-C',
      project.repo.dir,
      '--frames',
      'photos',
      '--scene',
      'street',
      '--json',
    ];
    const started = startCommand(tmpdir(), words, enginePlaces(test));
    const result = JSON.parse((await started).stdout) as SceneResult;
    expect(result.storage).toBe(path.join(project.repo.dir, 'scenes'));
    // What is planned is the tree, and a storage may hold gigabytes.
    expect(project.repo.git('status', '--porcelain')).toBe('?? photos/');
    project.repo.write('containers/colmap/stage.sh', 'exit 9\n');
    const wrong = await project.run(
      [
        'reconstruct',
        '--json',
        '--frames',
        'nowhere',
        '--scene',
        '../up',
        '--preset',
        'high',
        '--set',
        'x',
        '--seed',
        '-1',
      ],
      { PATH: '/usr/bin:/bin' },
    );
    project.repo.git('checkout', '--quiet', '.');
    expect(wrong.exitCode).toBe(2);
    const { problems } = JSON.parse(wrong.stdout) as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code)).toEqual([
      'scene/bad-scene',
      'scene/no-gpu',
      'scene/bad-set',
      'scene/bad-seed',
    ]);
    expect(wrong.stderr).not.toContain('Fetching');
  });

  it('says which image cannot be had, and why, also in its document', async () => {
    project.repo.write('containers/splat-tools/Dockerfile', 'FROM 127.0.0.1:1/nothing:1\nCOPY stage.sh /\n');
    const { exitCode, stdout } = await run('--json');
    project.repo.git('checkout', '--quiet', '.');
    expect(exitCode).toBe(1);
    const { problems } = JSON.parse(stdout) as { problems: { code: string; message: string }[] };
    expect(problems.map(({ code }) => code)).toEqual(['plan/blocked', 'scene/not-built']);
    expect(problems[0]?.message).toContain('127.0.0.1:1/nothing:1');
    expect(existsSync(storage)).toBe(false);
  });

  it('takes its own images where there is no repository, and says what a matrix lacks', async () => {
    const missing = await startCommand(
      work,
      ['reconstruct', '--json', '--frames', 'none', '--scene', 'street'],
      enginePlaces(test),
    );
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('"frames" is');
    project.repo.write('few.yml', 'images:\n  colmap: {}\n  tiny: {}\n');
    const few = await run('--matrix', 'few.yml');
    expect(few.exitCode).toBe(2);
    expect(few.stderr).toContain('"gaussian-splatting-cpu", "splat-tools"');
  });
});
