/** One step of a workflow, as the actions see it: what the runner hands in, and everything that is said back to it. */
import * as core from '@actions/core';
import { formatProblem, type Problem } from '../errors/darkroom-error.ts';
import { problemsOf } from '../errors/problems-of.ts';
import type { Annotation } from '../report/lint-annotations.ts';
import { sanitiseLine } from '../report/sanitise-line.ts';

/** Port: what an action asks of the runner and tells it. */
export interface ActionRun {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An input's text without surrounding blanks; empty where it was not given. */
  input(name: string): string;
  setOutput(name: string, value: string): void;
  /** Keeps a text for the step's end, which runs whatever happened; the last one of a name counts. */
  save(name: string, value: string): void;
  /** What was kept; empty where nothing was, and while the step itself runs. */
  saved(name: string): string;
  /** Lines in the log, never read as commands. */
  say(text: string): void;
  /** Lines under a title that opens them; closed at first. */
  group(title: string, lines: readonly string[]): void;
  /** An annotation of the run that is no failure. */
  notice(text: string): void;
  warning(problem: Problem): void;
  /** An annotation at a place of the repository; the step does not fail by it. */
  annotate(annotation: Annotation): void;
  /** An annotation at the problem's place; the step fails. */
  fail(problem: Problem): void;
  /** Adds Markdown to the page of the job; a page that cannot be written is no failure. */
  summarise(markdown: string): Promise<void>;
  /** Keeps a secret out of every log from now on. */
  mask(secret: string): void;
}

/** A step's page takes 1 MiB: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary */
const MAX_SUMMARY_BYTES = 1024 * 1024;

const ANNOTATE = { error: core.error, warning: core.warning, notice: core.notice } as const;

/** A log is read in a browser, which does not wrap at a terminal's width. */
const LONGEST_LINE = 4000;

/** Runs an action: the only place where failures are caught. Each is said once, as an annotation. */
export async function runAction(name: string, main: (run: ActionRun) => Promise<void>): Promise<void> {
  const run = createActionRun(process.env);
  run.say(openingLine(name, run.env));
  const onBug = (error: unknown): void => reportFailure(run, error);
  process.on('unhandledRejection', onBug);
  try {
    await main(run);
  } catch (error) {
    reportFailure(run, error);
  }
}

/** What is worked on, before anything can go wrong. */
function openingLine(name: string, env: ActionRun['env']): string {
  const { GITHUB_REPOSITORY = 'a repository', GITHUB_SHA = '', GITHUB_EVENT_NAME = 'no event' } = env;
  return `Darkroom ${name}: ${GITHUB_REPOSITORY} ${GITHUB_SHA.slice(0, 12)} (${GITHUB_EVENT_NAME})`;
}

function createActionRun(env: ActionRun['env']): ActionRun {
  const say = (text: string): void => {
    for (const line of text.split('\n')) process.stdout.write(`${sanitiseLine(line, LONGEST_LINE)}\n`);
  };
  return {
    env,
    input: (name) => core.getInput(name),
    setOutput: (name, value) => core.setOutput(name, value),
    save: (name, value) => core.saveState(name, value),
    saved: (name) => core.getState(name),
    say,
    group(title, lines) {
      core.startGroup(title);
      say(lines.join('\n'));
      core.endGroup();
    },
    notice: (text) => core.notice(text, { title: 'Darkroom' }),
    warning: (problem) => core.warning(withHint(problem), annotation(problem)),
    annotate: ({ level, message, ...place }) => ANNOTATE[level](message, place),
    fail(problem) {
      core.error(withHint(problem), annotation(problem));
      process.exitCode = core.ExitCode.Failure;
    },
    async summarise(markdown) {
      try {
        await summarise(env, markdown);
      } catch (error) {
        // What was done is done, and the log has it too.
        say(`The page of the job was not written: ${error instanceof Error ? error.message : error}`);
      }
    },
    mask: (secret) => core.setSecret(secret),
  };
}

function reportFailure(run: ActionRun, error: unknown): void {
  for (const problem of problemsOf(error)) run.fail(problem);
}

function annotation({ code, place }: Problem): core.AnnotationProperties {
  return {
    title: code,
    ...(place === undefined ? {} : { file: place.file }),
    ...(place?.line === undefined ? {} : { startLine: place.line }),
    ...(place?.column === undefined ? {} : { startColumn: place.column }),
  };
}

/** The annotation has the place already. */
function withHint({ message, hint }: Problem): string {
  return formatProblem({ code: 'darkroom/text', message, ...(hint === undefined ? {} : { hint }) });
}

async function summarise(env: ActionRun['env'], markdown: string): Promise<void> {
  // Not every runner has one: some that take GitHub's workflows elsewhere do not.
  if (env.GITHUB_STEP_SUMMARY === undefined) return;
  const fits = Buffer.byteLength(markdown) < MAX_SUMMARY_BYTES;
  const text = fits ? markdown : `${markdown.slice(0, MAX_SUMMARY_BYTES / 8)}\n\n… too long for this page.\n`;
  await core.summary.addRaw(text, true).write();
}
