import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { findLfsPointers, parseLfsPointer } from '../../../../actions/lib/git/lfs-pointers.ts';
import { openSource } from '../../../../actions/lib/git/open-source.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { lfsPointer } from '../../../support/lfs.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function repository(): Promise<TestRepo> {
  const repo = await createRepo();
  cleanups.push(repo.remove);
  return repo;
}

async function found(repo: TestRepo) {
  const source = await openSource(repo.dir, { of: 'work-tree' });
  cleanups.push(() => source.close());
  return findLfsPointers(source, source.entries);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('findLfsPointers', () => {
  it('finds pointers below any .gitattributes, with odd names too', async () => {
    const repo = await repository();
    repo.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
    repo.write('models/.gitattributes', '*.pth filter=lfs\n');
    repo.write('a.bin', lfsPointer('A'));
    repo.write(Buffer.from([0xff, ...Buffer.from('\n.bin')]), lfsPointer('A'));
    repo.write('models/b.pth', lfsPointer('BB'));
    repo.write('b.pth', lfsPointer('BB'));
    repo.commit();
    expect(await found(repo)).toEqual(
      new Map([
        ['a.bin', { oid: sha256('A'), size: 1 }],
        ['models/b.pth', { oid: sha256('BB'), size: 2 }],
        ['\udcff\n.bin', { oid: sha256('A'), size: 1 }],
      ]),
    );
  });

  it('leaves alone what only looks like a pointer, or was committed without LFS', async () => {
    const repo = await repository();
    repo.write('.gitattributes', '*.bin filter=lfs\nkept.bin -filter\n');
    repo.write('plain.txt', lfsPointer('A'));
    repo.write('kept.bin', lfsPointer('A'));
    repo.write('raw.bin', 'content');
    repo.write('large.bin', `${lfsPointer('A')}${' '.repeat(1024)}`);
    repo.symlink('link.bin', 'raw.bin');
    repo.commit();
    expect(await found(repo)).toEqual(new Map());
  });

  it('goes by the attributes of a dirty tree', async () => {
    const repo = await repository();
    repo.write('a.bin', lfsPointer('A'));
    repo.commit();
    expect((await found(repo)).size).toBe(0);
    repo.write('.gitattributes', '*.bin filter=lfs\n');
    expect((await found(repo)).size).toBe(1);
  });

  it.each([['--no-sparse-index'], ['--sparse-index']])(
    'reads a .gitattributes that is not checked out (%s)',
    async (flag) => {
      const repo = await repository();
      repo.write('in/a', '1');
      repo.write('out/.gitattributes', '*.bin filter=lfs\n');
      repo.write('out/a.bin', lfsPointer('A'));
      repo.commit();
      repo.git('sparse-checkout', 'set', '--cone', flag, 'in');
      expect([...(await found(repo)).keys()]).toEqual(['out/a.bin']);
    },
  );
});

describe('parseLfsPointer', () => {
  it('reads version, oid and size', () => {
    expect(parseLfsPointer(lfsPointer('hello'))).toEqual({ oid: sha256('hello'), size: 5 });
  });

  it.each([
    ['', 'nothing'],
    [lfsPointer('a').replace('sha256:', 'md5:'), 'another hash'],
    [lfsPointer('a').replace('size 1', 'size -1'), 'a negative size'],
    [lfsPointer('a').replace('spec/v1', 'spec/v9'), 'another version'],
    [`${lfsPointer('a')}more\n`, 'more lines'],
  ])('does not read %j (%s)', (text) => {
    expect(parseLfsPointer(text)).toBeNull();
  });
});
