/** Names local material by its content, as the lock writes it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { comparePaths, decodePath, encodePath } from '../git/path-text.ts';

/** `644` and `755` as git tells files apart; a link's content is its target. */
type EntryMode = '644' | '755' | 'link';

interface Entry {
  readonly mode: EntryMode;
  /** Relative to the folder, `/`-separated, in the encoding of `path-text.ts`. */
  readonly path: string;
}

/**
 * The sha256 of a folder's listing: for every file and link, sorted by path, `<mode> <sha256 of its content> <path>` and a
 * zero byte. Times, owners and empty folders do not count; links are not followed.
 *
 * @throws DarkroomError `upstream/missing`, `upstream/not-a-folder`, `upstream/special-file`
 */
export async function hashLocalFolder(root: string, path: string): Promise<string> {
  const folder = resolve(root, path);
  await checkFolder(folder, path);
  const entries = await listFolder(folder, path);
  const listing = createHash('sha256');
  for (const entry of entries.sort((a, b) => comparePaths(a.path, b.path))) {
    const content = await hashEntry(absolutePath(folder, entry.path), entry.mode);
    listing.update(`${entry.mode} ${content} `).update(encodePath(entry.path)).update('\0');
  }
  return listing.digest('hex');
}

async function checkFolder(folder: string, path: string): Promise<void> {
  const found = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (found === undefined) {
    throw new DarkroomError({
      code: 'upstream/missing',
      message: `Local upstream ${JSON.stringify(path)} is not there.`,
      hint: 'Put the material there; images that need it cannot be built without.',
    });
  }
  if (!found.isDirectory()) {
    throw new DarkroomError({
      code: 'upstream/not-a-folder',
      message: `Local upstream ${JSON.stringify(path)} is ${found.isSymbolicLink() ? 'a link' : 'no folder'}, expected a folder.`,
      hint: 'Links are not followed: name the folder itself.',
    });
  }
}

async function listFolder(folder: string, name: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const pending = [''];
  for (let within = pending.pop(); within !== undefined; within = pending.pop()) {
    for (const child of await readdir(absolutePath(folder, within), {
      withFileTypes: true,
      encoding: 'buffer',
    })) {
      const path = within === '' ? decodePath(child.name) : `${within}/${decodePath(child.name)}`;
      if (child.isDirectory()) pending.push(path);
      else if (child.isSymbolicLink()) entries.push({ mode: 'link', path });
      else if (child.isFile()) entries.push({ mode: await fileMode(absolutePath(folder, path)), path });
      else throw specialFile(name, path);
    }
  }
  return entries;
}

async function fileMode(file: Buffer): Promise<EntryMode> {
  return ((await lstat(file)).mode & 0o100) === 0 ? '644' : '755';
}

async function hashEntry(file: Buffer, mode: EntryMode): Promise<string> {
  const hash = createHash('sha256');
  if (mode === 'link') hash.update(await readlink(file, { encoding: 'buffer' }));
  else await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Bytes, because a name on disk need not be text. */
function absolutePath(folder: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), encodePath(path)]);
}

function specialFile(name: string, path: string): DarkroomError {
  return new DarkroomError({
    code: 'upstream/special-file',
    message: `Local upstream ${JSON.stringify(name)} holds ${JSON.stringify(path)}, which is neither file, folder nor link.`,
    hint: 'Move sockets, pipes and devices out of the folder.',
  });
}
