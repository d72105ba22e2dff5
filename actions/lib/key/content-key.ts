/**
 * The content key of an image: what went into it, as one name. The format is specified in SPEC.md, so that other tools
 * can make and check the same keys.
 */
import { createHash } from 'node:crypto';
import { comparePaths, encodePath } from '../git/path-text.ts';
import type { FileMode, TreeEntry } from '../git/source.ts';
import type { ContextSelection } from './select-context-files.ts';

/** Names the format; another version makes other keys. */
export const KEY_SPEC = 'darkroom-key/1';

/** Git's modes, and `040000` for a folder that the ignore file leaves empty. */
export type InputMode = FileMode | '040000';

/**
 * `[mode, git object id, path relative to the context]`. A path that is not UTF-8 stands as base64 of its bytes and is
 * followed by `"base64"`. An empty folder has the id `""`.
 */
export type FileInput =
  | readonly [mode: InputMode, id: string, path: string]
  | readonly [mode: InputMode, id: string, path: string, encoding: 'base64'];

/** Everything that decides an image for one platform. Records may have any order; they are sorted when written. */
export interface Preimage {
  readonly spec: typeof KEY_SPEC;
  readonly platform: string;
  readonly target: string | null;
  readonly dockerfile: {
    readonly blob: string;
    /** Pin of the `# syntax` upstream. */
    readonly syntax: string | null;
  };
  /** Only those the Dockerfile declares. */
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Of the main context, sorted by the bytes of the paths. */
  readonly files: readonly FileInput[];
  /** Of named folder contexts, by the name the Dockerfile uses. */
  readonly contexts: Readonly<Record<string, readonly FileInput[]>>;
  /** `lfsName` → sha256 of the content, for files that are LFS pointers. */
  readonly lfs: Readonly<Record<string, string>>;
  /** Id → version. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Name as written in the Dockerfile → the parent's key. */
  readonly parents: Readonly<Record<string, string>>;
  /** Name as written → digest, commit or sha256 from the lock; `made:` before one that was made on this machine. */
  readonly upstreams: Readonly<Record<string, string>>;
}

/** The inputs of a selection, sorted: its files, and the folders that arrive empty. */
export function fileInputs(
  selection: Pick<ContextSelection, 'files' | 'emptyFolders'>,
): readonly FileInput[] {
  const files = selection.files.map((file) => toFileInput(file));
  if (selection.emptyFolders.length === 0) return files;
  const folders = selection.emptyFolders.map((path) => ({ mode: '040000', id: '', path }) as const);
  return [...selection.files, ...folders]
    .sort((a, b) => comparePaths(a.path, b.path))
    .map((entry) => toFileInput(entry));
}

/** One file as it enters a key. */
export function toFileInput({
  mode,
  id,
  path,
}: TreeEntry | { mode: '040000'; id: ''; path: string }): FileInput {
  return path.isWellFormed() ? [mode, id, path] : [mode, id, encodePath(path).toString('base64'), 'base64'];
}

/** Name of an LFS file in a pre-image: its path as it stands in `files`, after `<context>:` for a named context. */
export function lfsName(context: string | null, [, , path]: FileInput): string {
  return context === null ? path : `${context}:${path}`;
}

/** The key: 64 hex digits, the sha256 of the canonical JSON. */
export function contentKey(preimage: Preimage): string {
  return createHash('sha256').update(canonicalPreimage(preimage), 'utf8').digest('hex');
}

/** Tag under which the image is found in its repository. */
export function keyTag(key: string): string {
  return `key-${key.slice(0, 32)}`;
}

/** Tag under which the pre-image is found in the image's repository. */
export function preTag(key: string): string {
  return `pre-${key.slice(0, 32)}`;
}

/** The pre-image as canonical JSON (RFC 8785): names sorted by UTF-16 code units, no white space. */
export function canonicalPreimage(preimage: Preimage): string {
  const contexts = sortedEntries(preimage.contexts).map(
    ([name, files]) => `${JSON.stringify(name)}:${writeFiles(files)}`,
  );
  const { blob, syntax } = preimage.dockerfile;
  return [
    `{"args":${writeRecord(preimage.args)}`,
    `"contexts":{${contexts.join(',')}}`,
    `"dockerfile":{"blob":${JSON.stringify(blob)},"syntax":${JSON.stringify(syntax)}}`,
    `"files":${writeFiles(preimage.files)}`,
    `"labels":${writeRecord(preimage.labels)}`,
    `"lfs":${writeRecord(preimage.lfs)}`,
    `"parents":${writeRecord(preimage.parents)}`,
    `"platform":${JSON.stringify(preimage.platform)}`,
    `"secrets":${writeRecord(preimage.secrets)}`,
    `"spec":${JSON.stringify(preimage.spec)}`,
    `"target":${JSON.stringify(preimage.target)}`,
    `"upstreams":${writeRecord(preimage.upstreams)}}`,
  ].join(',');
}

function writeFiles(files: readonly FileInput[]): string {
  return `[${files.map((file) => JSON.stringify(file)).join(',')}]`;
}

function writeRecord(record: Readonly<Record<string, string>>): string {
  const members = sortedEntries(record).map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  return `{${members.join(',')}}`;
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
