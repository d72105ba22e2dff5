/** Writes to a folder exactly what was hashed for one node, and says how BuildKit finds it there. */
import { chmod, mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportFiles } from '../git/export-files.ts';
import type { GitSource } from '../git/git-source.ts';
import type { LfsPointer } from '../git/lfs-pointers.ts';
import { type KeyedNode, repositoryPath } from '../plan/key-nodes.ts';
import type { ContextInputs } from '../plan/select-inputs.ts';

/**
 * 1980-01-01, the time of every exported file and of the image: constant, so that a rebuild from the same inputs comes
 * out byte-identical, and the earliest that zip files (and so Python wheels) can hold.
 */
export const SOURCE_DATE_EPOCH = 315_532_800;

/** Absolute paths of what was exported. */
export interface ExportedNode {
  readonly contextDir: string;
  readonly dockerfile: string;
  readonly contexts: readonly { readonly name: string; readonly dir: string }[];
  /** Of all contexts' files. */
  readonly bytes: number;
}

/**
 * Names a folder that BuildKit reads. BuildKit takes a file for unchanged when size and time are the same as in the last
 * folder it read under this last part of a path, whatever build or image that was for; here times are always the same.
 * https://github.com/docker/buildx/blob/v0.37.0/build/opt.go#L896
 */
export function contextFolder(dir: string, name: string, key: string): string {
  return path.join(dir, `${name}-${key.slice(0, 32)}`);
}

/**
 * Exports a node's Dockerfile and contexts below `dir`.
 * @throws DarkroomError `git/…` when an object is missing, an LFS object does not match, or the disk is full
 */
export async function exportNode(
  source: GitSource,
  keyed: KeyedNode & { readonly key: string },
  lfs: ReadonlyMap<string, LfsPointer>,
  dir: string,
): Promise<ExportedNode> {
  const { inputs, node, key } = keyed;
  const dockerfile = await exportDockerfile(source, keyed, path.join(dir, 'dockerfile'));
  const contextDir = contextFolder(dir, 'context', key);
  let bytes = await exportContext(source, inputs.main, lfs, contextDir);
  const contexts: { name: string; dir: string }[] = [];
  for (const [name, context] of inputs.contexts) {
    const contextDir = contextFolder(dir, `context-${contexts.length + 1}`, key);
    bytes += await exportContext(source, context, lfs, contextDir);
    contexts.push({ name, dir: contextDir });
  }
  return {
    contextDir,
    dockerfile: path.join(dockerfile, path.basename(node.image.dockerfile)),
    contexts,
    bytes,
  };
}

/**
 * The Dockerfile lies alone, with an ignore file beside it that ignores nothing: the planned files are already the ones
 * that count, and a `.dockerignore` that `COPY .` takes along must not be applied a second time.
 */
async function exportDockerfile(
  source: GitSource,
  { inputs, node }: KeyedNode,
  dir: string,
): Promise<string> {
  const name = path.basename(node.image.dockerfile);
  const blob = (await source.readBlobs([inputs.dockerfile.id])).get(inputs.dockerfile.id);
  if (blob === undefined) throw new Error(`${node.image.dockerfile} could not be read`);
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, name), blob);
  await writeFile(
    path.join(dir, `${name}.dockerignore`),
    '# Nothing: the context holds the planned files only.\n',
  );
  return dir;
}

async function exportContext(
  source: GitSource,
  context: ContextInputs,
  lfs: ReadonlyMap<string, LfsPointer>,
  dir: string,
): Promise<number> {
  await mkdir(dir, { recursive: true });
  const files = context.files.map((file) => ({
    entry: { ...file, path: repositoryPath(context.folder, file) },
    to: file.path,
  }));
  const { bytes } = await exportFiles(source, files, dir, { lfs, mtimeSeconds: SOURCE_DATE_EPOCH });
  for (const folder of context.emptyFolders) await makeEmptyFolder(dir, folder);
  return bytes;
}

/** Git has no empty folders, so the exporter has none either. */
async function makeEmptyFolder(dir: string, folder: string): Promise<void> {
  const names = folder.split('/');
  const paths = names.map((_, index) => path.join(dir, ...names.slice(0, index + 1)));
  for (const one of paths) await mkdir(one, { recursive: true, mode: 0o755 }).then(() => chmod(one, 0o755));
  for (const one of [...paths, dir]) await utimes(one, SOURCE_DATE_EPOCH, SOURCE_DATE_EPOCH);
}
