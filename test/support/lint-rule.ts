/** A rule on a Dockerfile that a test writes down. */
import type { Finding } from '../../actions/lib/lint/finding.ts';
import type { LintedContext, LintedProject } from '../../actions/lib/lint/linted-project.ts';
import { loadHclGrammar } from '../../actions/lib/lint/load-hcl-grammar.ts';
import { loadShellGrammar } from '../../actions/lib/lint/load-shell-grammar.ts';
import { readOrchestration } from '../../actions/lib/lint/orchestration/read-orchestration.ts';
import { readLintedDockerfile } from '../../actions/lib/lint/read-linted-dockerfile.ts';
import { scriptReader } from '../../actions/lib/lint/read-script.ts';
import { type Rule, runRule } from '../../actions/lib/lint/rule.ts';

/** What lies beside the Dockerfile. */
export interface Beside {
  /** Texts of files, by path from the root of the project. */
  readonly files?: Readonly<Record<string, string>>;
  readonly context?: Partial<LintedContext>;
  readonly today?: string;
  /** Files that git knows as executable; there is no git where it is left out. */
  readonly executables?: readonly string[];
}

/** What a rule finds in the Dockerfile `text`. */
export async function findings(rule: Rule, text: string, beside: Beside = {}): Promise<readonly Finding[]> {
  const file = readLintedDockerfile(await loadShellGrammar(), 'Dockerfile', text);
  const files = { Dockerfile: text, ...beside.files };
  const context: LintedContext = {
    ...{
      folder: '.',
      isGiven: true,
      isFromGit: false,
      ignoreFile: null,
      untracked: new Set(),
      ignored: new Set(),
    },
    files: new Map(Object.entries(files).map(([name, content]) => [name, content.length])),
    ...beside.context,
  };
  const read = (name: string): string | null =>
    Object.hasOwn(files, name) ? (files[name as keyof typeof files] ?? null) : null;
  const names = Object.keys(files).sort();
  const project: LintedProject = {
    ...{ dockerfiles: [file], files: names, today: beside.today ?? '2026-11-22', read },
    executables: beside.executables === undefined ? null : new Set(beside.executables),
    orchestration: readOrchestration({
      ...{ files: names, read, builds: [], shell: await loadShellGrammar(), hcl: await loadHclGrammar() },
    }),
    readScript: scriptReader(await loadShellGrammar(), read),
    contextOf: () => context,
  };
  return runRule(rule, file, project);
}

/** The texts that the findings of a rule stand on. */
export async function marked(rule: Rule, text: string, beside?: Beside): Promise<readonly string[]> {
  return (await findings(rule, text, beside)).map(({ start, end }) => text.slice(start, end));
}

/** The Dockerfile after the fixes of all findings. */
export async function mended(rule: Rule, text: string, beside?: Beside): Promise<string> {
  const edits = (await findings(rule, text, beside)).flatMap(({ fix }) => fix?.edits ?? []);
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((changed, { start, end, text: by }) => changed.slice(0, start) + by + changed.slice(end), text);
}
