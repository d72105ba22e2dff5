/** What came of a stage, from how its container ended and what it said. */
import type { Problem } from '../errors/darkroom-error.ts';
import type { Stage } from './stage.ts';
import type { StageResult } from './stage-event.ts';

/** A container that has ended. */
export interface EndedContainer {
  /** `null`: Docker's command was ended from outside. */
  readonly exitCode: number | null;
  /** What it said was wrong. */
  readonly problems: readonly Problem[];
  readonly result: StageResult | null;
  /** The last lines of its stderr, printable. */
  readonly lastLines: readonly string[];
}

/** What the command ends with: failed, bad input, quality gate. */
export type FailedCode = 1 | 2 | 3;

/** A stage that ended well, or why it did not. */
export type StageVerdict =
  | { readonly kind: 'done'; readonly result: StageResult }
  | { readonly kind: 'failed'; readonly exitCode: FailedCode; readonly problems: readonly Problem[] };

/** Docker's own exit codes: https://docs.docker.com/reference/cli/docker/container/run/#exit-status */
const NOT_STARTED = [125, 126, 127];

/** Judges a container that nobody asked to stop. */
export function judgeStage(stage: Stage, ended: EndedContainer): StageVerdict {
  const { exitCode, problems, result } = ended;
  // A report that says "fail" is there all the same, with every file: the verdict is told from it.
  const isThere = exitCode === 0 || (stage === 'view' && exitCode === 3);
  if (isThere && result !== null) return { kind: 'done', result };
  const said = problems.length > 0 ? problems : [unsaid(stage, ended)];
  return { kind: 'failed', exitCode: exitCode === 2 || exitCode === 3 ? exitCode : 1, problems: said };
}

function unsaid(stage: Stage, { exitCode, lastLines }: EndedContainer): Problem {
  const name = `The stage "${stage}"`;
  const last = lastLines.length === 0 ? ' It said nothing.' : ` It ended with:\n${lastLines.join('\n')}`;
  if (exitCode === 0) {
    return { code: 'scene/no-result', message: `${name} ended well and gave no result.${last}` };
  }
  if (exitCode !== null && NOT_STARTED.includes(exitCode)) {
    return { code: 'scene/not-started', message: `Docker did not start the stage "${stage}".${last}` };
  }
  if (exitCode === 137) {
    return {
      code: 'scene/killed',
      message: `${name} was killed.${last}`,
      hint: 'Most often the machine ran out of memory: close other programs, or use fewer or smaller photographs. The same command goes on from the last checkpoint.',
    };
  }
  if (exitCode === null || exitCode === 143) {
    return {
      code: 'scene/stopped-outside',
      message: `${name} was stopped by somebody else.`,
      hint: 'The same command goes on from the last checkpoint.',
    };
  }
  return { code: 'scene/stage-failed', message: `${name} failed with exit code ${exitCode}.${last}` };
}
