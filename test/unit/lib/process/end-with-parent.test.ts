import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { endWithParent } from '../../../../actions/lib/process/end-with-parent.ts';

const MODULE = path.resolve('actions/lib/process/end-with-parent.ts');
const env = { PATH: process.env.PATH ?? '' };

describe('endWithParent', () => {
  it('gives nothing where the system has no such program', async () => {
    expect(await endWithParent({ PATH: '/nonexistent' })).toEqual([]);
  });

  it('keeps arguments and exit code of the program', async () => {
    const [command = 'sh', ...first] = [...(await endWithParent(env)), 'sh'];
    const { stdout, exitCode } = await execa(command, [...first, '-c', 'echo "$1"; exit 7', 'sh', '-- a b'], {
      reject: false,
    });
    expect({ stdout, exitCode }).toEqual({ stdout: '-- a b', exitCode: 7 });
  });

  it('ends the program when the parent is killed', async () => {
    if ((await endWithParent(env)).length === 0) return;
    const code = `import { spawn } from 'node:child_process';
      import { endWithParent } from ${JSON.stringify(MODULE)};
      const [command, ...args] = [...(await endWithParent(process.env)), 'sleep', '600'];
      const child = spawn(command, args, { detached: true, stdio: 'ignore' });
      process.stdout.write(String(child.pid));
      // Long enough for the kernel to be told.
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);`;
    const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', code], {
      reject: false,
    });
    expect(stdout).toMatch(/^\d+$/);
    for (let tries = 0; tries < 100 && isRunning(stdout); tries += 1) await sleep(50);
    expect(isRunning(stdout)).toBe(false);
  });
});

/** A zombie runs no more. */
function isRunning(pid: string): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/^\d+ \(.*\) Z/.test(readFileSync(stat, 'utf8'));
}
