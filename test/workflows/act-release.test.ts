import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execaSync } from 'execa';
import { copyForAct } from '../../scripts/act-copy.ts';
import { findWorkflowTools } from '../../scripts/workflow-tools.ts';
import { type Act, runAct } from '../support/act.ts';
import { writeStandIns } from '../support/act-stand-ins.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';

const { act } = await findWorkflowTools();

/** A `gh` that knows the commit of the tag, has no release, and writes down the one it makes. */
const GH = `#!/bin/sh
case "$1 $2" in
  api*) git rev-parse "$GITHUB_REF_NAME^{commit}" ;;
  "release view") exit 1 ;;
  "release create") printf '%s\\n' "$@" > "$(dirname "$0")/released" ;;
  *) exit 9 ;;
esac
`;

/** This repository with a release prepared, and tests that are quick. Skipped where act is not on this machine; scripts/test says so. */
(act === undefined ? describe.skip : describe)('a tag v9.8.7', () => {
  let prepared: Act;
  let remote: TestRepo;
  let root: string;
  const programs = () => path.join(root, 'programs');
  const copy = () => path.join(root, 'copy');
  const git = (...args: readonly string[]) => execaSync('git', args, { cwd: copy() }).stdout;

  /** Writes what `.ci/run` does, names the release, and pushes both with the tag. */
  function push(tests: string, changelog: string): string {
    writeFileSync(path.join(copy(), '.ci/run'), `#!/bin/sh\n${tests}\n`, { mode: 0o755 });
    writeFileSync(path.join(copy(), 'CHANGELOG.md'), changelog);
    const author = ['-c', 'user.name=x', '-c', 'user.email=x@example.invalid'];
    git(...author, 'commit', '--quiet', '--all', '--allow-empty', '--message', 'release');
    git('tag', '--force', 'v9.8.7');
    git('push', '--quiet', '--force', 'origin', 'main', 'v9.8.7');
    return git('rev-parse', 'HEAD');
  }
  const run = () => runAct(prepared, copy(), { workflow: 'release.yml', tag: 'v9.8.7', token: 'secret' });
  const tags = () => remote.git('tag', '--list').split('\n');

  beforeAll(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'darkroom-release-'));
    remote = await createRepo({ init: ['--bare'] });
    const standIns = await writeStandIns(path.join(root, 'stand-ins'));
    prepared = { program: act ?? '', engine: null, darkroom: copy(), standIns, programs: programs() };
    mkdirSync(programs());
    writeFileSync(path.join(programs(), 'gh'), GH, { mode: 0o755 });
    await copyForAct(copy());
    symlinkSync(path.resolve('node_modules'), path.join(copy(), 'node_modules'));
    const manifest = path.join(copy(), 'package.json');
    const version = /"version": "[^"]+"/;
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(version, '"version": "9.8.7"'));
    git('remote', 'set-url', 'origin', remote.dir);
  }, 60_000);
  afterAll(() => {
    remote?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it('is no release before its notes are written', async () => {
    push('exit 0', '# Changelog\n');
    const { succeeded, jobs, log } = await run();
    expect({ succeeded, jobs: jobs.map(({ name }) => name) }).toEqual({
      ...{ succeeded: false, jobs: ['Release/Check'] },
    });
    expect(log).toContain('Nothing stands under "## 9.8.7"');
    expect(tags()).toEqual(['v9.8.7']);
  }, 60_000);

  it('is no release where a test fails', async () => {
    push('echo 1 passed, 1 failed; exit 1', '## 9.8.7\n\nNew.\n');
    const { succeeded, log } = await run();
    expect({ succeeded, log }).toMatchObject({ succeeded: false });
    expect(log).toContain('1 passed, 1 failed');
    expect(tags()).toEqual(['v9.8.7']);
  }, 60_000);

  it('becomes one with its notes, attested bundles and "v1" at its commit', async () => {
    const commit = push('exit 0', '## 9.8.7\n\nWhat is "new": `$(x)`.\n');
    const { succeeded, log } = await run();
    expect({ succeeded, log }).toMatchObject({ succeeded: true });
    const released = readFileSync(path.join(programs(), 'released'), 'utf8');
    expect(released).toBe(
      'release\ncreate\nv9.8.7\n--verify-tag\n--title\nv9.8.7\n--notes\nWhat is "new": `$(x)`.\n',
    );
    const attested = readFileSync(prepared.standIns?.attested ?? '', 'utf8').split('\n');
    expect(attested).toEqual(expect.arrayContaining(['actions/plan/dist/index.js']));
    expect(remote.git('rev-parse', 'v9')).toBe(commit);
  }, 60_000);
});
