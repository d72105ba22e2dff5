import type { Parser } from 'web-tree-sitter';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { applyFixes } from '../lint/apply-fixes.ts';
import { lintProject } from '../lint/lint-project.ts';
import type { Rule } from '../lint/rule.ts';
import { textDiff } from '../report/text-diff.ts';
import { type LintRequest, type ReadProject, readLintedProject } from './read-linted-project.ts';
import { replaceFile } from './replace-file.ts';
import { LARGEST_TEXT } from './text-file.ts';

/** How a project is mended. */
export interface MendOptions {
  readonly rules: readonly Rule[];
  /** Nothing is written. */
  readonly isDry: boolean;
}

/** What a fix lays open may be mended in turn; fixes that undo each other end here. */
const MOST_ROUNDS = 5;

/** What became of the files that can be mended. */
export interface Mended {
  /** What changed, or would. */
  readonly diffs: readonly string[];
  /** Files that could not be written. */
  readonly problems: readonly Problem[];
}

/** Carries out the safe fixes of what was asked for; files are written at the end. */
export async function mendProject(
  parser: Parser,
  request: LintRequest,
  { rules, isDry }: MendOptions,
): Promise<Mended> {
  const texts = new Map<string, string>();
  const before = new Map<string, string>();
  let root = '';
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const read = await readLintedProject(parser, { ...request, instead: texts });
    root = read.root;
    const changed = mendOnce(read, rules);
    if (changed.size === 0) break;
    for (const [file, text] of changed) {
      if (!before.has(file)) before.set(file, read.project.read(file) ?? '');
      texts.set(file, text);
    }
  }
  const diffs: string[] = [];
  const problems: Problem[] = [];
  for (const [file, text] of texts) {
    try {
      if (!isDry) await replaceFile(`${root}/${file}`, text, file);
      diffs.push(textDiff(file, before.get(file) ?? '', text));
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { diffs, problems };
}

function mendOnce(read: ReadProject, rules: readonly Rule[]): ReadonlyMap<string, string> {
  const { findings } = lintProject({ ...read, rules, hadolint: new Map(), others: read.findings });
  const changed = new Map<string, string>();
  for (const [file, placed] of Map.groupBy(findings, ({ finding }) => finding.file)) {
    const text = read.project.read(file);
    if (text === null) continue;
    const mended = applyFixes(
      text,
      placed.map(({ finding }) => finding),
    );
    if (mended.applied > 0 && mended.text !== text && mended.text.length <= LARGEST_TEXT)
      changed.set(file, mended.text);
  }
  return changed;
}
