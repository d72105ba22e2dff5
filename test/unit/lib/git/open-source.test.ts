import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GitSource } from '../../../../actions/lib/git/git-source.ts';
import { openSource } from '../../../../actions/lib/git/open-source.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function repository(options?: Parameters<typeof createRepo>[0]): Promise<TestRepo> {
  const repo = await createRepo(options);
  cleanups.push(repo.remove);
  return repo;
}

function cloned(repo: TestRepo, ...args: string[]): TestRepo {
  const clone = repo.clone(...args);
  cleanups.push(clone.remove);
  return clone;
}

async function open(dir: string, of: 'work-tree' | 'commit' = 'work-tree'): Promise<GitSource> {
  const source = await openSource(dir, { of });
  cleanups.push(() => source.close());
  return source;
}

async function contents(source: GitSource): Promise<Record<string, string>> {
  const blobs = await source.readBlobs(
    source.entries.filter(({ mode }) => mode !== '160000').map(({ id }) => id),
  );
  return Object.fromEntries(
    source.entries.map(({ path, id }) => [path, blobs.get(id)?.toString('latin1') ?? id]),
  );
}

/** Everything below a folder with content and times, so that any write shows. */
function fingerprint(dir: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(dir, name);
    const state = statSync(path);
    hash.update(`${name}\0${state.mtimeMs}\0${state.mode}\0`);
    if (state.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

describe('a clean tree', () => {
  it('is the tree of HEAD, with modes, in byte order', async () => {
    const repo = await repository();
    repo.write('a/b', '1');
    repo.write('a-b', '2');
    repo.write('run.sh', '3', { mode: 0o755 });
    repo.symlink('link', 'a/b');
    const commit = repo.commit();
    const source = await open(repo.dir, 'commit');
    expect(source.entries.map(({ mode, path }) => `${mode} ${path}`)).toEqual([
      '100644 a-b',
      '100644 a/b',
      '120000 link',
      '100755 run.sh',
    ]);
    expect(source.identity).toEqual({
      commit,
      tree: repo.git('rev-parse', 'HEAD^{tree}'),
      branch: 'main',
      tags: [],
      origin: null,
      dirty: [],
    });
    expect(await contents(source)).toEqual({ 'a-b': '2', 'a/b': '1', link: 'a/b', 'run.sh': '3' });
  });

  it('is whole when opened from a folder inside, or through a symlink', async () => {
    const repo = await repository();
    repo.write('a/b', '1');
    repo.write('c', '1');
    repo.commit();
    symlinkSync(repo.dir, `${repo.dir}-link`);
    const source = await open(join(`${repo.dir}-link`, 'a'), 'commit');
    expect(source.root).toBe(repo.dir);
    expect(source.entries.map(({ path }) => path)).toEqual(['a/b', 'c']);
  });

  it('names tags at HEAD, also annotated ones, and the origin without credentials', async () => {
    const repo = await repository();
    repo.commit();
    repo.git('tag', 'old');
    repo.commit();
    repo.git('tag', 'v1.2.3');
    repo.git('tag', '--annotate', '--message', 'x', 'release/a');
    repo.git('remote', 'add', 'origin', 'https://user:secret@host.invalid/acme/vision.git');
    repo.git('config', 'url.https://token@host.invalid/.insteadOf', 'https://user:secret@host.invalid/');
    const { identity } = await open(repo.dir, 'commit');
    expect(identity.tags).toEqual(['release/a', 'v1.2.3']);
    expect(identity.origin).toBe('https://host.invalid/acme/vision.git');
  });

  it('has no branch when HEAD is detached', async () => {
    const repo = await repository();
    const commit = repo.commit();
    repo.git('checkout', '--quiet', '--detach');
    expect((await open(repo.dir, 'commit')).identity).toMatchObject({ branch: null, commit });
  });

  it('does not hold ignored files', async () => {
    const repo = await repository();
    repo.write('.gitignore', 'out/\n');
    repo.commit();
    repo.write('out/x', '1');
    const source = await open(repo.dir, 'commit');
    expect(source.entries.map(({ path }) => path)).toEqual(['.gitignore']);
  });

  it('is found whatever a hook left in the environment', async () => {
    const repo = await repository();
    repo.write('a', '1');
    repo.commit();
    const other = await repository();
    const left = {
      GIT_DIR: join(other.dir, '.git'),
      GIT_INDEX_FILE: join(other.dir, 'x'),
      GIT_WORK_TREE: other.dir,
    };
    Object.assign(process.env, left);
    try {
      expect((await open(repo.dir, 'commit')).root).toBe(repo.dir);
    } finally {
      for (const name of Object.keys(left)) delete process.env[name];
    }
  });

  it('reads what an id names, not what replaces it', async () => {
    const repo = await repository();
    repo.write('a', 'true');
    repo.write('b', 'false');
    repo.commit();
    repo.git('replace', repo.git('rev-parse', 'HEAD:a'), repo.git('rev-parse', 'HEAD:b'));
    expect(await contents(await open(repo.dir, 'commit'))).toEqual({ a: 'true', b: 'false' });
  });
});

describe('a dirty tree', () => {
  it('is one tree of what lies in the work tree: modified, deleted, new, staged and renamed', async () => {
    const repo = await repository();
    for (const name of ['modified', 'deleted', 'kept', 'moved', 'staged']) repo.write(name, name);
    repo.write('.gitignore', 'ignored\n');
    repo.commit();
    repo.write('modified', 'now');
    repo.delete('deleted');
    repo.write('new/file', 'new', { mode: 0o755 });
    repo.write('ignored', 'x');
    repo.git('mv', 'moved', 'renamed');
    repo.write('staged', 'staged');
    repo.write('staged', 'first');
    repo.git('add', 'staged');
    repo.write('staged', 'then');
    const source = await open(repo.dir);
    expect(source.identity.dirty).toEqual(['deleted', 'modified', 'moved', 'new/file', 'renamed', 'staged']);
    expect(await contents(source)).toEqual({
      '.gitignore': 'ignored\n',
      kept: 'kept',
      modified: 'now',
      'new/file': 'new',
      renamed: 'moved',
      staged: 'then',
    });
    expect(source.entries.find(({ path }) => path === 'new/file')?.mode).toBe('100755');
    repo.git('add', '--all');
    expect(source.identity.tree).toBe(repo.git('write-tree'));
  });

  it('leaves the repository as it was, and nothing behind', async () => {
    const repo = await repository();
    repo.write('a', '1');
    repo.commit();
    repo.write('a', '2');
    repo.write('b', '3');
    repo.git('status');
    const before = fingerprint(join(repo.dir, '.git'));
    const source = await openSource(repo.dir, { of: 'work-tree' });
    await source.readBlobs(source.entries.map(({ id }) => id));
    const folder = dirname(source.repository.env.GIT_INDEX_FILE ?? '');
    expect(readdirSync(folder).sort()).toEqual(['index', 'objects']);
    await source.close();
    expect(existsSync(folder)).toBe(false);
    expect(fingerprint(join(repo.dir, '.git'))).toBe(before);
  });

  it('leaves nothing behind when the process ends without closing it', async () => {
    const repo = await repository();
    repo.write('a', '1');
    const module = join(import.meta.dirname, '../../../../actions/lib/git/open-source.ts');
    const program = `
      const { openSource } = await import(${JSON.stringify(module)});
      const source = await openSource(${JSON.stringify(repo.dir)}, { of: 'work-tree' });
      process.stdout.write(source.repository.env.GIT_INDEX_FILE);
      process.exit(0);`;
    const index = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect(index).toMatch(/darkroom-.*\/index$/);
    expect(existsSync(dirname(index))).toBe(false);
  });

  it('holds a change of the same size made right after the commit', async () => {
    const repo = await repository();
    repo.write('a', 'old');
    repo.commit();
    const index = statSync(join(repo.dir, '.git/index'));
    repo.write('a', 'new');
    utimesSync(join(repo.dir, 'a'), index.mtime, index.mtime);
    expect(await contents(await open(repo.dir))).toEqual({ a: 'new' });
  });

  it('is clean when what was staged was undone in the work tree', async () => {
    const repo = await repository();
    repo.write('a', '1');
    repo.commit();
    repo.write('a', '2');
    repo.git('add', 'a');
    repo.write('a', '1');
    const { identity } = await open(repo.dir);
    expect(identity).toMatchObject({ dirty: [], tree: repo.git('rev-parse', 'HEAD^{tree}') });
  });

  it('is left out where only commits count, and what differs is named', async () => {
    const repo = await repository();
    repo.write('kept', '1');
    repo.write('gone', '1');
    repo.commit();
    repo.write('kept', '2');
    repo.write('new', '1');
    repo.delete('gone');
    const source = await open(repo.dir, 'commit');
    expect(source.identity).toMatchObject({ dirty: [], tree: repo.git('rev-parse', 'HEAD^{tree}') });
    expect(source.differing).toEqual(['gone', 'kept', 'new']);
    expect((await open(repo.dir)).differing).toEqual([]);
  });

  it('takes a conflict as it lies in the work tree', async () => {
    const repo = await repository();
    repo.write('a', 'base\n');
    repo.commit();
    repo.git('checkout', '--quiet', '-b', 'other');
    repo.write('a', 'theirs\n');
    repo.commit();
    repo.git('checkout', '--quiet', 'main');
    repo.write('a', 'ours\n');
    repo.commit();
    expect(() => repo.git('merge', 'other')).toThrow();
    const source = await open(repo.dir);
    expect(source.identity.dirty).toEqual(['a']);
    expect((await contents(source)).a).toContain('<<<<<<< HEAD');
  });

  it('applies the filters of git, so that line ends are what a commit would hold', async () => {
    const repo = await repository();
    repo.write('.gitattributes', '*.txt text\n');
    repo.commit();
    repo.git('config', 'core.autocrlf', 'true');
    repo.git('config', 'core.safecrlf', 'true');
    repo.write('a.txt', 'one\r\ntwo\n');
    expect((await contents(await open(repo.dir)))['a.txt']).toBe('one\ntwo\n');
  });

  it('keeps the committed mode where the file system has none', async () => {
    const repo = await repository();
    repo.write('run', '1', { mode: 0o755 });
    repo.commit();
    repo.git('config', 'core.fileMode', 'false');
    repo.write('run', '2', { mode: 0o644 });
    expect((await open(repo.dir)).entries[0]?.mode).toBe('100755');
  });

  it('runs no hook', async () => {
    const repo = await repository();
    repo.commit();
    repo.write('.git/hooks/post-index-change', '#!/bin/sh\ntouch "$(git rev-parse --git-dir)/ran"\n', {
      mode: 0o755,
    });
    repo.write('a', '1');
    await open(repo.dir);
    expect(readdirSync(join(repo.dir, '.git'))).not.toContain('ran');
  });

  it('holds names that are not UTF-8, and newlines, quotes and spaces', async () => {
    const repo = await repository();
    const names = [
      Buffer.from([0x66, 0xff, 0x2f, 0xc3]),
      Buffer.from('new\nline'),
      Buffer.from('q"uo te\\'),
      Buffer.from('ü'),
    ];
    for (const name of names) repo.write(name, 'x');
    const dirty = await open(repo.dir);
    const expected = ['f\udcff/\udcc3', 'new\nline', 'q"uo te\\', 'ü'];
    expect(dirty.entries.map(({ path }) => path)).toEqual(expected);
    expect(dirty.identity.dirty).toEqual(expected);
    repo.commit();
    expect((await open(repo.dir, 'commit')).entries).toEqual(dirty.entries);
  });

  it('is read in a folder whose name holds what separates folders in a list', async () => {
    const repo = await repository();
    repo.write('a', '1');
    // Older than the index, so that git has no reason to store it once more.
    utimesSync(join(repo.dir, 'a'), 1_000_000_000, 1_000_000_000);
    repo.commit();
    const odd = `${repo.dir}:"x\\y`;
    renameSync(repo.dir, odd);
    writeFileSync(join(odd, 'b'), '2');
    expect(await contents(await open(odd))).toEqual({ a: '1', b: '2' });
  });
});

describe('unusual repositories', () => {
  it('a repository without any commit is its files', async () => {
    const repo = await repository();
    repo.write('a', '1');
    const source = await open(repo.dir);
    expect(source.identity).toMatchObject({ commit: null, branch: 'main', dirty: ['a'], tags: [] });
    expect(await contents(source)).toEqual({ a: '1' });
  });

  it('a repository without commits or files is the empty tree', async () => {
    const repo = await repository();
    const { identity, entries } = await open(repo.dir, 'commit');
    expect(identity).toMatchObject({
      commit: null,
      tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      dirty: [],
    });
    expect(entries).toEqual([]);
  });

  it('a sha256 repository has longer ids', async () => {
    const repo = await repository({ init: ['--object-format=sha256'] });
    repo.write('a', '1');
    repo.commit();
    repo.write('b', '2');
    const source = await open(repo.dir);
    expect(source.entries[0]?.id).toMatch(/^[0-9a-f]{64}$/);
    expect(await contents(source)).toEqual({ a: '1', b: '2' });
  });

  it('a linked worktree has its own files, index and branch', async () => {
    const repo = await repository();
    repo.write('a', '1');
    repo.commit();
    const dir = `${repo.dir}-linked`;
    repo.git('worktree', 'add', '--quiet', '-b', 'side', dir);
    repo.write('../repo-linked/b', '2');
    const source = await open(dir);
    expect(source.root).toBe(dir);
    expect(source.identity).toMatchObject({ branch: 'side', dirty: ['b'] });
    expect(await contents(source)).toEqual({ a: '1', b: '2' });
  });

  it.each([[[]], [['--sparse-index']]])(
    'a sparse checkout keeps what is not checked out (%j)',
    async (flags) => {
      const repo = await repository();
      repo.write('in/a', '1');
      repo.write('out/b', '2');
      repo.write('out/c', '3');
      repo.commit();
      repo.git('sparse-checkout', 'init', '--cone', ...flags);
      repo.git('sparse-checkout', 'set', 'in');
      expect(await contents(await open(repo.dir, 'commit'))).toEqual({
        'in/a': '1',
        'out/b': '2',
        'out/c': '3',
      });
      repo.write('in/a', 'x');
      repo.write('out/new', 'y');
      const all = { 'in/a': 'x', 'out/b': '2', 'out/c': '3', 'out/new': 'y' };
      expect(await contents(await open(repo.dir))).toEqual(all);
    },
  );

  it('a shallow clone is enough', async () => {
    const repo = await repository();
    repo.write('a', '1');
    repo.commit();
    repo.write('a', '2');
    const commit = repo.commit();
    const clone = cloned(repo, '--depth=1');
    clone.write('b', '3');
    const source = await open(clone.dir);
    expect(source.identity.commit).toBe(commit);
    expect(await contents(source)).toEqual({ a: '2', b: '3' });
  });

  it('a partial clone fetches what is read, and says so when it cannot', async () => {
    const repo = await repository();
    repo.git('config', 'uploadpack.allowFilter', 'true');
    repo.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    repo.write('here/a', '1');
    repo.write('there/b', '2');
    repo.write('there/c', '3');
    repo.commit();
    const clone = cloned(repo, '--filter=blob:none', '--sparse');
    clone.git('sparse-checkout', 'set', 'here');
    clone.write('here/new', 'n');
    const missing = () =>
      clone
        .git('rev-list', '--objects', '--missing=print', 'HEAD')
        .split('\n')
        .filter((l) => l.startsWith('?'));
    const before = missing();
    expect(before).toHaveLength(2);
    const source = await open(clone.dir);
    expect(source.entries.map(({ path }) => path)).toEqual(['here/a', 'here/new', 'there/b', 'there/c']);
    expect(missing()).toEqual(before);
    const [b, c] = source.entries.slice(2);
    expect((await source.readBlobs([b?.id ?? ''])).get(b?.id ?? '')?.toString()).toBe('2');
    repo.remove();
    await expect(source.readBlobs([c?.id ?? ''])).rejects.toMatchObject({
      problems: [{ code: 'git/missing-object', hint: expect.stringContaining('partial clone') }],
    });
  });

  it('an untracked repository inside is a submodule at its HEAD', async () => {
    const repo = await repository();
    repo.commit();
    repo.write('inner/x', '1');
    repo.git('-C', 'inner', 'init', '--quiet');
    repo.git('-C', 'inner', 'add', 'x');
    repo.git('-C', 'inner', 'commit', '--quiet', '-m', 'x');
    const head = repo.git('-C', 'inner', 'rev-parse', 'HEAD');
    expect((await open(repo.dir)).entries).toEqual([{ mode: '160000', id: head, path: 'inner' }]);
  });

  it('an untracked repository without a commit is an error that names it', async () => {
    const repo = await repository();
    repo.commit();
    repo.write('inner/x', '1');
    repo.git('-C', 'inner', 'init', '--quiet');
    await expect(open(repo.dir)).rejects.toThrow('"inner" is a git repository without a commit');
  });

  it('a broken HEAD is an error, not an empty repository', async () => {
    const repo = await repository();
    repo.commit();
    repo.write('.git/refs/heads/main', `${'1'.repeat(40)}\n`);
    await expect(open(repo.dir)).rejects.toThrow(/git.*failed/);
  });
});

describe('what is no work tree', () => {
  it('is told to make a repository', async () => {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), 'darkroom-test-')));
    cleanups.push(() => rmSync(dir, { recursive: true }));
    await expect(open(dir)).rejects.toMatchObject({
      kind: 'use',
      problems: [
        {
          code: 'git/not-a-repository',
          message: expect.stringContaining(dir),
          hint: expect.stringContaining('git init'),
        },
      ],
    });
  });

  it('is told that a bare repository has no files', async () => {
    const repo = await repository({ init: ['--bare'] });
    await expect(open(repo.dir)).rejects.toMatchObject({ problems: [{ code: 'git/bare-repository' }] });
  });

  it('is told how to trust a repository of another user', async () => {
    const repo = await repository();
    process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = '1';
    try {
      await expect(open(repo.dir)).rejects.toMatchObject({
        problems: [
          { code: 'git/unsafe-directory', hint: expect.stringContaining(`safe.directory '${repo.dir}'`) },
        ],
      });
    } finally {
      delete process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER;
    }
  });

  it('is told when the folder does not exist', async () => {
    await expect(open('/no/such/folder')).rejects.toThrow('"/no/such/folder"');
  });
});

describe('readBlobs', () => {
  it('reads binary, empty and large contents, each once', async () => {
    const repo = await repository();
    const large = Buffer.alloc(3_000_000, 'line\n\0');
    repo.write('empty', '');
    repo.write('large', large);
    repo.write('same', large);
    repo.write('newline', '\n');
    repo.commit();
    const source = await open(repo.dir, 'commit');
    const ids = new Map(source.entries.map(({ path, id }) => [path, id]));
    const blobs = await source.readBlobs([...ids.values()]);
    expect(blobs.size).toBe(3);
    expect(blobs.get(ids.get('large') ?? '')?.equals(large)).toBe(true);
    expect(blobs.get(ids.get('empty') ?? '')).toHaveLength(0);
    expect(blobs.get(ids.get('newline') ?? '')?.toString()).toBe('\n');
  });

  it('names what is missing', async () => {
    const repo = await repository();
    repo.commit();
    const source = await open(repo.dir, 'commit');
    await expect(source.readBlobs(['1'.repeat(40)])).rejects.toThrow(
      `git cannot read the content "${'1'.repeat(40)}"`,
    );
  });

  it('reads nothing for nothing', async () => {
    const repo = await repository();
    repo.commit();
    expect(await (await open(repo.dir, 'commit')).readBlobs([])).toEqual(new Map());
  });
});
