/** Writes planned files into a folder that becomes a build context: exactly those, from git's objects. */
import { readdir, rm, statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { expandSubmodules, type PlacedEntry } from './expand-submodules.ts';
import { type ExportFolder, makeExportFolder } from './export-folder.ts';
import { checkExportPaths } from './export-paths.ts';
import { runGit } from './git-command.ts';
import type { GitSource } from './git-source.ts';
import { copyLfsContent, findLfsStore } from './lfs-content.ts';
import { findLfsPointers, type LfsPointer } from './lfs-pointers.ts';
import { collect, type StreamedBlob, streamBlobs } from './read-blobs.ts';

/** How files are written. */
export interface ExportOptions {
  /** Pointers of Git LFS by entry path, as `findLfsPointers` gives them; those of submodules are found by themselves. */
  readonly lfs: ReadonlyMap<string, LfsPointer>;
  /** Modification time of every file, symlink and folder, in seconds since 1970. */
  readonly mtimeSeconds: number;
}

/** What was written. */
export interface ExportResult {
  readonly files: number;
  readonly bytes: number;
}

/** Above this a blob goes to disk as it comes and is never held whole. */
const LARGE_BYTES = 1 << 20;

/** Files that one repository holds. */
interface Group {
  readonly source: GitSource;
  readonly files: readonly PlacedEntry[];
  /** By entry path; their content is not their blob. */
  readonly lfs: ReadonlyMap<string, LfsPointer>;
}

/**
 * Writes files with modes 0644 and 0755, folders with 0755, symlinks as they are, submodules as their files and LFS
 * content in place of pointers. After a failure the folder is empty.
 *
 * @param dir a new or empty folder
 * @throws DarkroomError `git/unsafe-path`, `git/export-not-empty`, `git/disk-full`, `git/missing-object`,
 *   `git/missing-submodule`, `git/dirty-submodule`, `git/missing-lfs-content`, `git/wrong-lfs-content`
 */
export async function exportFiles(
  source: GitSource,
  files: readonly PlacedEntry[],
  dir: string,
  options: ExportOptions,
): Promise<ExportResult> {
  const groups = await groupBySource(source, files, options.lfs);
  const problems = checkExportPaths(groups.flatMap((group) => group.files.map(({ to }) => to)));
  if (problems.length > 0) throw new DarkroomError(problems);
  const folder = openFolder(resolve(dir), options.mtimeSeconds);
  try {
    let bytes = 0;
    for (const group of groups)
      bytes += (await writeBlobs(group, folder)) + (await writeLfsContents(group, folder));
    folder.finish();
    return { files: groups.reduce((sum, group) => sum + group.files.length, 0), bytes };
  } catch (error) {
    await empty(dir);
    throw await explain(error, groups, dir);
  }
}

async function groupBySource(
  outer: GitSource,
  files: readonly PlacedEntry[],
  lfs: ReadonlyMap<string, LfsPointer>,
): Promise<readonly Group[]> {
  const bySource = Map.groupBy(await expandSubmodules(outer, files), ({ source }) => source);
  return Promise.all(
    [...bySource].map(async ([source, placed]): Promise<Group> => {
      if (source === outer) return { source, files: placed, lfs };
      return {
        source,
        files: placed,
        lfs: await findLfsPointers(
          source,
          placed.map(({ entry }) => entry),
        ),
      };
    }),
  );
}

function openFolder(dir: string, mtimeSeconds: number): ExportFolder {
  try {
    return makeExportFolder(dir, mtimeSeconds);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    throw new DarkroomError({
      code: 'git/export-not-empty',
      message: `${JSON.stringify(dir)} already holds files, which would become part of the build`,
      hint: 'Give a new or empty folder.',
    });
  }
}

/** Writes what is a blob; gives its bytes. */
async function writeBlobs({ source, files, lfs }: Group, folder: ExportFolder): Promise<number> {
  const targets = Map.groupBy(
    files.filter(({ entry }) => !lfs.has(entry.path)),
    ({ entry }) => entry.id,
  );
  let bytes = 0;
  for await (const blob of streamBlobs(source.repository, targets.keys())) {
    const placed = targets.get(blob.id) ?? [];
    if (blob.size > LARGE_BYTES) await writeLarge(blob, placed, folder);
    else await writeSmall(blob, placed, folder);
    bytes += blob.size * placed.length;
  }
  return bytes;
}

async function writeSmall(
  blob: StreamedBlob,
  placed: readonly PlacedEntry[],
  folder: ExportFolder,
): Promise<void> {
  const content = await collect(blob.chunks);
  for (const { entry, to } of placed) {
    if (entry.mode === '120000') {
      folder.symlink(to, content);
      continue;
    }
    const file = folder.openFile(to, entry.mode === '100755');
    try {
      file.write(content);
    } finally {
      file.close();
    }
  }
}

async function writeLarge(
  blob: StreamedBlob,
  placed: readonly PlacedEntry[],
  folder: ExportFolder,
): Promise<void> {
  const opened = placed.map(({ entry, to }) => folder.openFile(to, entry.mode === '100755'));
  try {
    for await (const chunk of blob.chunks) {
      for (const file of opened) file.write(chunk);
    }
  } finally {
    for (const file of opened) file.close();
  }
}

/** Writes what pointers stand for, every missing one named at once; gives its bytes. */
async function writeLfsContents({ source, files, lfs }: Group, folder: ExportFolder): Promise<number> {
  const problems: Problem[] = [];
  let bytes = 0;
  const store = lfs.size > 0 ? await findLfsStore(source) : '';
  for (const { entry, to } of files) {
    const pointer = lfs.get(entry.path);
    if (pointer === undefined) continue;
    const file = folder.openFile(to, entry.mode === '100755');
    try {
      const problem = await copyLfsContent(source, store, { path: entry.path, pointer }, file);
      if (problem !== null) problems.push(problem);
    } finally {
      file.close();
    }
    bytes += pointer.size;
  }
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  return bytes;
}

async function explain(error: unknown, groups: readonly Group[], dir: string): Promise<unknown> {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  const needed = (await Promise.all(groups.map(bytesOf))).reduce((sum, bytes) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(dir);
  const message = `the disk of ${JSON.stringify(resolve(dir))} is full: the files need ${prettyBytes(needed)}, ${prettyBytes(bavail * bsize)} are free`;
  return new DarkroomError(
    { code: 'git/disk-full', message, hint: 'Free space there, or set TMPDIR to a larger disk.' },
    { cause: error },
  );
}

async function bytesOf({ source, files, lfs }: Group): Promise<number> {
  const input = files.map(({ entry }) => `${entry.id}\n`).join('');
  const output = await runGit(source.repository, ['cat-file', '--batch-check=%(objectsize)'], { input });
  const blobs = output
    .toString('latin1')
    .split('\n')
    .reduce((sum, line) => sum + (Number(line) || 0), 0);
  return [...lfs.values()].reduce((sum, { size }) => sum + size, blobs);
}

async function empty(dir: string): Promise<void> {
  const names = await readdir(Buffer.from(dir), { encoding: 'buffer' });
  await Promise.all(
    names.map((name) => rm(Buffer.concat([Buffer.from(`${dir}/`), name]), { recursive: true, force: true })),
  );
}
