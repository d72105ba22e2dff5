import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActionRun } from '../lib/action/action-run.ts';
import { restoreHadolint } from '../lib/action/hadolint-cache.ts';
import { DarkroomError } from '../lib/errors/darkroom-error.ts';
import { tryGit } from '../lib/git/git-command.ts';
import { createPullRequests } from '../lib/github/octokit-pull-requests.ts';
import { type RunEvent, readRunEvent } from '../lib/github/run-event.ts';
import { suggestFixes } from '../lib/github/suggest-fixes.ts';
import { withoutKnown } from '../lib/lint/baseline.ts';
import { isFailing, type PlacedFinding } from '../lib/lint/placed-finding.ts';
import { rulePage } from '../lib/lint/rule-page.ts';
import { RULES } from '../lib/lint/rules.ts';
import { saidOnce } from '../lib/lint/said-once.ts';
import { lintAnnotations } from '../lib/report/lint-annotations.ts';
import { lintMarkdown } from '../lib/report/lint-markdown.ts';
import { sarifLog } from '../lib/report/lint-sarif.ts';
import { findingText, totalsText } from '../lib/report/lint-text.ts';
import { type LintedChange, lintChange } from '../lib/workspace/lint-change.ts';
import {
  type LintedWorkspace,
  type LintWorkspaceRequest,
  lintWorkspace,
} from '../lib/workspace/lint-workspace.ts';
import { readBaseline } from '../lib/workspace/read-baseline.ts';
import { replaceFile } from '../lib/workspace/replace-file.ts';
import type { LintInputs } from './inputs.ts';

/** Columns; the page of a run shows about as many. */
const LOG_WIDTH = 160;

/** Owner and name. */
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/** Lints what is checked out, and shows what is wrong: of a pull request what is new. */
export async function lint(inputs: LintInputs, run: ActionRun): Promise<void> {
  const { directory, paths, matrix, hadolint } = inputs;
  const baseline = inputs.baseline === null ? new Map() : await readBaseline(directory, inputs.baseline);
  const cache = path.join(run.env.RUNNER_TEMP ?? tmpdir(), 'darkroom');
  const keepHadolint = hadolint === null ? await restoreHadolint(run, cache) : null;
  const request: LintWorkspaceRequest = {
    ...{ directory, paths, hadolint, cache, env: run.env, say: (line) => run.say(line) },
    ...{ today: new Date().toISOString().slice(0, 10), ...(matrix === null ? {} : { matrix }) },
  };
  const linted = await lintWorkspace(request);
  await keepHadolint?.();
  if (linted.noHadolint !== null) run.warning({ code: 'lint/no-hadolint', message: linted.noHadolint });
  const event = await readRunEvent(run.env);
  const change = event.base === null ? null : await compare(linted, request, event.base, inputs, run);
  const found = change?.fresh ?? linted.findings;
  const { fresh: all } = withoutKnown(found, baseline);
  const fresh = saidOnce(all, RULES);
  if (inputs.sarif !== null) {
    // New or not: code scanning compares by itself, and takes what is missing for mended.
    const log = sarifLog(withoutKnown(linted.findings, baseline).fresh, toolOf(run));
    await replaceFile(path.resolve(inputs.sarif), `${JSON.stringify(log)}\n`, inputs.sarif);
  }
  const suggested =
    change === null ? new Set<PlacedFinding>() : await suggest(fresh, change, event, inputs, run);
  const counts = {
    ...{ files: linted.files, silenced: linted.silenced, known: found.length - all.length },
    ...(change === null
      ? {}
      : { change: { before: linted.findings.length - found.length, fixed: change.fixed.length } }),
  };
  const page = pagesOf(run);
  const warned = [linted.noHadolint !== null, event.base !== null && change === null];
  tell(fresh, run, suggested, warned.filter(Boolean).length);
  run.say(totalsText(fresh, counts));
  run.setOutput('findings', String(fresh.length));
  run.setOutput('errors', String(fresh.filter((placed) => isFailing(placed, 'error')).length));
  const failing = fresh.filter((placed) => isFailing(placed, inputs.failOn)).length;
  if (failing > 0) {
    run.say(`This step fails by ${failing} of them: the input "fail-on" is "${inputs.failOn}".`);
    process.exitCode = 1;
  }
  const blob = await blobAddress(linted, run);
  const fixed = change?.fixed ?? [];
  await run.summarise(lintMarkdown(fresh, { ...counts, page, fixed, ...(blob === null ? {} : { blob }) }));
}

/** What is new; `null`, with a warning, where nobody can tell. */
async function compare(
  linted: LintedWorkspace,
  request: LintWorkspaceRequest,
  base: string,
  { token }: LintInputs,
  run: ActionRun,
): Promise<LintedChange | null> {
  try {
    return await lintChange(linted, request, {
      ...{ base, token },
      mergeBase: async (...commits) => (await pullRequests(token, run)).mergeBase(...commits),
    });
  } catch (error) {
    run.warning({
      code: 'lint/no-merge-base',
      message: `What was there before this change is not known, so all findings count: ${messageOf(error)}`,
      hint: 'The action needs the input "token" with "contents: read", or a checkout with "fetch-depth: 0".',
    });
    return null;
  }
}

/** Findings whose fix is suggested in the pull request; a token that may not write there is no failure. */
async function suggest(
  findings: readonly PlacedFinding[],
  { head }: LintedChange,
  event: RunEvent,
  { token }: LintInputs,
  run: ActionRun,
): Promise<ReadonlySet<PlacedFinding>> {
  if (event.number === null || token === null) return new Set();
  if (event.head !== head) {
    run.say(
      `No fixes are suggested: ${head} is checked out, and lines of the pull request are those of ${event.head}.`,
    );
    return new Set();
  }
  try {
    const options = { number: event.number, commit: head, page: pagesOf(run) };
    const suggested = await suggestFixes(findings, await pullRequests(token, run), options);
    if (suggested.made > 0) run.say(`${suggested.made} fixes are suggested in the pull request.`);
    return suggested.findings;
  } catch (error) {
    // A pull request from a fork has a token that only reads.
    run.say(`No fixes were suggested, they stand in the annotations: ${messageOf(error)}`);
    return new Set();
  }
}

/** All findings in the log, the worst at their places. */
function tell(
  findings: readonly PlacedFinding[],
  run: ActionRun,
  suggested: ReadonlySet<PlacedFinding>,
  warnings: number,
): void {
  if (findings.length === 0) return;
  const style = { shown: (file: string) => file, width: LOG_WIDTH, hasColour: false };
  run.group(
    'Findings',
    findings.flatMap((placed) => [...findingText(placed, style).split('\n'), '']),
  );
  const options = { suggested, page: pagesOf(run), spent: { warning: warnings } };
  const { annotations, left } = lintAnnotations(findings, options);
  for (const annotation of annotations) run.annotate(annotation);
  if (left > 0)
    run.say(
      `GitHub shows no more annotations of one step; ${left} more are above and on the page of the job.`,
    );
}

function pullRequests(token: string | null, run: ActionRun) {
  const repository = run.env.GITHUB_REPOSITORY ?? '';
  if (token !== null && REPOSITORY.test(repository)) return createPullRequests(token, repository);
  throw new DarkroomError({
    code: 'lint/no-token',
    message: 'there is no token to ask GitHub with, and the checkout does not hold the history.',
  });
}

/** Pages lie in the repository that the action comes from; one from the checkout itself names none. */
function pagesOf(run: ActionRun): (rule: string) => string {
  const { home = '' } = toolOf(run);
  return (rule) => rulePage(rule, home);
}

/** https://docs.github.com/actions/reference/workflows-and-actions/variables#default-environment-variables */
function toolOf({ env }: ActionRun): { readonly version?: string; readonly home?: string } {
  const { GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = '' } = env;
  if (!REPOSITORY.test(repository) || ref === '') return {};
  return { version: ref, home: `${serverOf(env)}/${repository}/blob/${encodeURI(ref)}/` };
}

/** Where the files of the commit that is checked out can be read. */
async function blobAddress({ root }: LintedWorkspace, { env }: ActionRun): Promise<string | null> {
  const { exitCode, stdout } = await tryGit({ cwd: root, env: {} }, ['rev-parse', '--verify', 'HEAD']);
  const repository = env.GITHUB_REPOSITORY ?? '';
  if (exitCode !== 0 || !REPOSITORY.test(repository)) return null;
  return `${serverOf(env)}/${repository}/blob/${stdout.toString('utf8').trim()}/`;
}

function serverOf(env: ActionRun['env']): string {
  return env.GITHUB_SERVER_URL ?? 'https://github.com';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
