import path from 'node:path';
import type { Severity } from '../../actions/lib/lint/finding.ts';
import { lintProject } from '../../actions/lib/lint/lint-project.ts';
import { loadShellGrammar } from '../../actions/lib/lint/load-shell-grammar.ts';
import { rank } from '../../actions/lib/lint/placed-finding.ts';
import { RULES } from '../../actions/lib/lint/rules.ts';
import { jsonFindings } from '../../actions/lib/report/lint-json.ts';
import { findingText, totalsText } from '../../actions/lib/report/lint-text.ts';
import type { GlobalOptions } from '../../actions/lib/workspace/open-workspace.ts';
import { readLintedProject } from '../../actions/lib/workspace/read-linted-project.ts';
import { say } from '../say.ts';

/** Options of `lint` alone. */
export interface LintOptions {
  readonly failOn: Severity | 'none';
}

/** `darkroom lint [PATH…]`: says what is wrong with Dockerfiles. */
export async function lint(
  options: GlobalOptions,
  paths: readonly string[],
  own: LintOptions,
): Promise<void> {
  const read = await readLintedProject(await loadShellGrammar(), {
    ...{ directory: options.directory, paths, today: new Date().toISOString().slice(0, 10) },
    ...(options.matrix === undefined ? {} : { matrix: options.matrix }),
  });
  for (const notice of read.notices) say(notice);
  const { findings, silenced } = lintProject({ ...read, rules: RULES, others: read.findings });
  const shown = shownFrom(read.base);
  if (options.json) process.stdout.write(`${JSON.stringify(jsonFindings(findings, shown))}\n`);
  else {
    const { stdout } = process;
    const style = { shown, width: stdout.columns ?? 160, hasColour: stdout.isTTY && stdout.hasColors() };
    for (const finding of findings) stdout.write(`${findingText(finding, style)}\n\n`);
    const files = new Set(read.dockerfiles.map(({ source }) => source.file)).size;
    stdout.write(`${totalsText(findings, files, { silenced, known: 0 })}\n`);
  }
  const limit = own.failOn === 'none' ? -1 : rank(own.failOn);
  if (findings.some(({ finding }) => rank(finding.severity) <= limit)) process.exitCode = 1;
}

/** Paths as a person in the directory knows them; `base` is the directory seen from the root. */
function shownFrom(base: string): (file: string) => string {
  return (file) => (base === '' ? file : path.posix.relative(base, file));
}
