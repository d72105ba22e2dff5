import { DarkroomError, type Problem } from '../actions/lib/errors/darkroom-error.ts';

/** Prints a failure once and gives the exit code: 2 for wrong use, 1 for everything else. */
export function reportFailure(error: unknown, { wantsJson }: { readonly wantsJson: boolean }): 1 | 2 {
  if (!(error instanceof DarkroomError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`darkroom: this is a bug in Darkroom, please report it.\n${text}\n`);
    if (wantsJson) printProblems([{ code: 'darkroom/bug', message: text }]);
    return 1;
  }
  process.stderr.write(`${error.message}\n`);
  if (wantsJson) printProblems(error.problems);
  return error.kind === 'use' ? 2 : 1;
}

/** Prints the JSON document of a command that came to nothing. */
export function printProblems(problems: readonly Problem[]): void {
  process.stdout.write(`${JSON.stringify({ version: 1, problems })}\n`);
}
