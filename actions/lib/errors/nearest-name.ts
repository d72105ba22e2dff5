import { distance } from 'fastest-levenshtein';

/** Names the known word a person most likely meant, or nothing when none is close. */
export function nearestName(word: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const letters = sorted(word);
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const edits = distance(word.toLowerCase(), name.toLowerCase());
    // Two letters in the wrong order count as two edits, and are the commonest slip.
    const isClose = edits <= limit || (edits === 2 && sorted(name) === letters);
    if (isClose && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

function sorted(word: string): string {
  return [...word.toLowerCase()].sort().join('');
}

/** Lists names for an error text: at most ten, then "and N more". */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
