/** Finds the content that pointers of Git LFS stand for, without the program `git-lfs`. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Problem } from '../errors/darkroom-error.ts';
import { runGitLine, tryGit } from './git-command.ts';
import type { GitSource } from './git-source.ts';
import type { LfsPointer } from './lfs-pointers.ts';
import { encodePath } from './path-text.ts';

/** A pointer and the path it stands at. */
export interface LfsFile {
  readonly path: string;
  readonly pointer: LfsPointer;
}

const CHUNK_BYTES = 1 << 20;

/** Absolute folder of the LFS objects of a source (`lfs.storage` in git's configuration, else `lfs` in the git folder). */
export async function findLfsStore(source: GitSource): Promise<string> {
  const [commonDir, storage] = await Promise.all([
    runGitLine(source.repository, ['rev-parse', '--git-common-dir']),
    tryGit(source.repository, ['config', '--type=path', '--get', 'lfs.storage']),
  ]);
  const gitDir = resolve(source.repository.cwd, commonDir);
  const configured = storage.exitCode === 0 ? storage.stdout.toString('utf8').replace(/\n$/, '') : 'lfs';
  return resolve(gitDir, configured, 'objects');
}

/** Takes content in chunks, and starts again when what came was not it. */
export interface ContentSink {
  write(chunk: Uint8Array): void;
  restart(): void;
}

/**
 * Writes the content of a pointer, from the LFS objects or else from the work tree; gives the problem when neither
 * holds content with the pointer's sha256 (`git/missing-lfs-content`, `git/wrong-lfs-content`).
 */
export async function copyLfsContent(
  source: GitSource,
  store: string,
  file: LfsFile,
  sink: ContentSink,
): Promise<Problem | null> {
  const { oid, size } = file.pointer;
  const stored = join(store, oid.slice(0, 2), oid.slice(2, 4), oid);
  const checkedOut = Buffer.concat([Buffer.from(`${source.root}/`), encodePath(file.path)]);
  // The work tree's file is often the pointer itself: with another size it says nothing about the content.
  const places = [() => openRegular(stored), () => openRegular(checkedOut, size)];
  const found: string[] = [];
  for (const openNext of places) {
    const hash = await copyHashed(await openNext(), sink);
    if (hash === oid) return null;
    if (hash === null) continue;
    found.push(hash);
    sink.restart();
  }
  return found[0] === undefined ? missingContent(file) : wrongContent(file, found[0]);
}

/** Copies a file to its end and gives its sha256; `null` when there is no file. */
async function copyHashed(handle: FileHandle | null, sink: ContentSink): Promise<string | null> {
  if (handle === null) return null;
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest('hex');
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      sink.write(chunk);
    }
  } finally {
    await handle.close();
  }
}

async function openRegular(path: string | Buffer, size?: number): Promise<FileHandle | null> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const state = await handle.stat();
    if (state.isFile() && (size === undefined || state.size === size)) return handle;
    await handle.close();
    return null;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(code)) return null;
    throw error;
  }
}

function missingContent({ path, pointer }: LfsFile): Problem {
  return {
    code: 'git/missing-lfs-content',
    place: { file: path },
    message: `the content of the LFS file ${JSON.stringify(path)} (sha256 "${pointer.oid}") is not on this machine`,
    hint: 'Run "git lfs pull" (in a workflow: actions/checkout with "lfs: true").',
  };
}

function wrongContent({ path, pointer }: LfsFile, found: string): Problem {
  return {
    code: 'git/wrong-lfs-content',
    place: { file: path },
    message: `the LFS file ${JSON.stringify(path)} should have sha256 "${pointer.oid}", but what is on this machine has "${found}"`,
    hint: 'Run "git lfs fsck", then "git lfs pull".',
  };
}
