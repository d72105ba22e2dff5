import { distance } from 'fastest-levenshtein';

/**
 * Names the known word a person most likely meant, or nothing when none is close. What two names have in common counts for
 * nothing: `CUDA_VERSION` is no slip of `JINA_VERSION`, since `CUDA` is none of `JINA`.
 */
export function nearestName(word: string, known: Iterable<string>): string | undefined {
  const letters = sorted(word);
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const edits = distance(word.toLowerCase(), name.toLowerCase());
    // Two letters in the wrong order count as two edits, and are the commonest slip.
    const isClose = edits <= mostEdits(word, name) || (edits === 2 && sorted(name) === letters);
    if (isClose && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

/** How far two names may be apart: a third of the parts in which they differ, and not the whole of a short one. */
function mostEdits(one: string, other: string): number {
  const [ones, others] = [partsOf(one), partsOf(other)];
  const before = sharedParts(ones, others);
  const [rest, otherRest] = [ones.slice(before), others.slice(before)];
  const after = sharedParts(rest.toReversed(), otherRest.toReversed());
  const [length, otherLength] = [rest, otherRest].map(
    (parts) => parts.slice(0, parts.length - after).join('').length,
  );
  const letters = Math.max(length ?? 0, otherLength ?? 0);
  return letters === 1 || letters === 2 ? 0 : Math.max(1, Math.floor(letters / 3));
}

function partsOf(name: string): readonly string[] {
  return name.toLowerCase().split(/[^\p{L}\p{N}]+/u);
}

/** How many parts both begin with. */
function sharedParts(ones: readonly string[], others: readonly string[]): number {
  const differs = ones.findIndex((part, index) => part !== others[index]);
  return differs === -1 ? ones.length : differs;
}

function sorted(word: string): string {
  return [...word.toLowerCase()].sort().join('');
}

/** Lists names for an error text: at most ten, then "and N more". */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
