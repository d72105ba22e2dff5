import { readdirSync } from 'node:fs';
import { comparePaths, decodePath, encodePath } from '../git/path-text.ts';

/** Folders that hold what tools put there. */
const PASSED_OVER = new Set(['.git', 'node_modules', '__pycache__', '.venv', '.tox', '.mypy_cache']);

/** What was found in a folder. */
export interface WalkedFolder {
  /** Files and links, relative to the folder, sorted; bytes that are not UTF-8 as in `path-text.ts`. */
  readonly files: readonly string[];
  /** There were more. */
  readonly isCut: boolean;
}

/**
 * Lists the files below a folder that git does not know. Links to folders are not followed, so that no loop is walked
 * for ever; what may not be read is left out. What lies near the top comes first where there is too much.
 */
export function walkFolder(root: string, most = 50_000): WalkedFolder {
  const files: string[] = [];
  let level: readonly string[] = [''];
  while (level.length > 0) {
    const next: string[] = [];
    for (const folder of level) {
      for (const entry of entriesOf(root, folder)) {
        if (files.length + next.length >= most) return { files: files.sort(comparePaths), isCut: true };
        const path = folder + entry.name;
        if (entry.kind === 'file') files.push(path);
        else if (!PASSED_OVER.has(entry.name)) next.push(`${path}/`);
      }
    }
    level = next;
  }
  return { files: files.sort(comparePaths), isCut: false };
}

/** The path of a file for the file system, byte by byte. */
export function pathBelow(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), encodePath(path)]);
}

interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

function entriesOf(root: string, folder: string): readonly Entry[] {
  try {
    const entries = readdirSync(pathBelow(root, folder), { withFileTypes: true, encoding: 'buffer' });
    return entries.flatMap((entry): readonly Entry[] => {
      const name = decodePath(entry.name);
      if (entry.isDirectory()) return [{ name, kind: 'folder' }];
      return entry.isFile() || entry.isSymbolicLink() ? [{ name, kind: 'file' }] : [];
    });
  } catch {
    return [];
  }
}
