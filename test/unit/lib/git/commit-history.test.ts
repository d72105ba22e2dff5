import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { commitHistory } from '../../../../actions/lib/git/commit-history.ts';
import { openSource } from '../../../../actions/lib/git/open-source.ts';
import type { CommitRelation } from '../../../../actions/lib/publish/commit-order.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';

describe('commitHistory', () => {
  let origin: TestRepo;
  let commits: string[];
  let side: string;
  let shallow: TestRepo;

  beforeEach(async () => {
    origin = await createRepo();
    origin.git('config', 'uploadpack.allowFilter', 'true');
    commits = ['1', '2', '3', '4'].map((content) => {
      origin.write('file', content);
      return origin.commit();
    });
    origin.git('checkout', '--quiet', '-b', 'side', commits[1] ?? '');
    side = origin.commit();
    origin.git('checkout', '--quiet', 'main');
    shallow = origin.clone('--depth=1', '--no-tags');
  });
  afterEach(() => {
    origin.remove();
    shallow.remove();
  });

  const open = async (repo: TestRepo, token: string | null = null) => {
    const source = await openSource(repo.dir, { of: 'commit' });
    await source.close();
    return commitHistory(source, { token });
  };
  const relation = async (repo: TestRepo, published: string | undefined, planned: string | undefined) =>
    (await open(repo)).relation(published ?? '', planned ?? '');

  it.each<['shallow' | 'full', number | 'side', number | 'side', CommitRelation]>([
    ['shallow', 3, 3, 'same'],
    ['shallow', 0, 3, 'ahead'],
    ['shallow', 3, 0, 'behind'],
    ['shallow', 'side', 3, 'diverged'],
    ['shallow', 3, 'side', 'diverged'],
    ['full', 0, 3, 'ahead'],
    ['full', 3, 1, 'behind'],
    ['full', 'side', 3, 'diverged'],
  ])('of a %s clone: published %s, planned %s is "%s"', async (kind, published, planned, expected) => {
    const clone = kind === 'shallow' ? shallow : origin.clone();
    const commit = (one: number | 'side') => (one === 'side' ? side : commits[one]);
    expect(await relation(clone, commit(published), commit(planned))).toBe(expected);
    if (clone !== shallow) clone.remove();
  });

  it('asks the origin nothing that the clone knows', async () => {
    const full = origin.clone();
    const history = await open(full);
    origin.remove();
    expect(await history.relation(commits[0] ?? '', commits[3] ?? '')).toBe('ahead');
    expect(await history.relation(commits[3] ?? '', commits[0] ?? '')).toBe('behind');
    full.remove();
  });

  it('leaves the clone as it is: as shallow, and with the same configuration', async () => {
    const config = readFileSync(path.join(shallow.dir, '.git/config'), 'utf8');
    await relation(shallow, commits[0], commits[3]);
    expect(shallow.git('rev-parse', '--is-shallow-repository')).toBe('true');
    expect(shallow.git('rev-list', '--count', '--all')).toBe('1');
    expect(readFileSync(path.join(shallow.dir, '.git/config'), 'utf8')).toBe(config);
  });

  it('finds a commit that lies further back than the first fetch reaches', async () => {
    const list = Array.from({ length: 450 }, (_, index) => {
      const from = index === 0 ? `from ${commits[3]}\n` : '';
      return `commit refs/heads/main\ncommitter A <a@example.invalid> ${1_700_000_100 + index} +0000\ndata 1\nx\n${from}\n`;
    });
    execFileSync('git', ['fast-import', '--quiet'], { cwd: origin.dir, input: list.join('') });
    const tip = origin.git('rev-parse', 'main');
    expect(await relation(shallow, commits[0], tip)).toBe('ahead');
    expect(await relation(shallow, tip, commits[0])).toBe('behind');
  });

  it.each(['2', '0'])('knows no commit that a forced push took away, by protocol %s', async (version) => {
    const gone = 'f'.repeat(40);
    Object.assign(process.env, protocol(version));
    try {
      const history = await open(shallow);
      expect(await history.relation(gone, commits[3] ?? '')).toBe('unknown');
      expect(await history.relation(commits[0] ?? '', commits[3] ?? '')).toBe('ahead');
    } finally {
      for (const name of Object.keys(protocol(version))) delete process.env[name];
    }
  });

  it('tells the tip of a branch and the commit of an annotated tag', async () => {
    origin.git('tag', '--annotate', '--message', 'one', 'v1', commits[2] ?? '');
    const history = await open(shallow);
    expect(await history.tip('refs/heads/main')).toBe(commits[3]);
    expect(await history.tip('refs/heads/side')).toBe(side);
    expect(await history.tip('refs/tags/v1')).toBe(commits[2]);
    expect(await history.tip('refs/heads/none')).toBeNull();
  });

  it('says so when the origin cannot be reached, or there is none', async () => {
    const history = await open(shallow);
    origin.remove();
    const unreachable = { problems: [{ code: 'git/unreachable-origin' }] };
    await expect(history.relation(commits[0] ?? '', commits[3] ?? '')).rejects.toMatchObject(unreachable);
    await expect(history.tip('refs/heads/main')).rejects.toMatchObject(unreachable);
    shallow.git('remote', 'remove', 'origin');
    await expect((await open(shallow)).tip('refs/heads/main')).rejects.toThrow('has no remote "origin"');
  });

  it('hands a token to git through its environment, once, to its host alone, and never on a command line', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-test-'));
    const log = path.join(folder, 'log');
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(
      path.join(folder, 'git'),
      `#!/bin/sh\necho "args: $*" >>'${log}'\n'${git}' config --get-urlmatch http.extraheader https://origin.invalid/acme >>'${log}'\n` +
        `'${git}' config --get-urlmatch http.extraheader https://other.invalid/acme >>'${log}'\ncase "$*" in *ls-remote*) exit 1;; *) exec '${git}' "$@";; esac\n`,
      { mode: 0o755 },
    );
    const { PATH: before, GITHUB_SERVER_URL: server } = process.env;
    const history = await open(shallow, 'secret-token');
    try {
      Object.assign(process.env, {
        PATH: `${folder}:${before}`,
        GITHUB_SERVER_URL: 'https://origin.invalid',
      });
      for (const host of ['other.invalid', 'origin.invalid']) {
        shallow.git('remote', 'set-url', 'origin', `https://${host}/acme/images`);
        await expect(history.tip('refs/heads/main')).rejects.toThrow(host);
      }
    } finally {
      process.env.PATH = before;
      if (server === undefined) delete process.env.GITHUB_SERVER_URL;
      else process.env.GITHUB_SERVER_URL = server;
    }
    const seen = readFileSync(log, 'utf8');
    rmSync(folder, { recursive: true });
    expect(seen).toContain('args: ');
    expect(seen).not.toContain('secret-token');
    const header = `Authorization: Basic ${Buffer.from('x-access-token:secret-token').toString('base64')}`;
    expect(seen.split(header)).toHaveLength(2);
    expect(
      seen
        .split('\n')
        .filter((line) => line.startsWith('args:'))
        .join(),
    ).not.toContain('Basic');
  });

  /** Settings through which git speaks another protocol. */
  function protocol(version: string): Record<string, string> {
    return {
      ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.version', GIT_CONFIG_VALUE_0: version },
    };
  }
});
