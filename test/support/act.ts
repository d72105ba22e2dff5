/** Runs workflows of a repository with act: on this machine, with the actions of this work tree and the engine of the tests. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import { copyForAct } from '../../scripts/act-copy.ts';
import type { StandIns } from './act-stand-ins.ts';

/** What act needs besides a repository. */
export interface Act {
  /** The program. */
  readonly program: string;
  /** `null` where no job needs one. */
  readonly engine: Engine | null;
  /** Copy of this repository, which workflows call `acme/darkroom@v1`. */
  readonly darkroom: string;
  /** Of actions of others; none where no job needs one. */
  readonly standIns?: StandIns;
  /** Folder of programs that scripts find first. */
  readonly programs?: string;
}

/** What starts a run. */
export interface ActEvent {
  /** Name of the workflow's file. */
  readonly workflow: string;
  readonly event?: 'push' | 'pull_request' | 'workflow_dispatch';
  /** That was pushed; default the branch `main`. */
  readonly tag?: string;
  /** Of the form. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Address of a forge's API. */
  readonly api?: string;
  /** What the workflow has as its own. */
  readonly token?: string;
}

/** One job that was started; a skipped one was not. */
export interface ActJob {
  readonly name: string;
  readonly succeeded: boolean;
}

/** One ended run of a workflow. */
export interface ActRun {
  readonly succeeded: boolean;
  readonly jobs: readonly ActJob[];
  readonly seconds: number;
  /** Images that some job built. */
  readonly built: readonly string[];
  /** What jobs said was wrong. */
  readonly errors: readonly string[];
  /** What the steps printed, a line each, after the name of their job. */
  readonly log: string;
}

/** A line of `act --json`. */
interface LogLine {
  readonly job?: string;
  readonly jobResult?: string;
  readonly msg?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
}

/** Copies this repository as it stands; the copy's `remove` deletes it. */
export async function prepareAct(
  program: string,
  engine: Engine | null,
): Promise<Act & { remove(): Promise<void> }> {
  const darkroom = await mkdtemp(path.join(tmpdir(), 'darkroom-act-'));
  await copyForAct(darkroom, { name: 'acme/darkroom', ref: 'v1' });
  return { program, engine, darkroom, remove: () => rm(darkroom, { recursive: true, force: true }) };
}

/** Runs one workflow of a repository, as its default branch `main` was pushed, a pull request opened or a form sent. */
export async function runAct(
  { program, engine, darkroom, standIns, programs }: Act,
  repository: string,
  { workflow, event = 'push', tag, inputs = {}, api, token }: ActEvent,
): Promise<ActRun> {
  const work = await mkdtemp(path.join(tmpdir(), 'darkroom-act-run-'));
  const payload = path.join(work, 'event.json');
  const pushed = tag === undefined ? {} : { ref: `refs/tags/${tag}` };
  await writeFile(payload, JSON.stringify({ repository: { default_branch: 'main' }, inputs, ...pushed }));
  const started = performance.now();
  try {
    const { exitCode, stdout } = await execa(
      program,
      [
        ...[event, '--workflows', path.join('.github/workflows', workflow), '--eventpath', payload, '--json'],
        ...['--platform', 'ubuntu-24.04=-self-hosted', '--no-cache-server', '--action-cache-path', work],
        ...['--use-new-action-cache', '--local-repository', `acme/darkroom@v1=${darkroom}`],
        ...(standIns?.args ?? []),
        ...(api === undefined ? [] : ['--env', `GITHUB_API_URL=${api}`]),
        ...(token === undefined ? [] : ['--secret', `GITHUB_TOKEN=${token}`]),
      ],
      {
        cwd: repository,
        env: environment(engine, programs),
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      },
    );
    const lines = stdout.split('\n').flatMap(parseLine);
    const ended = lines.filter(({ jobResult, msg }) => jobResult !== undefined && msg?.includes('Job '));
    return {
      succeeded: exitCode === 0,
      jobs: ended.map(({ job = '', jobResult }) => ({
        name: job.trim(),
        succeeded: jobResult === 'success',
      })),
      seconds: (performance.now() - started) / 1000,
      built: lines.flatMap(builtImages).sort(),
      errors: lines.flatMap(({ job = '', msg = '' }) =>
        msg.includes('::error')
          ? `${job.trim()}: ${decodeURIComponent(msg.replaceAll(/%(?!0A)/g, '%25'))}`
          : [],
      ),
      log: stripVTControlCharacters(
        lines.map(({ job = '', msg = '' }) => `${job.trim()}: ${msg.trimEnd()}`).join('\n'),
      ),
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * act runs every JavaScript action with the `node` on PATH. The engine stands as the Docker that the runner has; what
 * belongs to the workflow the tests themselves may run in stays out.
 */
function environment(
  engine: Engine | null,
  programs: string | undefined,
): Readonly<Record<string, string | undefined>> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(GIT|GITHUB|ACTIONS|RUNNER)_/.test(name),
  );
  const own = [process.execPath, engine?.docker ?? '']
    .filter(path.isAbsolute)
    .map((program) => path.dirname(program));
  const search = [...(programs === undefined ? [] : [programs]), ...own, process.env.PATH].join(
    path.delimiter,
  );
  return { ...Object.fromEntries(inherited), ...engine?.env, PATH: search };
}

/** What the action `build` puts out. */
function builtImages({ command, name, arg = '{}' }: LogLine): readonly string[] {
  if (command !== 'set-output' || name !== 'images') return [];
  const images = Object.entries(JSON.parse(arg) as Record<string, { readonly outcome: string }>);
  return images.flatMap(([image, { outcome }]) => (outcome === 'built' ? [image] : []));
}

function parseLine(text: string): readonly LogLine[] {
  try {
    return [JSON.parse(text) as LogLine];
  } catch {
    return [];
  }
}
