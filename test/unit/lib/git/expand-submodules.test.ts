import { afterEach, describe, expect, it } from '@jest/globals';
import { expandSubmodules } from '../../../../actions/lib/git/expand-submodules.ts';
import type { GitSource } from '../../../../actions/lib/git/git-source.ts';
import { openSource } from '../../../../actions/lib/git/open-source.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function repository(files: Record<string, string>): Promise<TestRepo> {
  const repo = await createRepo();
  cleanups.push(repo.remove);
  for (const [path, content] of Object.entries(files)) repo.write(path, content);
  repo.commit();
  return repo;
}

/** `outer` holds the submodule `libs/middle`, which holds the submodule `inner`. */
async function nested(): Promise<TestRepo> {
  const inner = await repository({ deep: '3' });
  const middle = await repository({ mid: '2' });
  middle.git('submodule', '--quiet', 'add', `file://${inner.dir}`, 'inner');
  middle.commit();
  const outer = await repository({ top: '1' });
  outer.git('submodule', '--quiet', 'add', `file://${middle.dir}`, 'libs/middle');
  outer.git('submodule', '--quiet', 'update', '--init', '--recursive');
  outer.commit();
  return outer;
}

async function expanded(dir: string, of: 'work-tree' | 'commit' = 'work-tree') {
  const source = await openSource(dir, { of });
  cleanups.push(() => source.close());
  const files = await expandSubmodules(
    source,
    source.entries.map((entry) => ({ entry, to: entry.path })),
  );
  return Promise.all(files.map(async (file) => [file.to, await content(file.source, file.entry.id)]));
}

async function content(source: GitSource, id: string): Promise<string | undefined> {
  return (await source.readBlobs([id])).get(id)?.toString();
}

describe('expandSubmodules', () => {
  it('puts the files of submodules in their place, at any depth', async () => {
    const outer = await nested();
    const files = await expanded(outer.dir, 'commit');
    expect(files.filter(([path]) => !path?.endsWith('.gitmodules'))).toEqual([
      ['libs/middle/inner/deep', '3'],
      ['libs/middle/mid', '2'],
      ['top', '1'],
    ]);
  });

  it('reads the commit a submodule has been moved to', async () => {
    const outer = await nested();
    outer.write('libs/middle/mid', 'moved');
    outer.git('-C', 'libs/middle', 'commit', '--quiet', '--all', '-m', 'x');
    expect(await expanded(outer.dir, 'commit')).toContainEqual(['libs/middle/mid', '2']);
    expect(await expanded(outer.dir)).toContainEqual(['libs/middle/mid', 'moved']);
  });

  it('names every submodule that is not checked out, and the command', async () => {
    const outer = await nested();
    const clone = outer.clone();
    cleanups.push(clone.remove);
    await expect(expanded(clone.dir)).rejects.toMatchObject({
      kind: 'use',
      problems: [
        {
          code: 'git/missing-submodule',
          place: { file: 'libs/middle' },
          hint: expect.stringContaining('git submodule update --init --recursive -- libs/middle'),
        },
      ],
    });
    clone.git('submodule', '--quiet', 'update', '--init');
    await expect(expanded(clone.dir)).rejects.toThrow('the submodule "libs/middle/inner" is not checked out');
  });

  it('names a submodule that lacks its commit', async () => {
    const outer = await nested();
    outer.git('update-index', '--cacheinfo', `160000,${'1'.repeat(40)},libs/middle`);
    outer.git('commit', '--quiet', '-m', 'x');
    const source = await openSource(outer.dir, { of: 'work-tree' });
    cleanups.push(() => source.close());
    const entry = { mode: '160000', id: '1'.repeat(40), path: 'libs/middle' } as const;
    await expect(source.openSubmodule(entry)).rejects.toThrow(`lacks its commit "${'1'.repeat(40)}"`);
  });

  it('refuses a submodule whose own changes would not be built', async () => {
    const outer = await nested();
    outer.write('libs/middle/inner/deep', 'changed');
    outer.write('libs/middle/inner/new', 'x');
    await expect(expanded(outer.dir)).rejects.toThrow(
      'the submodule "libs/middle/inner" has changes that would not be built: "deep", "new"',
    );
  });
});
