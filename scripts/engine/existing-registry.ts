import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureRegistry } from './engine.ts';
import { findFolders } from './folders.ts';

/**
 * The registry this machine already has, started if it does not run; `null` where it never had one, and so nothing that
 * could be found in it. Builds no program.
 */
export async function existingRegistry(onLine: (line: string) => void): Promise<string | null> {
  const folders = findFolders();
  return existsSync(path.join(folders.state, 'registry')) ? ensureRegistry(onLine, folders) : null;
}
