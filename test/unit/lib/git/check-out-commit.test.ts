import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CheckedOut, checkOutCommit } from '../../../../actions/lib/git/check-out-commit.ts';
import { findMergeBase } from '../../../../actions/lib/git/find-merge-base.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';

const TEXT = 'a text that is long enough to be known again\n'.repeat(20);

let origin: TestRepo;
let base: string;
let head: string;
let clones: TestRepo[];

beforeEach(async () => {
  clones = [];
  origin = await createRepo();
  origin.git('config', 'uploadpack.allowFilter', 'true');
  origin.write('moved/a', TEXT);
  origin.write('kept', 'one');
  base = origin.commit();
  origin.git('mv', 'moved', 'näw "here"');
  origin.write('näw "here"/a', `${TEXT}and a line\n`);
  origin.write('kept', 'two');
  head = origin.commit();
});
afterEach(() => {
  for (const repo of [origin, ...clones]) repo.remove();
});

function clone(...args: string[]): TestRepo {
  const made = origin.clone('--no-tags', ...args);
  clones.push(made);
  return made;
}

async function checkOut(repo: TestRepo, work: (tree: CheckedOut) => void): Promise<void> {
  const tree = await checkOutCommit({ cwd: repo.dir, env: {} }, base, { token: null });
  try {
    work(tree);
  } finally {
    await tree.remove();
  }
  expect(existsSync(tree.folder)).toBe(false);
}

describe('another commit', () => {
  it.each([
    ['fetched by a shallow clone', ['--depth=1']],
    ['taken from a whole clone', []],
    ['fetched by a clone that left its files out', ['--filter=blob:none']],
  ])('is %s, with what was moved since', async (_, args) => {
    const repo = clone(...args);
    await checkOut(repo, ({ folder, renamed }) => {
      expect(readFileSync(path.join(folder, 'kept'), 'utf8')).toBe('one');
      expect(readFileSync(path.join(folder, 'moved/a'), 'utf8')).toBe(TEXT);
      expect([...renamed]).toEqual([['moved/a', 'näw "here"/a']]);
    });
    expect(repo.git('rev-parse', 'HEAD')).toBe(head);
    expect(repo.git('status', '--porcelain')).toBe('');
  });

  it('needs no origin where the clone holds it', async () => {
    const repo = clone();
    repo.git('remote', 'remove', 'origin');
    await checkOut(repo, ({ folder }) => expect(existsSync(path.join(folder, 'moved/a'))).toBe(true));
  });

  it.each([
    ['is not there', '0'.repeat(40), 'git/no-commit'],
    ['cannot be asked for', null, 'git/no-origin'],
  ])('that %s is told', async (_, commit, code) => {
    const repo = clone('--depth=1');
    if (commit === null) repo.git('remote', 'remove', 'origin');
    const tried = checkOutCommit({ cwd: repo.dir, env: {} }, commit ?? base, { token: null });
    await expect(tried).rejects.toMatchObject({ problems: [{ code }] });
  });
});

describe('the merge base', () => {
  it('is known to a whole clone alone', async () => {
    origin.git('checkout', '--quiet', '-b', 'side', base);
    const side = origin.commit();
    const find = (repo: TestRepo) => findMergeBase({ cwd: repo.dir, env: {} }, head, side);
    expect(await find(clone())).toBe(base);
    expect(await find(clone('--depth=2', '--no-single-branch'))).toBeNull();
  });
});
