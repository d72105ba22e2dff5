import { badInput } from '../lib/action/common-inputs.ts';
import { nearestName } from '../lib/errors/nearest-name.ts';
import { SEVERITIES, type Severity } from '../lib/lint/finding.ts';

/** The inputs of the action `lint`. */
export interface LintInputs {
  readonly directory: string;
  /** None stand for everything. */
  readonly paths: readonly string[];
  readonly matrix: string | null;
  readonly baseline: string | null;
  readonly failOn: Severity | 'none';
  /** Relative to the workspace. */
  readonly sarif: string | null;
  /** A program, `null` for the pinned one, `false` for none. */
  readonly hadolint: string | false | null;
  readonly token: string | null;
}

const LEVELS = [...SEVERITIES, 'none'] as const;

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/fail-on` */
export function readLintInputs(read: (name: string) => string): LintInputs {
  const hadolint = read('hadolint') || null;
  return {
    directory: read('directory') || '.',
    paths: read('paths')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    matrix: read('matrix') || null,
    baseline: read('baseline') || null,
    failOn: readLevel(read('fail-on') || 'error'),
    sarif: read('sarif') || null,
    hadolint: hadolint === 'false' ? false : hadolint,
    token: read('token') || null,
  };
}

function readLevel(text: string): Severity | 'none' {
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  const nearest = nearestName(text, LEVELS);
  const guess = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  throw badInput(
    'fail-on',
    `The input "fail-on" is ${JSON.stringify(text)}; expected ${LEVELS.map((one) => `"${one}"`).join(', ')}.${guess}`,
  );
}
