/** Owns the one error type a person sees and its grammar: where, what is wrong, what was expected, what to do. */

/** A position in a file the user wrote; `line` and `column` count from 1. */
export interface Place {
  /** Path as the user knows it, relative to the repository or as given on the command line. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing that is wrong. Several are reported together. */
export interface Problem {
  /** `domain/reason`, stable: tests and other tools may rely on it. */
  readonly code: `${string}/${string}`;
  readonly place?: Place;
  /** One sentence with the offending value in quotes and what was expected. */
  readonly message: string;
  /** What to do next, when that is not obvious from the message. */
  readonly hint?: string;
}

/** Wrong use (the person mends the call or a file) or a failed task (the world said no). */
export type FailureKind = 'use' | 'task';

/** Carries one or more problems to the edge, where they are printed once: equal ones are one. */
export class DarkroomError extends Error {
  readonly problems: readonly Problem[];
  readonly kind: FailureKind;

  constructor(problems: Problem | readonly Problem[], options: { kind?: FailureKind; cause?: unknown } = {}) {
    const list = withoutRepeats(Array.isArray(problems) ? problems : [problems as Problem]);
    super(list.map(formatProblem).join('\n'), options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'DarkroomError';
    this.problems = list;
    this.kind = options.kind ?? 'task';
  }
}

/** Several images may share one Dockerfile, and an image has several platforms. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** Prints `file:line:column: message`, with the hint on a line of its own. */
export function formatProblem(problem: Problem): string {
  const hint = problem.hint === undefined ? '' : `\n  ${problem.hint}`;
  const place = problem.place === undefined ? '' : `${formatPlace(problem.place)}: `;
  return `${place}${problem.message}${hint}`;
}

/** Prints `file`, `file:line` or `file:line:column`. */
export function formatPlace(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}
