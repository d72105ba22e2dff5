/** Lint over files that a test writes down, without the command around it. */
import { lintProject } from '../../actions/lib/lint/lint-project.ts';
import { loadShellGrammar } from '../../actions/lib/lint/load-shell-grammar.ts';
import type { PlacedFinding } from '../../actions/lib/lint/placed-finding.ts';
import type { Rule } from '../../actions/lib/lint/rule.ts';
import { unquotedSpecifier } from '../../actions/lib/lint/rules/unquoted-specifier.ts';
import { type ReadProject, readLintedProject } from '../../actions/lib/workspace/read-linted-project.ts';
import { createRepo, type TestRepo } from './git-repo.ts';

/** A repository with these files, committed. */
export async function repoOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestRepo> {
  const repo = await createRepo();
  for (const [file, content] of Object.entries(files)) repo.write(file, content);
  repo.commit();
  return repo;
}

/** Reads a repository as lint does. */
export async function readFolder(directory: string, paths: readonly string[] = []): Promise<ReadProject> {
  return readLintedProject(await loadShellGrammar(), { directory, paths, today: '2026-11-22' });
}

/** What rules find in a repository, by default that a requirement is not quoted. */
export async function lintFolder(
  directory: string,
  paths: readonly string[] = [],
  rules: readonly Rule[] = [unquotedSpecifier],
): Promise<readonly PlacedFinding[]> {
  const read = await readFolder(directory, paths);
  return lintProject({ ...read, rules, hadolint: new Map(), others: read.findings }).findings;
}

/** `file:line:rule` of each. */
export function places(findings: readonly PlacedFinding[]): readonly string[] {
  return findings.map(({ finding, region }) => `${finding.file}:${region.startLine}:${finding.rule}`);
}
