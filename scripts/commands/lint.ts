import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { printBaseline, withoutKnown } from '../../actions/lib/lint/baseline.ts';
import type { Severity } from '../../actions/lib/lint/finding.ts';
import { loadShellGrammar } from '../../actions/lib/lint/load-shell-grammar.ts';
import { isFailing, type PlacedFinding } from '../../actions/lib/lint/placed-finding.ts';
import { knownRules, rulePage } from '../../actions/lib/lint/rule-page.ts';
import { RULES } from '../../actions/lib/lint/rules.ts';
import { saidOnce } from '../../actions/lib/lint/said-once.ts';
import { jsonFindings } from '../../actions/lib/report/lint-json.ts';
import { sarifLog } from '../../actions/lib/report/lint-sarif.ts';
import { findingText, type LintCounts, totalsText } from '../../actions/lib/report/lint-text.ts';
import { lintWorkspace } from '../../actions/lib/workspace/lint-workspace.ts';
import { mendProject } from '../../actions/lib/workspace/mend-project.ts';
import type { GlobalOptions } from '../../actions/lib/workspace/open-workspace.ts';
import { readBaseline } from '../../actions/lib/workspace/read-baseline.ts';
import type { LintRequest } from '../../actions/lib/workspace/read-linted-project.ts';
import { replaceFile } from '../../actions/lib/workspace/replace-file.ts';
import { findFolders } from '../engine/folders.ts';
import { say } from '../say.ts';

/** Where the pages of the rules lie. */
const HOME = fileURLToPath(new URL('../../', import.meta.url));

/** In place of a file. */
const STDOUT = '-';

/** Options of `lint` alone. */
export interface LintOptions {
  readonly failOn: Severity | 'none';
  readonly baseline?: string;
  readonly writeBaseline?: true;
  /** `-` for stdout. */
  readonly sarif?: string;
  readonly fix?: true;
  readonly diff?: true;
  /** A program, or none. */
  readonly hadolint?: string | false;
}

/** `darkroom lint [PATH…]`: says what is wrong with Dockerfiles. */
export async function lint(
  options: GlobalOptions,
  paths: readonly string[],
  own: LintOptions,
): Promise<void> {
  checkUse(options, paths, own);
  const isRead = own.baseline !== undefined && !own.writeBaseline;
  const baseline = isRead ? await readBaseline(options.directory, own.baseline) : new Map();
  const request: LintRequest = {
    ...{ directory: options.directory, paths, today: new Date().toISOString().slice(0, 10) },
    ...(options.matrix === undefined ? {} : { matrix: options.matrix }),
  };
  if (own.fix || own.diff) await mend(options, request, own);
  const { findings, silenced, files, base, noHadolint } = await lintWorkspace({
    ...{ ...request, hadolint: own.hadolint ?? null, cache: findFolders().cache, env: process.env, say },
  });
  if (noHadolint !== null) say(noHadolint);
  if (own.writeBaseline && own.baseline !== undefined) {
    await write(options, own.baseline, printBaseline(findings));
    say(`${own.baseline}: ${plural(findings.length, 'finding is', 'findings are')} known from now on.`);
    return;
  }
  const { fresh, gone } = withoutKnown(findings, baseline);
  if (gone > 0 && paths.length === 0) {
    say(
      `${plural(gone, 'known finding is', 'known findings are')} no longer there; --write-baseline forgets them.`,
    );
  }
  const log =
    own.sarif === undefined ? '' : `${JSON.stringify(sarifLog(fresh, { version: version() }), null, 2)}\n`;
  if (own.sarif !== undefined && own.sarif !== STDOUT) await write(options, own.sarif, log);
  if (own.sarif === STDOUT) process.stdout.write(log);
  else print(fresh, base, options, { files, silenced, known: findings.length - fresh.length });
  if (fresh.some((placed) => isFailing(placed, own.failOn))) process.exitCode = 1;
}

function print(
  findings: readonly PlacedFinding[],
  base: string,
  { json }: GlobalOptions,
  counts: LintCounts,
): void {
  const { stdout } = process;
  const shown = (file: string): string => (base === '' ? file : path.posix.relative(base, file));
  if (json) {
    stdout.write(`${JSON.stringify(jsonFindings(findings, shown, HOME))}\n`);
    return;
  }
  const style = { shown, width: stdout.columns ?? 160, hasColour: stdout.isTTY && stdout.hasColors() };
  const told = saidOnce(findings, RULES);
  stdout.write(told.map((finding) => `${findingText(finding, style)}\n\n`).join(''));
  stdout.write(`${totalsText(told, counts)}\n`);
  const example = told.find(({ finding }) => knownRules().includes(finding.rule));
  if (example !== undefined) say(`Every rule has a page: ${rulePage(example.finding.rule, HOME)}`);
}

/** @throws DarkroomError of kind `use`: options that exclude each other */
function checkUse({ json }: GlobalOptions, paths: readonly string[], own: LintOptions): void {
  const refuse = (message: string): never => {
    throw new DarkroomError({ code: 'command/usage', message }, { kind: 'use' });
  };
  if (json && own.sarif === STDOUT) {
    refuse('"--sarif -" was given with --json; expected a file for SARIF, as both want stdout');
  }
  if (own.writeBaseline && own.baseline === undefined) {
    refuse('--write-baseline was given without a file; expected --baseline FILE as well');
  }
  if (own.writeBaseline && paths.length > 0) {
    refuse(
      '--write-baseline was given with paths; expected none, for what lies elsewhere would be forgotten',
    );
  }
}

/** Carries out the safe fixes and shows them, or only shows them. */
async function mend({ json }: GlobalOptions, request: LintRequest, own: LintOptions): Promise<void> {
  const how = { rules: RULES, isDry: own.diff === true };
  const { diffs, problems } = await mendProject(await loadShellGrammar(), request, how);
  const to = json || own.sarif === STDOUT ? process.stderr : process.stdout;
  if (diffs.length > 0) to.write(`${diffs.join('')}\n`);
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
}

async function write({ directory }: GlobalOptions, file: string, text: string): Promise<void> {
  await replaceFile(path.resolve(directory, file), text, file);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
