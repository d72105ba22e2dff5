import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { makeTemporaryFolder } from '../../../../actions/lib/process/temporary-folder.ts';

const MODULE = path.resolve('actions/lib/process/temporary-folder.ts');

describe('temporary folders', () => {
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'test-'));
  });

  afterAll(() => rmSync(root, { recursive: true }));

  /** Runs code in a process of its own and gives what it wrote. */
  const inProcess = async (code: string): Promise<string> => {
    const imported = `import { makeTemporaryFolder, sweepTemporaryFolders } from ${JSON.stringify(MODULE)};`;
    const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', imported + code], {
      ...{ env: { TMPDIR: root }, reject: false },
    });
    return stdout;
  };
  /** A folder of a process that ended as told. */
  const folderOf = (ending: string): Promise<string> =>
    inProcess(`process.stdout.write(makeTemporaryFolder().path, () => { ${ending} });`);

  it('can be looked into by their owner alone, and are gone after remove', async () => {
    const folder = makeTemporaryFolder(root);
    writeFileSync(path.join(folder.path, 'file'), 'content');
    expect(path.dirname(folder.path)).toBe(root);
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    await folder.remove();
    expect(existsSync(folder.path)).toBe(false);
  });

  it('end with their process, also when it forgets them', async () => {
    const folder = await folderOf('process.exit(3)');
    expect(folder.startsWith(root)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  it('of a process that was killed are swept; of the living, of other containers and of others none is', async () => {
    const killed = await folderOf("process.kill(process.pid, 'SIGKILL')");
    expect(existsSync(killed)).toBe(true);
    const pid = path.basename(killed).split('-')[2];
    const space = Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]);
    const others = [
      `darkroom-${space}-${process.pid}-abcdef`,
      `darkroom-${space + 1}-${pid}-abcdef`,
      `darkroom-${space}-${pid}`,
      'darkroom-images',
    ];
    for (const name of others) mkdirSync(path.join(root, name));
    await inProcess('await sweepTemporaryFolders();');
    expect(existsSync(killed)).toBe(false);
    expect(others.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });
});
