import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isAtLeast, lastLine, parseGitVersion, runGit } from '../../../../actions/lib/git/git-command.ts';

describe('parseGitVersion', () => {
  it.each([
    'git version 2.30.0',
    'git version 2.39.5 (Apple Git-154)',
    'git version 2.47.1.windows.1',
    'git version 3.0.0',
  ])('takes "%s"', (answer) => {
    expect(isAtLeast(parseGitVersion(answer), [2, 30])).toBe(true);
  });

  it.each(['git version 2.29.9', 'git version 1.99.0', 'hub 9'])('refuses "%s"', (answer) => {
    expect(() => parseGitVersion(answer)).toThrow(
      `git answered "${answer}" to "git version"; Darkroom needs git 2.30 or newer`,
    );
  });
});

describe('lastLine', () => {
  it('prefers what git calls fatal to the advice behind it', () => {
    const stderr =
      'warning: x\nfatal: no path\nPlease make sure you have the correct access rights\nand the repository exists.\n';
    expect(lastLine(stderr)).toBe('fatal: no path');
  });
});

describe('runGit', () => {
  it('says what git said last', async () => {
    const failing = runGit({ cwd: tmpdir(), env: {} }, ['hash-object', 'no-such-file']);
    await expect(failing).rejects.toThrow(
      /"git hash-object" failed in ".*" with exit code 128: fatal: .*no-such-file/,
    );
  });

  it('says so when git is not there', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
    const failing = runGit({ cwd: dir, env: { PATH: dir } }, ['version']);
    await expect(failing).rejects.toThrow('git could not be started');
    rmSync(dir, { recursive: true });
  });

  it('starts no shell', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
    writeFileSync(join(dir, 'a; touch b'), 'x');
    const output = await runGit({ cwd: dir, env: {} }, ['hash-object', 'a; touch b']);
    expect(output.toString()).toMatch(/^[0-9a-f]{40}\n$/);
    rmSync(dir, { recursive: true });
  });
});
