import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { printBaseline, withoutKnown } from '../../actions/lib/lint/baseline.ts';
import type { Severity } from '../../actions/lib/lint/finding.ts';
import { loadShellGrammar } from '../../actions/lib/lint/load-shell-grammar.ts';
import { isFailing, type PlacedFinding } from '../../actions/lib/lint/placed-finding.ts';
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

/** Options of `lint` alone. */
export interface LintOptions {
  readonly failOn: Severity | 'none';
  readonly baseline?: string;
  readonly writeBaseline?: true;
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
  checkBaseline(paths, own);
  const isRead = own.baseline !== undefined && !own.writeBaseline;
  const baseline = isRead ? await readBaseline(options.directory, own.baseline) : new Map();
  const request: LintRequest = {
    ...{ directory: options.directory, paths, today: new Date().toISOString().slice(0, 10) },
    ...(options.matrix === undefined ? {} : { matrix: options.matrix }),
  };
  if (own.fix || own.diff) {
    const diffs = await mendProject(await loadShellGrammar(), request, {
      rules: RULES,
      isDry: own.diff === true,
    });
    for (const diff of diffs) (options.json ? process.stderr : process.stdout).write(diff);
  }
  const { findings, silenced, files, base, noHadolint } = await lintWorkspace({
    ...{ ...request, hadolint: own.hadolint ?? null, cache: findFolders().cache, env: process.env, say },
  });
  if (noHadolint !== null) say(noHadolint);
  if (own.writeBaseline && own.baseline !== undefined) {
    await write(options, own.baseline, printBaseline(findings));
    say(`${own.baseline}: ${findings.length} findings are known from now on.`);
    return;
  }
  const { fresh: all, gone } = withoutKnown(findings, baseline);
  const fresh = saidOnce(all, RULES);
  if (gone > 0 && paths.length === 0) {
    say(`${gone} of the known findings are no longer there; --write-baseline forgets them.`);
  }
  if (own.sarif !== undefined) {
    await write(options, own.sarif, `${JSON.stringify(sarifLog(fresh, { version: version() }), null, 2)}\n`);
  }
  print(fresh, base, options, { files, silenced, known: findings.length - all.length });
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
    stdout.write(`${JSON.stringify(jsonFindings(findings, shown))}\n`);
    return;
  }
  const style = { shown, width: stdout.columns ?? 160, hasColour: stdout.isTTY && stdout.hasColors() };
  stdout.write(findings.map((finding) => `${findingText(finding, style)}\n\n`).join(''));
  stdout.write(`${totalsText(findings, counts)}\n`);
}

/** @throws DarkroomError of kind `use`: the baseline is asked for in a way that cannot be */
function checkBaseline(paths: readonly string[], own: LintOptions): void {
  if (!own.writeBaseline || (own.baseline !== undefined && paths.length === 0)) return;
  const message =
    own.baseline === undefined
      ? '--write-baseline was given without a file; expected --baseline FILE as well'
      : '--write-baseline was given with paths; expected none, for what lies elsewhere would be forgotten';
  throw new DarkroomError({ code: 'command/usage', message }, { kind: 'use' });
}

async function write({ directory }: GlobalOptions, file: string, text: string): Promise<void> {
  await replaceFile(path.resolve(directory, file), text, file);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
