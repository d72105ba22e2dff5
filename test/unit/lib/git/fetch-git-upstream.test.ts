import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exportGitUpstream, resolveGitRef } from '../../../../actions/lib/git/fetch-git-upstream.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';

const cleanups: (() => unknown)[] = [];
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function repository(options?: Parameters<typeof createRepo>[0]): Promise<TestRepo> {
  const repo = await createRepo(options);
  cleanups.push(repo.remove);
  repo.write('a', '1');
  repo.commit();
  return repo;
}

const urlOf = (repo: TestRepo) => `file://${repo.dir}`;

function exported(repo: TestRepo, commit: string, name = 'out') {
  return exportGitUpstream(urlOf(repo), commit, join(folder, name), join(folder, 'cache'), {
    mtimeSeconds: 1,
  });
}

function withGitConfig(settings: Record<string, string>): void {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(Object.keys(settings).length) };
  for (const [index, [key, value]] of Object.entries(settings).entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  Object.assign(process.env, variables);
  cleanups.push(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });
}

describe('resolveGitRef', () => {
  it('gives the commit of a branch, a tag, an annotated tag, a full name and HEAD', async () => {
    const repo = await repository();
    const commit = repo.git('rev-parse', 'HEAD');
    repo.git('branch', 'feature/x');
    repo.git('tag', 'light');
    repo.git('tag', '--annotate', '--message', 'x', 'v1');
    repo.git('checkout', '--quiet', '-b', 'other/main');
    repo.commit();
    repo.git('checkout', '--quiet', 'main');
    for (const ref of ['main', 'feature/x', 'light', 'v1', 'refs/tags/v1', 'refs/heads/main', 'HEAD']) {
      expect([ref, await resolveGitRef(urlOf(repo), ref)]).toEqual([ref, commit]);
    }
  });

  it('takes a full commit id as it is, without asking', async () => {
    expect(await resolveGitRef('https://host.invalid/x', 'AB'.repeat(20))).toBe('ab'.repeat(20));
    expect(await resolveGitRef('https://host.invalid/x', 'c'.repeat(64))).toBe('c'.repeat(64));
  });

  it('goes where insteadOf says', async () => {
    const repo = await repository();
    withGitConfig({ [`url.${urlOf(repo)}.insteadOf`]: 'https://host.invalid/x' });
    expect(await resolveGitRef('https://host.invalid/x', 'main')).toBe(repo.git('rev-parse', 'main'));
  });

  it('names what is there when the reference is not', async () => {
    const repo = await repository();
    repo.git('branch', 'release');
    repo.git('tag', 'v1');
    await expect(resolveGitRef(urlOf(repo), 'relaese')).rejects.toMatchObject({
      problems: [
        {
          code: 'git/unknown-ref',
          message: `"${urlOf(repo)}" has no branch or tag "relaese"; did you mean "release"?`,
          hint: 'It has: main, release, v1.',
        },
      ],
    });
  });

  it.each(['ma*', '--upload-pack=touch x', 'abc1234', 'main^{}'])('does not find "%s"', async (ref) => {
    const repo = await repository();
    await expect(resolveGitRef(urlOf(repo), ref)).rejects.toMatchObject({
      problems: [{ code: 'git/unknown-ref' }],
    });
  });

  it('does not choose between a tag and a branch', async () => {
    const repo = await repository();
    repo.git('tag', 'v1');
    repo.git('branch', 'same');
    repo.git('tag', 'same');
    repo.commit();
    repo.git('branch', 'v1');
    expect(await resolveGitRef(urlOf(repo), 'same')).toBe(repo.git('rev-parse', 'HEAD^'));
    await expect(resolveGitRef(urlOf(repo), 'v1')).rejects.toMatchObject({
      problems: [{ code: 'git/ambiguous-ref', hint: 'Write one of: refs/tags/v1, refs/heads/v1.' }],
    });
  });

  it("says git's last words, without the password in the address", async () => {
    const failing = resolveGitRef('https://user:secret@host.invalid/x.git', 'main');
    await expect(failing).rejects.toMatchObject({ problems: [{ code: 'git/unreachable-upstream' }] });
    await expect(failing).rejects.toThrow(/^git cannot read "https:\/\/host\.invalid\/x\.git": fatal: /);
    await expect(failing).rejects.not.toThrow('secret');
  });
});

describe('exportGitUpstream', () => {
  it('writes the tree of a commit that no branch names any more', async () => {
    const repo = await repository();
    const commit = repo.git('rev-parse', 'HEAD');
    repo.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    repo.write('a', '2');
    repo.git('commit', '--quiet', '--all', '--amend', '--message', 'x');
    expect(await exported(repo, commit)).toEqual({ files: 1, bytes: 1 });
    expect(readFileSync(join(folder, 'out/a'), 'utf8')).toBe('1');
    expect(readdirSync(join(folder, 'out'))).toEqual(['a']);
  });

  it('fetches a commit once', async () => {
    const repo = await repository();
    const commit = repo.git('rev-parse', 'HEAD');
    await exported(repo, commit, 'first');
    repo.remove();
    await exported(repo, commit, 'second');
    expect(readFileSync(join(folder, 'second/a'), 'utf8')).toBe('1');
  });

  it('fetches several commits at once into one cache', async () => {
    const repo = await repository();
    repo.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const commits = [1, 2, 3, 4].map((i) => {
      repo.write('a', `${i}`);
      return repo.commit();
    });
    await Promise.all(commits.map((commit, i) => exported(repo, commit, `out${i}`)));
    expect(commits.map((_, i) => readFileSync(join(folder, `out${i}/a`), 'utf8'))).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  it('fetches branches from a server that gives out only what they name', async () => {
    const repo = await repository();
    const commit = repo.git('rev-parse', 'HEAD');
    repo.write('a', '2');
    repo.commit();
    // Protocol 0 is the one that keeps to advertised objects.
    withGitConfig({ 'protocol.version': '0' });
    await exported(repo, commit);
    expect(readFileSync(join(folder, 'out/a'), 'utf8')).toBe('1');
  });

  it('says that a commit is gone', async () => {
    const repo = await repository();
    await expect(exported(repo, '1'.repeat(40))).rejects.toThrow(`holds the commit "${'1'.repeat(40)}"`);
  });

  it('reads sha256 repositories', async () => {
    const repo = await repository({ init: ['--object-format=sha256'] });
    await exported(repo, repo.git('rev-parse', 'HEAD'));
    expect(readFileSync(join(folder, 'out/a'), 'utf8')).toBe('1');
  });

  it('writes submodules, found relative to the upstream', async () => {
    const lib = await repository();
    const repo = await repository();
    withGitConfig({ 'protocol.file.allow': 'always' });
    repo.git('submodule', '--quiet', 'add', urlOf(lib), 'lib');
    repo.write(
      '.gitmodules',
      `[submodule "lib"]\n\tpath = lib\n\turl = ../../${lib.dir.split('/').slice(-2).join('/')}\n`,
    );
    await exported(repo, repo.commit());
    expect(readFileSync(join(folder, 'out/lib/a'), 'utf8')).toBe('1');
  });

  it("does not let an upstream's .gitmodules read repositories of this machine", async () => {
    const lib = await repository();
    const repo = await repository();
    repo.git('submodule', '--quiet', 'add', urlOf(lib), 'lib');
    await expect(exported(repo, repo.commit())).rejects.toThrow("transport 'file' not allowed");
  });

  it('says which submodule has no address', async () => {
    const repo = await repository();
    repo.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lost`);
    repo.git('commit', '--quiet', '-m', 'x');
    await expect(exported(repo, repo.git('rev-parse', 'HEAD'))).rejects.toThrow('has a submodule "lost"');
  });
});
