/**
 * Matches a path against a pattern with many stars in time that grows with both lengths, as Go does: a regular expression of
 * JavaScript tries every way of sharing a path out among the stars, which for five of them takes minutes.
 */

/** One step of a pattern. */
export type PatternStep =
  /** One letter, or any number of such letters. */
  | { readonly kind: 'letter' | 'letters'; readonly test: RegExp }
  /** Any folders, or none. */
  | { readonly kind: 'folders' };

/** Tells whether a path as a whole goes through all steps. */
export function matchesLinearly(steps: readonly PatternStep[], path: string): boolean {
  // Two states for each step: before it, and among the letters of folders.
  let states = new Set<number>();
  enter(0, steps, states);
  for (const letter of path) {
    const next = new Set<number>();
    for (const state of states) follow(state, letter, steps, next);
    states = next;
  }
  return states.has(2 * steps.length);
}

/** Everything that may be left out is. */
function enter(index: number, steps: readonly PatternStep[], states: Set<number>): void {
  for (let at = index; at <= steps.length; at += 1) {
    states.add(2 * at);
    const kind = steps[at]?.kind;
    if (kind === 'folders') states.add(2 * at + 1);
    if (kind !== 'folders' && kind !== 'letters') return;
  }
}

function follow(state: number, letter: string, steps: readonly PatternStep[], next: Set<number>): void {
  const index = Math.floor(state / 2);
  const step = steps[index];
  if (step === undefined) return;
  if (step.kind === 'folders') {
    if (state % 2 === 0 || letter === '\n') return;
    next.add(state);
    if (letter === '/') enter(index + 1, steps, next);
  } else if (step.test.test(letter)) enter(step.kind === 'letters' ? index : index + 1, steps, next);
}
