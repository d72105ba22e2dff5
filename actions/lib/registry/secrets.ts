import { DarkroomError } from '../errors/darkroom-error.ts';

/** Shorter texts are no secrets worth the name, and blanking them out would make messages unreadable. */
const SHORTEST = 4;

/** Remembers what must not be seen and keeps it out of messages. */
export interface Secrets {
  /** To be called before a secret is first used. */
  add(values: readonly string[]): void;
  /** A text from outside, with every secret in it replaced. */
  scrub(text: string): string;
  /** The same failure with every secret in its texts replaced. */
  scrubError(error: unknown): unknown;
}

/** Starts an empty memory of secrets; `mask` is told each one once. */
export function createSecrets(mask: (secret: string) => void): Secrets {
  const known = new Set<string>();

  function add(values: readonly string[]): void {
    for (const value of values) {
      if (value.length < SHORTEST || known.has(value)) continue;
      known.add(value);
      mask(value);
    }
  }

  function scrub(text: string): string {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, '***');
    return clean;
  }

  function scrubError(error: unknown): unknown {
    if (!(error instanceof DarkroomError) || scrub(error.message) === error.message) return error;
    const problems = error.problems.map((problem) => ({
      ...problem,
      message: scrub(problem.message),
      ...(problem.hint === undefined ? {} : { hint: scrub(problem.hint) }),
    }));
    // Without its cause: that is where the text came from.
    return new DarkroomError(problems, { kind: error.kind });
  }

  return { add, scrub, scrubError };
}
