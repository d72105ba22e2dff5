import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { readWorkflows } from '../support/workflow-files.ts';

const SCRIPT = path.resolve('scripts/move-major-tag');

describe('release.yml', () => {
  const { on, data } = readWorkflows().find(({ path: file }) => file.endsWith('/release.yml')) ?? {};
  const { check, release } = data?.jobs ?? {};

  it('runs for tags of releases alone, and for no tag that it moves itself', () => {
    expect(on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } });
  });

  it('can write nothing while it tests, and moves nothing before everything passed', () => {
    expect(Object.keys(data?.jobs ?? {})).toEqual(['check', 'release']);
    expect(check?.permissions).toEqual({ contents: 'read' });
    expect(check?.steps?.map(({ run }) => run)).toContain('.ci/run');
    expect(release?.needs).toEqual(['check']);
    expect(release).not.toHaveProperty('if');
    expect(release?.steps?.at(-1)?.run).toContain('scripts/move-major-tag');
    const forgiving = [...(check?.steps ?? []), ...(release?.steps ?? [])].filter(
      (step) => 'if' in step || 'continue-on-error' in step,
    );
    expect(forgiving).toEqual([]);
  });
});

describe('the release', () => {
  const { data } = readWorkflows().find(({ path: file }) => file.endsWith('/release.yml')) ?? {};
  const script = data?.jobs.release?.steps?.find(({ name }) => name === 'Make the release')?.run ?? '';

  /** With a `gh` that knows where the tag is, and no release. */
  async function runRelease(tag: { readonly at: string }) {
    const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-gh-'));
    const gh = `#!/bin/sh\ncase "$1 $2" in "release view") exit 1 ;; api*) echo ${tag.at} ;; *) echo "$2 $3" ;; esac\n`;
    writeFileSync(path.join(folder, 'gh'), gh, { mode: 0o755 });
    const GITHUB = { GITHUB_REPOSITORY: 'acme/darkroom', GITHUB_REF_NAME: 'v1.2.3', GITHUB_SHA: 'a1' };
    const env = { ...GITHUB, NOTES: 'notes', PATH: `${folder}:${process.env.PATH}` };
    const { exitCode, stdout } = await execa('bash', ['-e', '-c', script], { env, reject: false });
    rmSync(folder, { recursive: true });
    return { exitCode, stdout };
  }

  it('is made where the tag still names what was tested, and nowhere else', async () => {
    expect(await runRelease({ at: 'a1' })).toEqual({ exitCode: 0, stdout: 'create v1.2.3' });
    expect(await runRelease({ at: 'b2' })).toEqual({
      exitCode: 1,
      stdout: '::error title=release/tag-moved::v1.2.3 is at b2 by now, and a1 was tested.',
    });
    const move = data?.jobs.release?.steps?.at(-1)?.run;
    expect(move).toContain('scripts/move-major-tag "$GITHUB_REF_NAME" "$GITHUB_SHA"');
  });
});

describe('what the job "check" hands on', () => {
  const { data } = readWorkflows().find(({ path: file }) => file.endsWith('/release.yml')) ?? {};
  const script = data?.jobs.check?.steps?.find(({ id }) => id === 'notes')?.run ?? '';
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'darkroom-release-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** As a runner starts it: from a file that lies elsewhere. */
  async function runCheck(cwd: string) {
    const output = path.join(folder, 'output');
    writeFileSync(path.join(folder, 'step.sh'), script);
    writeFileSync(output, '');
    const env = { GITHUB_OUTPUT: output, RUNNER_TEMP: folder, GITHUB_REF_NAME: 'v1.2.3' };
    const bash = ['--noprofile', '--norc', '-e', '-o', 'pipefail', path.join(folder, 'step.sh')];
    const { exitCode, stderr } = await execa('bash', bash, { cwd, env, reject: false });
    return { exitCode, stderr, output: readFileSync(output, 'utf8') };
  }

  it('is nothing for a tag that nobody prepared', async () => {
    const { exitCode, stderr, output } = await runCheck(process.cwd());
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: '' });
    expect(stderr).toContain('Nothing stands under "## 1.2.3"');
  });

  it('is the notes, whatever stands in them', async () => {
    const stand = path.join(folder, 'scripts/check-release');
    mkdirSync(path.dirname(stand));
    writeFileSync(stand, '#!/bin/sh\nprintf "%s\\n\\nEOF\\n\\$(false)\\n" "$1"\n', { mode: 0o755 });
    const { exitCode, output } = await runCheck(folder);
    expect(exitCode).toBe(0);
    const [, end = ''] = /^notes<<([0-9a-f-]{36})\n/.exec(output) ?? [];
    expect(output).toBe(`notes<<${end}\nv1.2.3\n\nEOF\n$(false)\n${end}\n`);
  });
});

describe('the tag of a major version', () => {
  let repo: TestRepo;
  let remote: TestRepo;
  const move = async (tag: string, clone = repo, tested = `refs/tags/${tag}`) => {
    const { exitCode, stdout, stderr } = await execa(SCRIPT, [tag, tested], {
      cwd: clone.dir,
      reject: false,
    });
    return { exitCode, said: `${stdout}${stderr}` };
  };
  const release = (...tags: readonly string[]) => {
    const commit = repo.commit(tags.join());
    for (const tag of tags) repo.git('tag', tag);
    repo.git('push', '--quiet', 'origin', 'main', ...tags);
    return commit;
  };
  const at = (ref: string) => remote.git('rev-parse', `${ref}^{commit}`);

  beforeEach(async () => {
    remote = await createRepo({ init: ['--bare'] });
    repo = await createRepo();
    repo.git('remote', 'add', 'origin', remote.dir);
  });
  afterEach(() => {
    repo.remove();
    remote.remove();
  });

  it('is made by the first release, and follows every newer one', async () => {
    for (const tag of ['v1.9.0', 'v1.10.0', 'v1.10.1']) {
      const commit = release(tag);
      expect(await move(tag)).toEqual({ exitCode: 0, said: `v1 is at ${tag} now.` });
      expect(at('v1')).toBe(commit);
    }
    expect(await move('v1.10.1')).toEqual({ exitCode: 0, said: 'v1 is at v1.10.1 already.' });
  });

  it('stays where it is for an older one, and when the run of an old tag is repeated', async () => {
    release('v1.9.1');
    const newest = release('v1.10.0');
    await move('v1.10.0');
    expect(await move('v1.9.1')).toEqual({
      exitCode: 0,
      said: 'v1 stays at v1.10.0, which is newer than v1.9.1.',
    });
    expect(at('v1')).toBe(newest);
  });

  it('leaves other major versions alone, also v10', async () => {
    const [first, tenth] = [release('v1.0.0'), release('v10.0.0')];
    await move('v1.0.0');
    await move('v10.0.0');
    const second = release('v1.0.1');
    await move('v1.0.1');
    expect([at('v1'), at('v10'), first === second]).toEqual([second, tenth, false]);
  });

  it('is an annotated one, or one that somebody put ahead of the first release', async () => {
    release('other');
    repo.git('tag', '--annotate', '--message', 'by hand', 'v1');
    repo.git('push', '--quiet', 'origin', 'v1');
    const commit = release('v1.0.0');
    expect(await move('v1.0.0')).toMatchObject({ exitCode: 0 });
    expect(at('v1')).toBe(commit);
  });

  it('is not taken from where somebody put it beside the releases', async () => {
    const released = release('v1.0.0');
    const stray = release('v1');
    repo.git('checkout', '--quiet', '-B', 'main', released);
    expect(await move('v1.0.0')).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('which is no release'),
    });
    expect(at('v1')).toBe(stray);
  });

  it('is compared with what the remote has, whatever the clone kept', async () => {
    release('v1.0.0');
    await move('v1.0.0');
    const old = repo.clone();
    old.git('remote', 'set-url', 'origin', remote.dir);
    const newest = release('v1.2.0');
    release('v1.1.0');
    await move('v1.2.0');
    expect((await move('v1.1.0', old)).said).toContain('v1 stays at v1.2.0');
    expect(at('v1')).toBe(newest);
    old.remove();
  });

  it('is moved to no commit but the one that was tested', async () => {
    const tested = release('v1.0.0');
    const other = repo.commit('never tested');
    repo.git('tag', '--force', 'v1.0.0');
    repo.git('push', '--quiet', '--force', 'origin', 'main', 'v1.0.0');
    expect(await move('v1.0.0', repo, tested)).toEqual({
      exitCode: 1,
      said: `move-major-tag: "v1.0.0" is at ${other} by now, and "${tested}" was tested. Look who moved it.`,
    });
    expect(() => at('v1')).toThrow();
  });

  it.each(['v1', 'v1.2', 'v1.2.3-rc.1', '--all', 'v9.9.9'])('is moved for no "%s"', async (tag) => {
    release('v1.0.0');
    expect(await move(tag)).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('move-major-tag: "'),
    });
    expect(() => at('v1')).toThrow();
  });
});
