import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashLocalFolder } from '../../../../actions/lib/upstream/hash-local-folder.ts';

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe('hashLocalFolder', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'darkroom-local-'));
    mkdirSync(join(root, 'm/sub'), { recursive: true });
    writeFileSync(join(root, 'm/b.bin'), 'bytes');
    writeFileSync(join(root, 'm/sub/run'), '#!', { mode: 0o755 });
    symlinkSync('../outside', join(root, 'm/a-link'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is the sha256 of the listing', async () => {
    const listing = [
      `link ${sha256('../outside')} a-link\0`,
      `644 ${sha256('bytes')} b.bin\0`,
      `755 ${sha256('#!')} sub/run\0`,
    ].join('');
    await expect(hashLocalFolder(root, 'm')).resolves.toBe(sha256(listing));
  });

  it('does not depend on times, group and other bits, empty folders, or where the folder is', async () => {
    const before = await hashLocalFolder(root, 'm');
    chmodSync(join(root, 'm/b.bin'), 0o600);
    chmodSync(join(root, 'm/sub/run'), 0o700);
    utimesSync(join(root, 'm/b.bin'), 1, 1);
    mkdirSync(join(root, 'm/empty'));
    renameSync(join(root, 'm'), join(root, 'n'));
    await expect(hashLocalFolder(root, 'n')).resolves.toBe(before);
    await expect(hashLocalFolder('/', join(root, 'n'))).resolves.toBe(before);
  });

  it('changes with content, name, executable bit and link target', async () => {
    const seen = [await hashLocalFolder(root, 'm')];
    writeFileSync(join(root, 'm/b.bin'), 'Bytes');
    seen.push(await hashLocalFolder(root, 'm'));
    renameSync(join(root, 'm/b.bin'), join(root, 'm/c.bin'));
    seen.push(await hashLocalFolder(root, 'm'));
    chmodSync(join(root, 'm/c.bin'), 0o755);
    seen.push(await hashLocalFolder(root, 'm'));
    rmSync(join(root, 'm/a-link'));
    symlinkSync('elsewhere', join(root, 'm/a-link'));
    seen.push(await hashLocalFolder(root, 'm'));
    expect(new Set(seen).size).toBe(5);
  });

  it('takes names that are not UTF-8 and contain line ends', async () => {
    const name = Buffer.from([0xff, 0x0a, 0x41]);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/m/sub/`), name]), 'odd');
    const rows = [
      `link ${sha256('../outside')} a-link\0`,
      `644 ${sha256('bytes')} b.bin\0`,
      `755 ${sha256('#!')} sub/run\0`,
      Buffer.concat([Buffer.from(`644 ${sha256('odd')} sub/`), name, Buffer.from('\0')]),
    ].map((row) => Buffer.from(row));
    await expect(hashLocalFolder(root, 'm')).resolves.toBe(sha256(Buffer.concat(rows)));
  });

  it('says what is missing, no folder, a link, or holds a pipe', async () => {
    await expect(hashLocalFolder(root, 'none')).rejects.toThrow('Local upstream "none" is not there.');
    await expect(hashLocalFolder(root, 'm/b.bin/x')).rejects.toThrow('is not there.');
    await expect(hashLocalFolder(root, 'm/b.bin')).rejects.toThrow('is no folder, expected a folder.');
    symlinkSync('m', join(root, 'l'));
    await expect(hashLocalFolder(root, 'l')).rejects.toThrow('is a link, expected a folder.');
    execFileSync('mkfifo', [join(root, 'm/pipe')]);
    await expect(hashLocalFolder(root, 'm')).rejects.toThrow(
      'holds "pipe", which is neither file, folder nor link.',
    );
  });
});
