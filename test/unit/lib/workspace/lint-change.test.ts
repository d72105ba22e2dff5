import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { lintChange } from '../../../../actions/lib/workspace/lint-change.ts';
import {
  type LintWorkspaceRequest,
  lintWorkspace,
} from '../../../../actions/lib/workspace/lint-workspace.ts';
import type { TestRepo } from '../../../support/git-repo.ts';
import { places, repoOf } from '../../../support/lint-folder.ts';

const FROM = 'FROM scratch\n';
const BROKEN = 'RUN pip install a>=1\n';
/** Speaks of every file it is given. */
const HADOLINT = `#!/bin/sh
[ "$1" = --version ] && echo "Haskell Dockerfile Linter 2.15.1" && exit
while [ "$1" != -- ]; do shift; done; shift
sep='['
for file; do printf '%s{"file":"%s","line":1,"column":1,"level":"warning","code":"DL3003","message":"m"}' "$sep" "$file"; sep=','; done
echo ']'
`;

describe('lint of a change', () => {
  let repo: TestRepo | null = null;
  afterEach(() => repo?.remove());

  /** A repository with two commits, the second checked out. */
  async function change(
    before: Readonly<Record<string, string>>,
    after: Readonly<Record<string, string | null>>,
    more: Partial<LintWorkspaceRequest> & { readonly loses?: string } = {},
  ) {
    const made = await repoOf(before);
    repo = made;
    const base = made.git('rev-parse', 'HEAD');
    for (const [file, text] of Object.entries(after))
      text === null ? made.delete(file) : made.write(file, text);
    made.commit();
    const { loses = null, directory = '.', ...own } = more;
    const request: LintWorkspaceRequest = {
      ...{ directory: path.join(made.dir, directory), paths: [], today: '2026-11-22', hadolint: false },
      ...{ cache: made.dir, env: { PATH: process.env.PATH }, say: () => undefined, ...own },
    };
    const linted = await lintWorkspace(loses === null ? request : { ...request, hadolint: false });
    const { fresh, fixed } = await lintChange({ ...linted, noHadolint: loses }, request, {
      ...{ base, token: null, mergeBase: () => Promise.reject(new Error('nobody is to be asked')) },
    });
    return { fresh: places(fresh), fixed: places(fixed) };
  }

  it('tells what is new from what was there, and what is there no longer', async () => {
    const before = { 'a/Dockerfile': FROM + BROKEN, 'b/Dockerfile': FROM + BROKEN };
    const after = { 'a/Dockerfile': `${FROM}RUN true\n${BROKEN}${BROKEN}`, 'b/Dockerfile': FROM };
    expect(await change(before, after)).toEqual({
      fresh: ['a/Dockerfile:4:unquoted-specifier'],
      fixed: ['b/Dockerfile:2:unquoted-specifier'],
    });
  });

  it('takes files that were moved for the same, with what was changed in them', async () => {
    const text = `${FROM}${'# a comment that stays\n'.repeat(20)}${BROKEN}`;
    const after = { 'old/Dockerfile': null, 'new/Dockerfile': `${text}RUN pip install b>=2\n` };
    expect(await change({ 'old/Dockerfile': text }, after)).toEqual({
      fresh: ['new/Dockerfile:23:unquoted-specifier'],
      fixed: [],
    });
  });

  it('looks below the same folder, which may be new', async () => {
    const before = { 'x/Dockerfile': FROM };
    const after = { 'y/Dockerfile': FROM + BROKEN };
    expect((await change(before, after, { directory: 'y' })).fresh).toEqual([
      'y/Dockerfile:2:unquoted-specifier',
    ]);
  });

  it('looks at the same paths, as far as they were there', async () => {
    const before = { 'x/Dockerfile': FROM + BROKEN, 'z/Dockerfile': FROM + BROKEN };
    const after = { 'y/Dockerfile': FROM + BROKEN, 'z/Dockerfile': FROM };
    expect(await change(before, after, { paths: ['x', 'y/Dockerfile'] })).toEqual({
      fresh: ['y/Dockerfile:2:unquoted-specifier'],
      fixed: [],
    });
    repo?.remove();
    expect((await change(before, after, { paths: ['y'] })).fresh).toHaveLength(1);
  });

  it('takes a matrix that was not there yet for none', async () => {
    const before = { 'x/Dockerfile': FROM + BROKEN };
    const after = { 'images.yml': 'images:\n  x: { context: x }\n' };
    expect((await change(before, after, { matrix: 'images.yml' })).fresh).toEqual([]);
  });

  it('asks the hadolint that it is given both times', async () => {
    const before = { 'x/Dockerfile': FROM };
    const made = await mkdtemp(path.join(tmpdir(), 'darkroom-hadolint-'));
    const hadolint = path.join(made, 'hadolint');
    await writeFile(hadolint, HADOLINT, { mode: 0o755 });
    const { fresh } = await change(before, { 'y/Dockerfile': FROM }, { hadolint });
    repo?.remove();
    const without = await change(before, { 'y/Dockerfile': FROM }, { hadolint, loses: 'no network' });
    await rm(made, { recursive: true });
    expect(fresh).toEqual(['y/Dockerfile:1:DL3003']);
    // What it would say of the older commit is not mended: nobody asked it of the newer one.
    expect(without).toEqual({ fresh: [], fixed: [] });
  });
});
