import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import type { GitSource } from './git-source.ts';
import type { TreeEntry } from './source.ts';

/** An entry and where it is to stand: for the planner its own path, for the exporter a path below a folder. */
export interface PlacedEntry {
  readonly entry: TreeEntry;
  readonly to: string;
}

/** A file with the source that holds its content, which may be a submodule. */
export interface SourcedEntry extends PlacedEntry {
  readonly source: GitSource;
}

/**
 * Gives entries with every submodule replaced by its files, at any depth, in order.
 * @throws DarkroomError with the problems of every submodule that cannot be read
 */
export async function expandSubmodules(
  source: GitSource,
  entries: readonly PlacedEntry[],
): Promise<readonly SourcedEntry[]> {
  const submodules = entries.filter(({ entry }) => entry.mode === '160000');
  const expansions = await Promise.all(submodules.map((submodule) => expand(source, submodule)));
  const problems = expansions.flatMap((expansion): readonly Problem[] =>
    expansion instanceof DarkroomError ? expansion.problems : [],
  );
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  const files = new Map(submodules.map((submodule, index) => [submodule, expansions[index]]));
  return entries.flatMap((placed) => {
    const inner = files.get(placed);
    return Array.isArray(inner) ? (inner as readonly SourcedEntry[]) : [{ ...placed, source }];
  });
}

async function expand(
  source: GitSource,
  { entry, to }: PlacedEntry,
): Promise<readonly SourcedEntry[] | DarkroomError> {
  try {
    const inner = await source.openSubmodule(entry);
    const placed = inner.entries.map((file) => ({ entry: file, to: `${to}/${file.path}` }));
    return await expandSubmodules(inner, placed);
  } catch (error) {
    if (error instanceof DarkroomError) return error;
    throw error;
  }
}
