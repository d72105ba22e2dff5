import type { Edit, Finding } from './finding.ts';

/** A text after fixes. */
export interface Mended {
  readonly text: string;
  /** Fixes that were carried out. */
  readonly applied: number;
}

/**
 * Carries out safe fixes, each whole or not at all. Of two that touch the same characters the first is carried out; the
 * text may be looked at again for the other.
 */
export function applyFixes(text: string, findings: readonly Finding[]): Mended {
  const taken: Edit[] = [];
  const seen = new Set<string>();
  let applied = 0;
  for (const { fix } of [...findings].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (fix === undefined || !fix.safe || fix.edits.length === 0) continue;
    const id = JSON.stringify(fix.edits);
    if (
      seen.has(id) ||
      !fix.edits.every((edit) => isIn(text, edit) && taken.every((other) => !meet(edit, other)))
    )
      continue;
    seen.add(id);
    taken.push(...fix.edits);
    applied += 1;
  }
  return { text: applyEdits(text, taken), applied };
}

/** Carries out edits that do not meet. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start || b.end - a.end)
    .reduce((changed, { start, end, text: by }) => changed.slice(0, start) + by + changed.slice(end), text);
}

function isIn(text: string, { start, end }: Edit): boolean {
  return 0 <= start && start <= end && end <= text.length;
}

/** Whether edits touch the same characters. Two insertions at one place do: nobody can say which comes first. */
export function meet(a: Edit, b: Edit): boolean {
  return (
    (a.start < b.end && b.start < a.end) ||
    a.start === b.start ||
    (a.start === b.end && a.start === a.end) ||
    (b.start === a.end && b.start === b.end)
  );
}
