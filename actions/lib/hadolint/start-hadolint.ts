/** Starts hadolint, and keeps it within limits of time and output. */
import { execa } from 'execa';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { quote } from '../matrix/quote.ts';

/** How one run ended. */
export interface HadolintRun {
  readonly stdout: string;
  readonly stderr: string;
  /** `itself` with whatever exit code: it is 1 for findings and for failures alike. */
  readonly ended: 'itself' | 'time' | 'output' | 'signal';
}

/** Runs hadolint with these arguments in the root of the project. */
export type RunHadolint = (args: readonly string[]) => Promise<HadolintRun>;

/** What every run has in common. */
export interface StartOptions {
  readonly program: string;
  /** Root of the project. */
  readonly root: string;
  /** Variables of the environment, such as `HADOLINT_IGNORE`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Limit of one run. */
  readonly timeoutMs?: number;
  /** Limit of what one run prints. */
  readonly maxBytes?: number;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64e6;

/**
 * Makes the port through which hadolint is run.
 *
 * @throws DarkroomError `hadolint/cannot-start`, from the port
 */
export function createHadolintRun(options: StartOptions): RunHadolint {
  const { program, root, env, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  return async (args) => {
    const result = await execa(program, args, {
      ...{ cwd: root, env: cleanEnvironment(env), extendEnv: false },
      ...{ reject: false, stdin: 'ignore', stripFinalNewline: false },
      ...{ timeout: timeoutMs, maxBuffer: maxBytes, killSignal: 'SIGKILL' },
    });
    if (
      result.exitCode === undefined &&
      result.signal === undefined &&
      !result.timedOut &&
      !result.isMaxBuffer
    ) {
      throw new DarkroomError({
        code: 'hadolint/cannot-start',
        message: `${quote(program)} cannot be started: ${result.code ?? result.shortMessage}.`,
      });
    }
    const ended = result.timedOut
      ? 'time'
      : result.isMaxBuffer
        ? 'output'
        : result.signal === undefined
          ? 'itself'
          : 'signal';
    return { stdout: String(result.stdout ?? ''), stderr: String(result.stderr ?? ''), ended };
  };
}

/**
 * A second format would be printed in front of ours. Names of files are read in the encoding of the locale, and macOS has no
 * `C.UTF-8`.
 */
function cleanEnvironment(env: StartOptions['env']): Record<string, string> {
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'HADOLINT_FORMAT',
  );
  return { ...Object.fromEntries(kept), LC_ALL: locale };
}
