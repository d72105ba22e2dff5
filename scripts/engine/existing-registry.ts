import { existsSync } from 'node:fs';
import path from 'node:path';
import { findRegistry } from '../../actions/lib/docker/registry-process.ts';
import { findFolders } from './folders.ts';

/**
 * The registry this machine already has, started if it does not run; `null` where it never had one, and so nothing that
 * could be found in it. Builds no program.
 */
export async function existingRegistry(onLine: (line: string) => void): Promise<string | null> {
  const folders = findFolders();
  if (!existsSync(path.join(folders.state, 'registry'))) return null;
  const running = await findRegistry(folders.state);
  if (running !== undefined) return running;
  // Most commands find it running and need nothing else of the engine.
  const { ensureRegistry } = await import('./engine.ts');
  return ensureRegistry(onLine, folders);
}
