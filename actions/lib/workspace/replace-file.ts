import { randomUUID } from 'node:crypto';
import { chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { systemReason } from '../errors/system-reason.ts';

/**
 * Writes a file in one step: whoever reads it meanwhile, and whoever interrupts this, finds the old text or the new one. Its
 * mode stays, and a link stays a link.
 * @param shown the path as the person knows it
 * @throws DarkroomError `lint/not-written` of kind `use`
 */
export async function replaceFile(file: string, text: string, shown: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const next = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID().slice(0, 8)}`);
  try {
    const before = await stat(target).catch(() => null);
    await writeFile(next, text, { flag: 'wx' });
    if (before !== null) await chmod(next, before.mode & 0o7777);
    await rename(next, target);
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined);
    const message = `${JSON.stringify(shown)} cannot be written: ${systemReason(error)}`;
    throw new DarkroomError({ code: 'lint/not-written', message }, { kind: 'use', cause: error });
  }
}
