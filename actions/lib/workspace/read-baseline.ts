import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { systemReason } from '../errors/system-reason.ts';
import { type Baseline, parseBaseline } from '../lint/baseline.ts';

/**
 * Reads a file with findings that are known.
 * @param file relative to the directory
 * @throws DarkroomError `lint/bad-baseline` of kind `use`
 */
export async function readBaseline(directory: string, file: string): Promise<Baseline> {
  try {
    return parseBaseline(await readFile(path.resolve(directory, file), 'utf8'), file);
  } catch (error) {
    if (error instanceof DarkroomError) throw error;
    const message = `the baseline "${file}" cannot be read: ${systemReason(error)}; --write-baseline writes it`;
    throw new DarkroomError({ code: 'lint/bad-baseline', message }, { kind: 'use', cause: error });
  }
}
