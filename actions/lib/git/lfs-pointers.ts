import { runGit } from './git-command.ts';
import type { GitSource } from './git-source.ts';
import { decodePath, encodePath } from './path-text.ts';
import { collect, streamBlobs } from './read-blobs.ts';
import type { TreeEntry } from './source.ts';

/** The content that a pointer of Git LFS stands for. */
export interface LfsPointer {
  /** sha256 of the content, in hex. */
  readonly oid: string;
  /** Bytes of the content. */
  readonly size: number;
}

/** Pointers are smaller than this (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
const POINTER_LIMIT = 1024;

/**
 * Finds the entries whose blob is a pointer of Git LFS and whose path has the attribute `filter=lfs`, by path. A blob
 * that only looks like a pointer, or content committed without LFS, is what it is.
 */
export async function findLfsPointers(
  source: GitSource,
  entries: readonly TreeEntry[],
): Promise<ReadonlyMap<string, LfsPointer>> {
  const files = entries.filter(({ mode }) => mode === '100644' || mode === '100755');
  if (files.length === 0 || !(await mentionsLfs(source))) return new Map();
  const filtered = await pathsWithLfs(source, files);
  const candidates = files.filter(({ path }) => filtered.has(path));
  const byId = new Map<string, LfsPointer>();
  for await (const { id, size, chunks } of streamBlobs(
    source.repository,
    candidates.map(({ id }) => id),
  )) {
    if (size >= POINTER_LIMIT) continue;
    const pointer = parseLfsPointer((await collect(chunks)).toString('utf8'));
    if (pointer !== null) byId.set(id, pointer);
  }
  return new Map(
    candidates.flatMap(({ path, id }) => {
      const pointer = byId.get(id);
      return pointer === undefined ? [] : [[path, pointer] as const];
    }),
  );
}

/** Reads a pointer of version 1; `null` when the text is none. */
export function parseLfsPointer(text: string): LfsPointer | null {
  const match =
    /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n$/.exec(
      text,
    );
  return match === null ? null : { oid: match[1] ?? '', size: Number(match[2]) };
}

/** Tells whether any `.gitattributes` of the tree speaks of LFS: without, there is nothing to look for. */
export async function mentionsLfs(source: GitSource): Promise<boolean> {
  const attributes = source.entries.filter(
    ({ path }) => path.endsWith('.gitattributes') && /(?:^|\/)\.gitattributes$/.test(path),
  );
  const contents = await source.readBlobs(attributes.map(({ id }) => id));
  return [...contents.values()].some((content) => content.includes('filter=lfs'));
}

async function pathsWithLfs(source: GitSource, files: readonly TreeEntry[]): Promise<ReadonlySet<string>> {
  const input = Buffer.concat(files.flatMap(({ path }) => [encodePath(path), Buffer.of(0)]));
  // `--cached`: the attributes of the tree, which the index matches, and not those of later edits. In a sparse
  // checkout git skips attributes of folders that are not checked out, unless it is told that all are.
  const args = ['-c', 'core.sparseCheckout=false', 'check-attr', '-z', '--cached', '--stdin', 'filter'];
  const output = await runGit(source.repository, args, { input });
  const fields = decodePath(output).split('\0');
  const paths = new Set<string>();
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const path = fields[at];
    if (path !== undefined && fields[at + 2] === 'lfs') paths.add(path);
  }
  return paths;
}
