/** Runs the host's git: no shell, a fixed language and environment, and its own words when it fails. */
import { execa, type Options } from 'execa';
import { DarkroomError } from '../errors/darkroom-error.ts';

/** Where git is run and with which extra variables. */
export interface GitRepository {
  /** Folder git is started in. */
  readonly cwd: string;
  /** Added to every call, for example the folder of temporary objects. */
  readonly env: Readonly<Record<string, string>>;
}

/** What one git call gave back. */
export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Major and minor. */
export type GitVersion = readonly [major: number, minor: number];

/** Oldest git that can do what is asked of it here. */
const OLDEST: GitVersion = [2, 30];

/** Settings of the user that would change an answer, or run a program as a side effect of asking. */
const SETTINGS = [
  'core.quotePath=false',
  'core.hooksPath=/dev/null',
  'core.safecrlf=false',
  'core.splitIndex=false',
  'advice.addEmbeddedRepo=false',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

/** Variables that a hook or a calling git leaves behind: they would point at another repository or bend a path. */
const LEFT_BEHIND = new Set(
  [
    ['DIR', 'WORK_TREE', 'IMPLICIT_WORK_TREE', 'COMMON_DIR', 'INDEX_FILE', 'PREFIX', 'INTERNAL_SUPER_PREFIX'],
    ['OBJECT_DIRECTORY', 'ALTERNATE_OBJECT_DIRECTORIES', 'QUARANTINE_PATH', 'GRAFT_FILE', 'SHALLOW_FILE'],
    ['NAMESPACE', 'REPLACE_REF_BASE', 'ATTR_SOURCE', 'CONFIG'],
    ['LITERAL_PATHSPECS', 'GLOB_PATHSPECS', 'NOGLOB_PATHSPECS', 'ICASE_PATHSPECS'],
  ]
    .flat()
    .map((name) => `GIT_${name}`),
);

/** Runs git to its end, whatever its exit code. @throws DarkroomError `git/not-installed` */
export async function tryGit(
  repository: GitRepository,
  args: readonly string[],
  options: { readonly input?: string | Uint8Array } = {},
): Promise<GitResult> {
  const result = await execa('git', [...SETTINGS, ...args], {
    ...gitOptions(repository),
    encoding: 'buffer',
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 2 ** 31 - 1,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  });
  if (result.exitCode === undefined) throw notStarted(result, repository);
  const { buffer, byteOffset, byteLength } = result.stdout;
  return {
    exitCode: result.exitCode,
    stdout: Buffer.from(buffer, byteOffset, byteLength),
    stderr: Buffer.from(result.stderr).toString('utf8'),
  };
}

/** Gives what git printed. @throws DarkroomError `git/failed` with the last line git said */
export async function runGit(
  repository: GitRepository,
  args: readonly string[],
  options: { readonly input?: string | Uint8Array } = {},
): Promise<Buffer> {
  const result = await tryGit(repository, args, options);
  if (result.exitCode !== 0) throw gitFailure(repository, args, result);
  return result.stdout;
}

/** Gives the one line git printed, without its end. @throws DarkroomError `git/failed` */
export async function runGitLine(repository: GitRepository, args: readonly string[]): Promise<string> {
  return (await runGit(repository, args)).toString('utf8').replace(/\n$/, '');
}

/** Starts git with its output left to be read as it comes. */
export function startGit(repository: GitRepository, args: readonly string[], input: string) {
  return execa('git', [...SETTINGS, ...args], {
    ...gitOptions(repository),
    encoding: 'buffer',
    reject: false,
    input,
    buffer: { stdout: false, stderr: true },
  });
}

/** Says that a git call failed, in git's last words. */
export function gitFailure(
  repository: GitRepository,
  args: readonly string[],
  result: Pick<GitResult, 'exitCode' | 'stderr'>,
): DarkroomError {
  const verb = args.find((arg) => !arg.startsWith('-')) ?? 'git';
  const said = lastLine(result.stderr) || 'it said nothing';
  return new DarkroomError({
    code: 'git/failed',
    message: `"git ${verb}" failed in "${repository.cwd}" with exit code ${result.exitCode}: ${said}`,
  });
}

/** Last line that git wrote to say what is wrong; its `hint:` lines and progress left out. */
export function lastLine(stderr: string): string {
  const lines = stderr.split(/[\n\r]/).filter((line) => line.trim() !== '' && !line.startsWith('hint:'));
  const telling = lines.filter((line) => /^(?:fatal|error|remote):/.test(line));
  return (telling.at(-1) ?? lines.at(-1) ?? '').trim();
}

/** Reads major and minor version from the answer of `git version`. @throws DarkroomError `git/too-old` */
export function parseGitVersion(answer: string): GitVersion {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(answer) ?? [];
  const version: GitVersion = [Number(major), Number(minor)];
  if (isAtLeast(version, OLDEST)) return version;
  throw new DarkroomError(
    {
      code: 'git/too-old',
      message: `git answered "${answer.trim()}" to "git version"; Darkroom needs git ${OLDEST.join('.')} or newer`,
      hint: 'Install a newer git and put it first on PATH.',
    },
    { kind: 'use' },
  );
}

/** Compares two versions of git; one that could not be read is older than any. */
export function isAtLeast(version: GitVersion, wanted: GitVersion): boolean {
  return version[0] > wanted[0] || (version[0] === wanted[0] && version[1] >= wanted[1]);
}

function gitOptions(repository: GitRepository) {
  return {
    cwd: repository.cwd,
    env: { ...gitEnvironment(process.env), ...repository.env },
    extendEnv: false,
  } as const satisfies Options;
}

/**
 * Environment of every git call. `GIT_NO_REPLACE_OBJECTS`: with replaced objects an id would not name its content.
 */
function gitEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(own).filter(([name]) => !LEFT_BEHIND.has(name));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    LC_ALL: 'C',
    LANGUAGE: '',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
}

function notStarted(result: { readonly originalMessage?: string | undefined }, repository: GitRepository) {
  const message = `git could not be started in "${repository.cwd}": ${result.originalMessage ?? 'it was ended by a signal'}`;
  const hint = `Install git ${OLDEST.join('.')} or newer, and check that the folder exists.`;
  return new DarkroomError({ code: 'git/not-installed', message, hint }, { kind: 'use', cause: result });
}
