import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHadolintRun } from '../../../../actions/lib/hadolint/start-hadolint.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'start-hadolint-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function program(script: string): string {
  const file = path.join(root, `program-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

const env = { PATH: process.env.PATH, HADOLINT_FORMAT: 'tty', HADOLINT_IGNORE: 'DL3008', NOT_SET: undefined };

describe('createHadolintRun', () => {
  it('hands arguments over as they are, in the root of the project, with its own locale and no second format', async () => {
    const script =
      'pwd; printf "<%s>" "$@"; echo; echo "$HADOLINT_IGNORE $HADOLINT_FORMAT $LC_ALL"; cat; echo bad >&2; exit 1';
    const run = createHadolintRun({ program: program(script), root, env });
    const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
    await expect(run(['--', './a b', '$(id)', "'"])).resolves.toEqual({
      ...{ ended: 'itself', stderr: 'bad\n' },
      stdout: `${root}\n<--><./a b><$(id)><'>\nDL3008  ${locale}\n`,
    });
  });

  it('ends what takes too long', async () => {
    const run = createHadolintRun({
      program: program('echo begun; exec sleep 20'),
      root,
      env,
      timeoutMs: 300,
    });
    await expect(run([])).resolves.toMatchObject({ ended: 'time' });
  });

  it('ends what prints too much', async () => {
    const run = createHadolintRun({ program: program('exec yes'), root, env, maxBytes: 1000 });
    const { ended, stdout } = await run([]);
    expect(ended).toBe('output');
    expect(stdout.length).toBeLessThanOrEqual(1000);
  });

  it('tells a crash from an end', async () => {
    const run = createHadolintRun({ program: program('kill -SEGV $$'), root, env });
    await expect(run([])).resolves.toMatchObject({ ended: 'signal' });
  });

  it('refuses what cannot be started', async () => {
    const run = createHadolintRun({ program: path.join(root, 'none'), root, env });
    await expect(run([])).rejects.toThrow('cannot be started: ENOENT.');
  });
});
