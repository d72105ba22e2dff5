/** Lines of the new file that a part of a diff shows; both count from 1 and are in it. */
export interface Hunk {
  readonly startLine: number;
  readonly endLine: number;
}

/** Reads a diff of one file as GitHub gives it. Lines that begin like a heading have a sign of the diff before it. */
export function parseHunks(patch: string): readonly Hunk[] {
  return [...patch.matchAll(/^@@ -\d+(?:,\d+)? \+(?<start>\d+)(?:,(?<count>\d+))? @@/gm)]
    .map(({ groups }) => ({ start: Number(groups?.start), count: Number(groups?.count ?? 1) }))
    .filter(({ count }) => count > 0)
    .map(({ start, count }) => ({ startLine: start, endLine: start + count - 1 }));
}
