import { cp, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const PROGRAMS = ['/bin/sh', '/bin/cat', '/bin/mkdir', '/bin/sleep'];

/**
 * Fills a folder with a root file system of a few megabytes that can run `sh`, `cat`, `mkdir` and `sleep`, taken from this machine:
 * tests need a base image where no registry of base images can be reached.
 */
export async function makeTinyRoot(folder: string): Promise<void> {
  const { stdout } = await execa('ldd', PROGRAMS, { reject: false });
  const libraries = [...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].flatMap(([, file]) => file ?? []);
  for (const file of new Set([...PROGRAMS, ...libraries])) {
    const copy = join(folder, file);
    await mkdir(dirname(copy), { recursive: true });
    await cp(await realpath(file), copy);
  }
}
