import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createProject, PLATFORM, type Project, planned } from '../support/darkroom-command.ts';
import { processesWith, waitUntil } from '../support/processes.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';

jest.setTimeout(180_000);

/** Says a number every second, as often as a secret says: the same key, but a build that can be held up. */
const LOOP = 'i=0; while [ $i -lt $(cat /run/secrets/seconds) ]; do echo $i; sleep 1; i=$((i+1)); done';

/** Waits as long and says nothing: whoever reads along cannot tell by a broken pipe that nobody listens. */
const SILENCE = 'sleep $(cat /run/secrets/seconds)';

describe('a build that fails or is ended', () => {
  let project: Project;
  let temporary: string;
  let marker: string;

  const breakBad = (bad: boolean): void => {
    const command = bad ? 'echo before; echo the last words >&2; exit 7' : 'echo fine';
    project.repo.write('containers/bad/Dockerfile', `# One.\nFROM base\n\nRUN ${command}\n`);
  };
  const start = (seconds: string) =>
    project.start(['build', 'slow'], { SECONDS: seconds, TMPDIR: temporary });
  const keyTags = async (image: string) =>
    (await project.tags(image)).filter((tag) => tag.startsWith('key-'));

  beforeAll(async () => {
    temporary = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
    marker = `marker-${path.basename(temporary)}`;
    const on = `platforms: [${PLATFORM}]`;
    project = await createProject({
      'action-matrix.yml': `images:
  base: { ${on} }
  good: {}
  bad: { ${on} }
  child: { ${on} }
  slow: { ${on}, tags: [], secrets: { seconds: {} } }
  early: { ${on}, tags: [], secrets: { seconds: {} } }
  late: { ${on}, tags: [] }
`,
      'containers/base/Dockerfile': 'FROM scratch\nCOPY root /\n',
      'containers/good/Dockerfile': 'FROM scratch\nCOPY good.txt /\n',
      'containers/good/good.txt': 'good\n',
      'containers/child/Dockerfile': 'FROM bad\nCOPY child.txt /\n',
      'containers/child/child.txt': 'child\n',
      'containers/early/Dockerfile': `FROM base\nRUN --mount=type=secret,id=seconds ${LOOP}\n`,
      'containers/late/Dockerfile': 'FROM early\nRUN echo late\n',
      'containers/slow/Dockerfile': `FROM base\nRUN --mount=type=secret,id=seconds : ${marker}; ${SILENCE}\n`,
    });
    await makeTinyRoot(path.join(project.repo.dir, 'containers/base/root'));
    breakBad(false);
    project.repo.commit();
    expect(await project.rebuild()).toMatchObject({ built: ['base', 'good', 'bad', 'child'], exitCode: 0 });
  });

  afterAll(() => {
    project?.repo.remove();
    rmSync(temporary, { recursive: true, force: true });
  });

  it('names file, line and last output, skips what needs it, builds the rest and moves no tag', async () => {
    const before = await project.tag('good', 'main');
    breakBad(true);
    project.repo.write('containers/good/good.txt', 'better\n');
    const rebuilt = await project.rebuild();
    expect(rebuilt).toMatchObject({ built: ['good'], failed: ['bad'], skipped: ['child'], exitCode: 1 });
    expect(rebuilt.published).toEqual({});
    expect(rebuilt.problems).toHaveLength(1);
    expect(rebuilt.problems[0]?.place).toEqual({ file: 'containers/bad/Dockerfile', line: 4 });
    expect(rebuilt.stderr).toContain('containers/bad/Dockerfile:4');
    expect(rebuilt.stderr).toContain('the last words');
    expect(rebuilt.stderr).toContain('exit code 7');
    expect(await project.tag('good', 'main')).toBe(before);
    const { stdout, exitCode } = await project.run(['rebuild']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('needs bad');
    breakBad(false);
    expect(await project.rebuild()).toMatchObject({ built: [], exitCode: 0 });
    expect(await project.tag('good', 'main')).not.toBe(before);
  });

  it('ends nothing that runs beside it, and what stands on that is built later', async () => {
    breakBad(true);
    const args = ['build', '--json', 'bad', 'child', 'late'];
    const { stdout, exitCode } = await project.run(args, { SECONDS: '4' });
    breakBad(false);
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
      ...{ exitCode: 1, built: ['early', 'late'], failed: ['bad'], skipped: ['child'], published: {} },
    });
    expect(await keyTags('late')).toHaveLength(1);
  });

  it('ends with its RUN on Ctrl-C, and leaves neither a key nor a folder', async () => {
    const child = start('600');
    await waitUntil(() => processesWith(marker) > 0);
    child.kill('SIGINT');
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Stopped.');
    await waitUntil(() => processesWith(marker) === 0);
    expect(await keyTags('slow')).toEqual([]);
    // Node's own cache of compiled code is not the command's to remove.
    expect(readdirSync(temporary).filter((name) => name !== 'node-compile-cache')).toEqual([]);
  });

  it('is healed by the next run when it was killed', async () => {
    const child = start('600');
    await waitUntil(() => processesWith(marker) > 0);
    child.kill('SIGKILL');
    await child;
    // Buildx ends with the command, and its build with it; before that, the next run would join that build.
    await waitUntil(() => processesWith(marker) === 0);
    expect(await keyTags('slow')).toEqual([]);
    const { exitCode, stderr } = await start('0');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(await keyTags('slow')).toEqual([planned(await project.plan(), 'slow').tag]);
    expect(await project.rebuild()).toMatchObject({ built: [], exitCode: 0 });
    // What the killed run had exported went with the next run.
    expect(readdirSync(temporary).filter((name) => name !== 'node-compile-cache')).toEqual([]);
  });

  it('leaves its folders to the next run, also to one that builds nothing', async () => {
    expect((await start('0')).exitCode).toBe(0);
    const { pid } = spawnSync('true');
    const space = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0];
    mkdirSync(path.join(temporary, `darkroom-${space}-${pid}-abcdef`));
    const { exitCode, stdout } = await start('0');
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Nothing to build'),
    });
    expect(readdirSync(temporary).filter((name) => name !== 'node-compile-cache')).toEqual([]);
  });
});

describe('what is wrong is said before anything is started', () => {
  let project: Project;

  const wrong = async (files: Readonly<Record<string, string>>, args: readonly string[] = ['rebuild']) => {
    for (const [file, content] of Object.entries(files)) project.repo.write(file, content);
    const ran = await project.run(args);
    project.repo.git('checkout', '--quiet', '.');
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toBe('');
    expect(await project.tags('one')).toEqual([]);
    return ran.stderr;
  };

  beforeAll(async () => {
    project = await createProject({
      'action-matrix.yml': 'images:\n  one: {}\n  two: {}\n',
      'containers/one/Dockerfile': 'FROM scratch\nCOPY one.txt /\n',
      'containers/one/one.txt': 'one\n',
      'containers/two/Dockerfile': 'FROM one\nCOPY two.txt /\n',
      'containers/two/two.txt': 'two\n',
    });
  });

  afterAll(() => project?.repo.remove());

  it('a source of COPY that is not there', async () => {
    const stderr = await wrong({ 'containers/two/Dockerfile': 'FROM one\n\nCOPY tow.txt /\n' });
    expect(stderr).toContain('containers/two/Dockerfile:3: ');
    expect(stderr).toContain('"tow.txt"');
  });

  it('a circle, with the file and line of every edge', async () => {
    const stderr = await wrong({ 'containers/one/Dockerfile': 'FROM scratch\nCOPY --from=two / /\n' });
    expect(stderr).toContain('one → two → one');
    expect(stderr).toContain('containers/one/Dockerfile:2: one needs two');
    expect(stderr).toContain('containers/two/Dockerfile:1: two needs one');
  });

  it('a misspelt key, with the right one', async () => {
    const stderr = await wrong({ 'action-matrix.yml': 'images:\n  one: {}\n  two: { targt: runtime }\n' });
    expect(stderr).toContain('action-matrix.yml:3:10');
    expect(stderr).toContain('"target"');
  });

  it('an image nobody has, with the nearest name', async () => {
    const stderr = await wrong({}, ['build', 'tow']);
    expect(stderr).toContain('no image "tow"');
    expect(stderr).toContain('"two"');
  });

  it('what is blocked is left out; asking for it by name is a failure', async () => {
    const blocked = { 'containers/one/Dockerfile': 'FROM 127.0.0.1:1/nothing:1\nCOPY one.txt /\n' };
    project.repo.write('action-matrix.yml', 'images:\n  one: {}\n  two: {}\n  three: {}\n');
    project.repo.write('containers/three/Dockerfile', 'FROM scratch\nCOPY Dockerfile /\n');
    for (const [file, content] of Object.entries(blocked)) project.repo.write(file, content);
    const rebuilt = await project.rebuild();
    expect(rebuilt).toMatchObject({ built: ['three'], blocked: ['one', 'two'], failed: [], exitCode: 0 });
    expect(Object.keys(rebuilt.published)).toEqual(['three']);
    const { exitCode, stderr } = await project.run(['build', 'two']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('127.0.0.1:1/nothing:1');
  });
});

describe('a full disk', () => {
  (canMount() ? it : it.skip)(
    'is said with what is needed and what is free, and leaves nothing',
    async () => {
      const project = await createProject({
        'action-matrix.yml': 'images:\n  large: {}\n',
        'containers/large/Dockerfile': 'FROM scratch\nCOPY large.txt /\n',
        'containers/large/large.txt': 'x'.repeat(4 << 20),
      });
      await onSmallDisk(async (disk) => {
        const rebuilt = await project.rebuild([], { TMPDIR: disk, NODE_DISABLE_COMPILE_CACHE: '1' });
        expect(rebuilt).toMatchObject({ failed: ['large'], published: {}, exitCode: 1 });
        expect(rebuilt.problems.map(({ code }) => code)).toEqual(['git/disk-full']);
        expect(rebuilt.stderr).toContain('4.19 MB');
        expect(readdirSync(disk)).toEqual([]);
        writeFileSync(path.join(disk, 'everything'), Buffer.alloc(2 << 20));
        const again = await project.rebuild([], { TMPDIR: disk, NODE_DISABLE_COMPILE_CACHE: '1' });
        expect(again.problems.map(({ code }) => code)).toEqual(['build/disk-full']);
      }).finally(() => project.repo.remove());
    },
  );
});

/** Whether this user may mount a disk: not in every container. */
function canMount(): boolean {
  const disk = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
  try {
    mountSmallDisk(disk);
    execFileSync('umount', [disk]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(disk, { recursive: true });
  }
}

async function onSmallDisk(work: (disk: string) => Promise<void>): Promise<void> {
  const disk = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
  mountSmallDisk(disk);
  try {
    await work(disk);
  } finally {
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  }
}

/** Two megabytes. */
function mountSmallDisk(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'pipe' });
}
