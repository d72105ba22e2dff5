import { DarkroomError, formatProblem, type Problem } from '../actions/lib/errors/darkroom-error.ts';
import { problemsOf } from '../actions/lib/errors/problems-of.ts';

/** Prints a failure once and gives the exit code: 2 for wrong use, 1 for everything else. */
export function reportFailure(error: unknown, { wantsJson }: { readonly wantsJson: boolean }): 1 | 2 {
  const problems = problemsOf(error);
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  if (wantsJson) printProblems(problems);
  return error instanceof DarkroomError && error.kind === 'use' ? 2 : 1;
}

/** Prints the JSON document of a command that came to nothing. */
export function printProblems(problems: readonly Problem[]): void {
  process.stdout.write(`${JSON.stringify({ version: 1, problems })}\n`);
}
