import { DarkroomError, type Problem } from './darkroom-error.ts';

/**
 * What is to be told of anything that was thrown. A full disk may show anywhere; everything else that has no words of its
 * own is a bug.
 * @param where named in front of what has no words of its own, for example `"colmap": `
 */
export function problemsOf(error: unknown, where = ''): readonly Problem[] {
  if (error instanceof DarkroomError) return error.problems;
  // Not `instanceof Error`: an error may come from another realm.
  const { code, message, stack } = (error ?? {}) as { code?: unknown; message?: unknown; stack?: unknown };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const hint = 'Free space there, or set TMPDIR to a larger disk.';
    return [{ code: 'build/disk-full', message: `${where}the disk is full: ${String(message)}`, hint }];
  }
  const text = typeof stack === 'string' ? stack : String(message ?? error);
  return [{ code: 'darkroom/bug', message: `${where}this is a bug in Darkroom, please report it.\n${text}` }];
}
