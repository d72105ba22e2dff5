import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { readDispatchRequest } from '../../actions/lib/dispatch/dispatch-request.ts';
import { dispatchRuns, type RunOutcome } from '../../actions/lib/dispatch/dispatch-runs.ts';
import { prepareDispatch } from '../../actions/lib/dispatch/prepare-dispatch.ts';
import { DarkroomError, formatProblem } from '../../actions/lib/errors/darkroom-error.ts';
import { openForge } from '../../actions/lib/forge/open-forge.ts';
import { openOrigin } from '../../actions/lib/git/open-origin.ts';
import { stopOnSignals } from '../../actions/lib/process/stop-on-signals.ts';
import { createDispatchDisplay } from '../../actions/lib/report/dispatch-display.ts';
import { dispatchText, runsJson } from '../../actions/lib/report/render-dispatch.ts';
import type { GlobalOptions } from '../../actions/lib/workspace/open-workspace.ts';
import { say } from '../say.ts';

/** Options of `dispatch`. */
export interface DispatchCommandOptions {
  readonly repo?: string;
  readonly ref?: string;
  /** `key=value` */
  readonly input: readonly string[];
  /** A file. */
  readonly inputs?: string;
  readonly wait: boolean;
  readonly timeoutMinutes: string;
  readonly maxParallel: string;
}

/** `darkroom dispatch WORKFLOW`: starts a workflow, follows its run, and ends as it does. */
export async function dispatch(
  options: GlobalOptions,
  workflow: string,
  own: DispatchCommandOptions,
): Promise<void> {
  const place = await findRepository(options.directory, own.repo);
  const request = readDispatchRequest({
    ...{ workflow, repository: place.repository, inputs: readInputs(options, own) },
    ...{ timeoutMinutes: own.timeoutMinutes, maxParallel: own.maxParallel },
  });
  const api = process.env.GITHUB_API_URL ?? apiOf(place.host);
  const login = { kind: 'token', token: await findToken(place.host) } as const;
  const opened = openForge({ api, repository: place.repository, login }, { say, mask: () => undefined });
  const prepared = await prepareDispatch(request, own.ref ?? null, opened, say);
  const names = request.runs.map((_, index) =>
    request.runs.length === 1 ? request.workflow : `#${index + 1}`,
  );
  const display = createDispatchDisplay({ stream: process.stderr, names });
  const signals = stopOnSignals();
  signals.kill.addEventListener('abort', () => process.exit(signals.exitCode() ?? 1));
  try {
    const outcomes = await dispatchRuns(
      prepared,
      {
        ...{ waits: own.wait, timeoutMs: request.timeoutMs, maxParallel: request.maxParallel },
        ...{
          stop: signals.stop,
          cause: null,
          isRepeated: false,
          makeId: () => randomBytes(6).toString('hex'),
        },
      },
      opened,
      display,
    );
    display.close();
    report(outcomes, options.json === true);
    process.exitCode = signals.exitCode() ?? Math.sign(outcomes.flatMap(({ problems }) => problems).length);
  } finally {
    display.close();
    signals.release();
  }
}

function report(outcomes: readonly RunOutcome[], json: boolean): void {
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  process.stdout.write(
    json
      ? `${JSON.stringify({ version: 1, runs: runsJson(outcomes), problems })}\n`
      : dispatchText(outcomes, process.stdout.columns ?? 160),
  );
  // Last, where they are looked for.
  for (const problem of problems) say(formatProblem(problem));
}

function readInputs({ directory }: GlobalOptions, { input, inputs: file }: DispatchCommandOptions): string {
  if (file === undefined) {
    const pairs = input.map(
      (pair) =>
        /^([^=]+)=(.*)$/s.exec(pair) ??
        usage(`--input was given ${JSON.stringify(pair)}; expected key=value`),
    );
    return JSON.stringify(Object.fromEntries(pairs.map(([, key, value]) => [key, value])));
  }
  if (input.length > 0) usage('--inputs was given with --input; expected one of them');
  try {
    return readFileSync(path.resolve(directory, file), 'utf8');
  } catch (error) {
    return usage(
      `--inputs names ${JSON.stringify(file)}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

/** The named repository, or the one that a checkout comes from; on the server that `gh` would take. */
async function findRepository(directory: string, named: string | undefined) {
  if (named !== undefined) return { host: process.env.GH_HOST ?? 'github.com', repository: named };
  const { url } = await openOrigin({ cwd: path.resolve(directory), env: {} }, { token: null }).catch(() =>
    usage('there is no --repo, and the directory has no remote "origin"; expected --repo OWNER/NAME'),
  );
  const match =
    /^(?:\w+:\/\/)?(?:[^@/]*@)?([\w.-]+)(?::\d+)?[:/](?:.*\/)?([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url);
  const [, host = '', repository = ''] =
    match ?? usage('the remote "origin" is no address of a repository; expected --repo OWNER/NAME');
  return { host: process.env.GH_HOST ?? host, repository };
}

/** https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api */
function apiOf(host: string): string {
  if (host === 'github.com' || host.endsWith('.ghe.com')) return `https://api.${host}`;
  return `https://${host}/api/v3`;
}

/** The token of the environment, or the one that GitHub's own command keeps. */
async function findToken(host: string): Promise<string> {
  const given = process.env.GH_TOKEN || process.env.GITHUB_TOKEN;
  if (given !== undefined && given !== '') return given;
  const asked = await execa('gh', ['auth', 'token', '--hostname', host], { reject: false, stdin: 'ignore' });
  if (asked.exitCode === 0 && asked.stdout !== '') return asked.stdout;
  throw new DarkroomError(
    {
      code: 'dispatch/no-token',
      message: `There is no token for "${host}": neither in GH_TOKEN nor in GITHUB_TOKEN, and "gh auth token" gives none.`,
      hint: 'Run "gh auth login", or set GH_TOKEN to a token with "actions: write" and "contents: read".',
    },
    { kind: 'use' },
  );
}

/** @throws DarkroomError of kind `use` */
function usage(message: string): never {
  throw new DarkroomError({ code: 'command/usage', message }, { kind: 'use' });
}
