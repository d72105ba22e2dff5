/** Reads what is linted: files of a repository that anybody may have written. */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import prettyBytes from 'pretty-bytes';
import { systemReason } from '../errors/system-reason.ts';
import { pathBelow } from './walk-folder.ts';

/** A text, or why there is none. */
export type TextFile =
  | { readonly text: string; readonly isUtf8: boolean }
  /** `code` is stable; `message` is a sentence about the file. */
  | {
      readonly text: null;
      readonly code: 'absent' | 'unreadable' | 'outside' | 'too-large' | 'binary';
      readonly message: string;
    };

/** Nobody writes this much by hand; a lint of it would take minutes. */
export const LARGEST_TEXT = 1024 * 1024;

/**
 * Reads a file below a folder. A link that leads out of the folder is not followed: a line of what it leads to would be
 * printed.
 */
export function readTextFile(root: string, file: string): TextFile {
  const path = pathBelow(root, file);
  try {
    // The other one takes a name that is not UTF-8 for text.
    const real = realpathSync.native(path);
    if (!isBelow(realpathSync(root), real)) {
      return refused('outside', 'it is a link that leads out of the repository; it is not followed');
    }
    // A pipe would be waited for.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readOpened(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? refused('absent', 'there is no such file')
      : refused('unreadable', `it cannot be read: ${systemReason(error)}`);
  }
}

/** Whether a path is a folder or lies in it; both without links. */
export function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

function readOpened(descriptor: number): TextFile {
  const stat = fstatSync(descriptor);
  if (!stat.isFile())
    return refused('unreadable', `it is a ${stat.isDirectory() ? 'folder' : 'device or pipe'}, no file`);
  if (stat.size > LARGEST_TEXT) {
    return refused(
      'too-large',
      `it has ${prettyBytes(stat.size)}; files up to ${prettyBytes(LARGEST_TEXT, { binary: true })} are looked at`,
    );
  }
  const bytes = Buffer.alloc(stat.size);
  let filled = 0;
  for (let read = -1; read !== 0 && filled < stat.size; filled += read) {
    read = readSync(descriptor, bytes, filled, stat.size - filled, null);
  }
  const content = bytes.subarray(0, filled);
  if (content.includes(0)) {
    const isWide =
      (content[0] === 0xff && content[1] === 0xfe) || (content[0] === 0xfe && content[1] === 0xff);
    return refused('binary', `it is ${isWide ? 'UTF-16' : 'no text: it holds NUL bytes'}; expected UTF-8`);
  }
  return { text: content.toString('utf8'), isUtf8: isUtf8(content) };
}

function refused(code: Extract<TextFile, { text: null }>['code'], message: string): TextFile {
  return { text: null, code, message };
}
