import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exportFiles } from '../../../../actions/lib/git/export-files.ts';
import { findLfsPointers } from '../../../../actions/lib/git/lfs-pointers.ts';
import { openSource } from '../../../../actions/lib/git/open-source.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { lfsPointer, storeLfsContent } from '../../../support/lfs.ts';

const MTIME = 1_600_000_000;
const cleanups: (() => unknown)[] = [];
let dir = '';

beforeEach(() => {
  const parent = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
  cleanups.push(() => rmSync(parent, { recursive: true, force: true }));
  dir = join(parent, 'out/context');
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function repository(): Promise<TestRepo> {
  const repo = await createRepo();
  cleanups.push(repo.remove);
  return repo;
}

async function opened(repo: TestRepo) {
  const source = await openSource(repo.dir, { of: 'work-tree' });
  cleanups.push(() => source.close());
  return source;
}

async function exportAll(repo: TestRepo, to: (path: string) => string = (path) => path) {
  const source = await opened(repo);
  const files = source.entries.map((entry) => ({ entry, to: to(entry.path) }));
  const lfs = await findLfsPointers(source, source.entries);
  return exportFiles(source, files, dir, { lfs, mtimeSeconds: MTIME });
}

/** Mode in octal and content of everything below the folder, by name. */
function written(): Record<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const path = join(dir, name);
      const state = lstatSync(path);
      expect(state.mtimeMs).toBe(MTIME * 1000);
      const mode = (state.mode & 0o777).toString(8);
      if (state.isSymbolicLink()) return [name, `-> ${readlinkSync(path)}`];
      return [name, state.isDirectory() ? `${mode}/` : `${mode} ${readFileSync(path, 'latin1')}`];
    }),
  );
}

describe('exportFiles', () => {
  it.each([0o022, 0o077, 0o000])(
    'writes content, modes and times that do not depend on the umask %o',
    async (umask) => {
      const repo = await repository();
      repo.write('a/b/c.txt', 'text');
      repo.write('run', '#!', { mode: 0o755 });
      repo.write('empty', '');
      repo.symlink('a/link', '/etc/passwd');
      repo.write('a/same', 'text');
      const before = process.umask(umask);
      try {
        expect(await exportAll(repo)).toEqual({ files: 5, bytes: 21 });
      } finally {
        process.umask(before);
      }
      expect(written()).toEqual({
        a: '755/',
        'a/b': '755/',
        'a/b/c.txt': '644 text',
        'a/link': '-> /etc/passwd',
        'a/same': '644 text',
        empty: '644 ',
        run: '755 #!',
      });
      expect(lstatSync(dir).mode & 0o777).toBe(0o755);
      expect(lstatSync(dir).mtimeMs).toBe(MTIME * 1000);
    },
  );

  it('writes where it is told, and only that', async () => {
    const repo = await repository();
    repo.write('x/keep', '1');
    repo.write('x/leave', '2');
    const source = await opened(repo);
    const files = source.entries
      .filter(({ path }) => path === 'x/keep')
      .map((entry) => ({ entry, to: 'keep' }));
    await exportFiles(source, files, dir, { lfs: new Map(), mtimeSeconds: MTIME });
    expect(written()).toEqual({ keep: '644 1' });
  });

  it('writes what was planned, not what lies in the work tree by then', async () => {
    const repo = await repository();
    repo.write('a', 'planned');
    const source = await opened(repo);
    repo.write('a', 'later');
    const files = source.entries.map((entry) => ({ entry, to: entry.path }));
    await exportFiles(source, files, dir, { lfs: new Map(), mtimeSeconds: MTIME });
    expect(written()).toEqual({ a: '644 planned' });
  });

  it('keeps names and link targets that are not UTF-8', async () => {
    const repo = await repository();
    repo.write(Buffer.from([0x64, 0xfe, 0x2f, 0xff]), 'x');
    repo.symlink('link', Buffer.from([0xff, 0x0a]));
    await exportAll(repo);
    const names = readdirSync(Buffer.from(dir), { recursive: false, encoding: 'buffer' });
    expect(names).toContainEqual(Buffer.from([0x64, 0xfe]));
    expect(readlinkSync(join(dir, 'link'), { encoding: 'buffer' })).toEqual(Buffer.from([0xff, 0x0a]));
    expect(
      readFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0x64, 0xfe, 0x2f, 0xff])]), 'utf8'),
    ).toBe('x');
  });

  it('writes many copies of one content without running out of open files', async () => {
    const repo = await repository();
    for (let i = 0; i < 400; i += 1) repo.write(`p${i}/__init__.py`, '');
    expect((await exportAll(repo)).files).toBe(400);
  });

  it('writes large contents whole, to several places', async () => {
    const repo = await repository();
    const large = Buffer.alloc(5_000_001, 'abc\0\n');
    repo.write('one', large);
    repo.write('two', large, { mode: 0o755 });
    repo.write('z', 'after');
    expect(await exportAll(repo)).toEqual({ files: 3, bytes: 10_000_007 });
    expect(readFileSync(join(dir, 'one')).equals(large)).toBe(true);
    expect(readFileSync(join(dir, 'two')).equals(large)).toBe(true);
    expect(lstatSync(join(dir, 'two')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(dir, 'z'), 'utf8')).toBe('after');
  });

  it('holds no large content whole', async () => {
    const repo = await repository();
    execFileSync('truncate', ['--size=200M', join(repo.dir, 'huge')]);
    const source = await opened(repo);
    const files = source.entries.map((entry) => ({ entry, to: entry.path }));
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }, 5);
    const before = process.memoryUsage().arrayBuffers;
    await exportFiles(source, files, dir, { lfs: new Map(), mtimeSeconds: MTIME });
    clearInterval(timer);
    expect(lstatSync(join(dir, 'huge')).size).toBe(200 * 1024 * 1024);
    expect(most).toBeGreaterThan(0);
    expect(most - before).toBeLessThan(100 * 1024 * 1024);
  });

  it('expands submodules, and their LFS files', async () => {
    const lib = await repository();
    lib.write('.gitattributes', '*.bin filter=lfs\n');
    lib.write('src/a.py', 'code', { mode: 0o755 });
    lib.write('w.bin', lfsPointer('weights'));
    lib.commit();
    const repo = await repository();
    repo.git('submodule', '--quiet', 'add', `file://${lib.dir}`, 'vendor/lib');
    const modules = join(repo.dir, '.git/modules/vendor/lib');
    repo.commit();
    const wanted = () => exportAll(repo, (path) => `ctx/${path}`);
    await expect(wanted()).rejects.toThrow('the content of the LFS file "w.bin"');
    expect(readdirSync(dir)).toEqual([]);
    storeLfsContent(repo, 'weights', 'weights', modules.slice(repo.dir.length + 1).concat('/lfs'));
    await wanted();
    expect(written()).toMatchObject({
      'ctx/vendor/lib/src/a.py': '755 code',
      'ctx/vendor/lib/w.bin': '644 weights',
    });
  });
});

describe('exportFiles refuses', () => {
  it.each(['../x', '/x', 'a/../../x', 'a//x', './x', '', '.git/config', 'a/.GIT/x', 'a\0b'])(
    'the path %j',
    async (to) => {
      const repo = await repository();
      repo.write('a', '1');
      await expect(exportAll(repo, () => to)).rejects.toMatchObject({
        problems: [{ code: 'git/unsafe-path' }],
      });
    },
  );

  it('two files of one name, and a file that is a folder too', async () => {
    const repo = await repository();
    repo.write('a', '1');
    repo.write('b', '2');
    await expect(exportAll(repo, () => 'x')).rejects.toThrow('"x" cannot be exported: it is there twice');
    const nested = exportAll(repo, (path) => (path === 'a' ? 'x' : 'x/y'));
    await expect(nested).rejects.toThrow('"x" cannot be exported: it is a file and a folder at once');
  });

  it('to write through a symlink that it wrote', async () => {
    const repo = await repository();
    repo.symlink('a', '/tmp');
    repo.write('b', '2');
    const through = exportAll(repo, (path) => (path === 'a' ? 'out' : 'out/evil'));
    await expect(through).rejects.toMatchObject({ problems: [{ code: 'git/unsafe-path' }] });
  });

  it('a folder that holds something, a symlink too', async () => {
    const repo = await repository();
    repo.write('a/b', '1');
    mkdirSync(dir, { recursive: true });
    symlinkSync(tmpdir(), join(dir, 'a'));
    await expect(exportAll(repo)).rejects.toMatchObject({ problems: [{ code: 'git/export-not-empty' }] });
    expect(readdirSync(dir)).toEqual(['a']);
  });

  it('a missing content, and leaves the folder empty', async () => {
    const repo = await repository();
    repo.write('a', '1');
    repo.commit();
    const source = await opened(repo);
    const missing = { mode: '100644', id: '1'.repeat(40), path: 'b' } as const;
    const files = [...source.entries, missing].map((entry) => ({ entry, to: entry.path }));
    const failing = exportFiles(source, files, dir, { lfs: new Map(), mtimeSeconds: MTIME });
    await expect(failing).rejects.toMatchObject({ problems: [{ code: 'git/missing-object' }] });
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('exportFiles with LFS', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');

  async function withPointer(content: string): Promise<TestRepo> {
    const repo = await repository();
    repo.write('.gitattributes', '*.bin filter=lfs\n');
    repo.write('run.bin', lfsPointer(content), { mode: 0o755 });
    repo.commit();
    return repo;
  }

  it('writes the stored content', async () => {
    const repo = await withPointer('content');
    storeLfsContent(repo, 'content');
    expect((await exportAll(repo)).bytes).toBe('*.bin filter=lfs\n'.length + 'content'.length);
    expect(written()['run.bin']).toBe('755 content');
  });

  it('finds it in the folder that git configuration names', async () => {
    const repo = await withPointer('content');
    repo.git('config', 'lfs.storage', 'elsewhere');
    storeLfsContent(repo, 'content', 'content', '.git/elsewhere');
    await exportAll(repo);
    expect(written()['run.bin']).toBe('755 content');
  });

  it('finds it from a linked worktree', async () => {
    const repo = await withPointer('content');
    storeLfsContent(repo, 'content');
    repo.git('worktree', 'add', '--quiet', `${repo.dir}-linked`);
    await exportAll({ ...repo, dir: `${repo.dir}-linked` });
    expect(written()['run.bin']).toBe('755 content');
  });

  it('takes the content of the work tree when its hash is right', async () => {
    const repo = await withPointer('content');
    const source = await opened(repo);
    const lfs = await findLfsPointers(source, source.entries);
    writeFileSync(join(repo.dir, 'run.bin'), 'content');
    storeLfsContent(repo, 'content', 'damaged and longer');
    const files = source.entries.map((entry) => ({ entry, to: entry.path }));
    await exportFiles(source, files, dir, { lfs, mtimeSeconds: MTIME });
    expect(written()['run.bin']).toBe('755 content');
  });

  it('writes the content of a changed file that the filter of LFS made a pointer', async () => {
    const repo = await withPointer('content');
    storeLfsContent(repo, 'content');
    const clean = [
      'cat > "$0.in"',
      'sum=$(sha256sum < "$0.in" | cut -c1-64)',
      `printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "$sum" "$(wc -c < "$0.in")"`,
    ];
    repo.write('.git/clean.sh', clean.join('\n'));
    repo.git('config', 'filter.lfs.clean', 'sh .git/clean.sh');
    repo.write('run.bin', 'changed', { mode: 0o755 });
    const source = await opened(repo);
    const lfs = await findLfsPointers(source, source.entries);
    expect(lfs.get('run.bin')).toEqual({ oid: hash('changed'), size: 7 });
    const files = source.entries.map((entry) => ({ entry, to: entry.path }));
    await exportFiles(source, files, dir, { lfs, mtimeSeconds: MTIME });
    expect(written()['run.bin']).toBe('755 changed');
  });

  it('names every missing file and the command', async () => {
    const repo = await withPointer('content');
    repo.write('b.bin', lfsPointer('other'));
    await expect(exportAll(repo)).rejects.toMatchObject({
      problems: [
        {
          code: 'git/missing-lfs-content',
          place: { file: 'b.bin' },
          hint: expect.stringContaining('git lfs pull'),
        },
        { code: 'git/missing-lfs-content', place: { file: 'run.bin' } },
      ],
    });
  });

  it('names both hashes when what is stored is damaged', async () => {
    const repo = await withPointer('content');
    storeLfsContent(repo, 'content', 'damaged');
    const failing = exportAll(repo);
    await expect(failing).rejects.toMatchObject({ problems: [{ code: 'git/wrong-lfs-content' }] });
    await expect(failing).rejects.toThrow(new RegExp(`${hash('content')}.*${hash('damaged')}`));
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('a full disk', () => {
  /** Runs a command in a namespace of its own, where a small disk can be mounted without being root. */
  function onSmallDisk(disk: string, ...command: string[]): string {
    const mount = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"';
    const args = ['--map-root-user', '--mount', 'sh', '-c', mount, 'sh', disk, ...command];
    return execFileSync('unshare', args, { encoding: 'utf8', stdio: 'pipe' });
  }

  function canMount(): boolean {
    try {
      onSmallDisk(tmpdir(), 'true');
      return true;
    } catch {
      return false;
    }
  }

  (canMount() ? it : it.skip)('is named with what was needed and what is free', async () => {
    const repo = await repository();
    repo.write('a', Buffer.alloc(3_000_000, 1));
    repo.commit();
    mkdirSync(dir, { recursive: true });
    const program = join(import.meta.dirname, '../../../support/export-everything.ts');
    const said = onSmallDisk(dir, process.execPath, program, repo.dir, join(dir, 'context'));
    expect(said).toContain(
      `the disk of "${join(dir, 'context')}" is full: the files need 3 MB, 1.05 MB are free`,
    );
  });
});
