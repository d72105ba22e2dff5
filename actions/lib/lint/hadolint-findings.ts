/** Makes findings of what hadolint reports: put where the fault is, without what is known to be none, and without what a rule said. */
import type { Finding, Span } from './finding.ts';
import { isFalseAlarm } from './hadolint-false-alarms.ts';
import { placeInInstruction } from './hadolint-places.ts';
import type { HadolintReport } from './hadolint-report.ts';
import type { LintedDockerfile, LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import type { Rule } from './rule.ts';
import { positionAt } from './source-text.ts';

const LONGEST_MESSAGE = 500;

/** What hadolint reports of one file, in order of place; `reports` are those of this file. */
export function hadolintFindings(
  file: LintedDockerfile,
  reports: readonly HadolintReport[],
): readonly Finding[] {
  const findings = reports.flatMap((report): Finding | readonly Finding[] => {
    if (report.code === 'DL1000') return unread(file, report);
    const instruction = instructionAt(file, lineStart(file, report.line));
    if (isFalseAlarm(report.code, file, instruction)) return [];
    const place = instruction === null ? null : placeInInstruction(report.code, report.message, instruction);
    return {
      ...{ file: file.source.file, rule: report.code, severity: report.level },
      ...{ message: tamed(report.message), ...(place ?? firstLine(file, instruction, report.line)) },
    };
  });
  return [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()].toSorted(
    (a, b) => a.start - b.start,
  );
}

/**
 * Joins the findings of our rules with those of hadolint, whose own are left out where a rule that says the same spoke of the
 * same instruction. What is silenced must still be among `own`, or hadolint would say it in its place.
 */
export function mergeHadolint(
  file: LintedDockerfile,
  own: readonly Finding[],
  theirs: readonly Finding[],
  rules: readonly Pick<Rule, 'id' | 'covers'>[],
): readonly Finding[] {
  const covers = new Map(rules.map(({ id, covers: codes }) => [id, codes]));
  const said = new Set(
    own
      .filter((one) => one.file === file.source.file)
      .flatMap(({ rule, start }) =>
        (covers.get(rule) ?? []).map((code) => `${code} ${instructionAt(file, start)?.start}`),
      ),
  );
  const kept = theirs.filter(({ rule, start }) => !said.has(`${rule} ${instructionAt(file, start)?.start}`));
  return [...own, ...kept].toSorted((a, b) => a.start - b.start);
}

/** The page that explains a code of hadolint or ShellCheck; `null` for anything else. */
export function docsOf(rule: string): string | null {
  if (/^DL\d{4}$/.test(rule)) return `https://github.com/hadolint/hadolint/wiki/${rule}`;
  return /^SC\d{4}$/.test(rule) ? `https://www.shellcheck.net/wiki/${rule}` : null;
}

/**
 * hadolint reads nothing of a file with an instruction that is newer than itself. Whether the file is wrong is said by whoever
 * reads it as BuildKit does.
 */
function unread(file: LintedDockerfile, { line, column, message }: HadolintReport): Finding {
  const first = firstLine(file, null, line);
  const start = Math.min(first.start + Math.max(0, column - 1), first.end);
  return {
    ...{ file: file.source.file, rule: 'DL1000', severity: 'info', start, end: first.end },
    message: tamed(`hadolint cannot read this, so it checked nothing in this file: ${message}`),
  };
}

function instructionAt(file: LintedDockerfile, offset: number): LintedInstruction | null {
  const { line } = positionAt(file.source, offset);
  const all = [...file.globals, ...file.stages.flatMap(instructionsOf)];
  return (
    all.find(
      ({ start, end }) =>
        positionAt(file.source, start).line <= line && line <= positionAt(file.source, end).line,
    ) ?? null
  );
}

function instructionsOf({ from, instructions }: LintedStage): readonly LintedInstruction[] {
  return [from, ...instructions];
}

function lineStart({ source }: LintedDockerfile, line: number): number {
  return source.lineStarts[line - 1] ?? source.text.length;
}

/** The first line of an instruction without its continuation sign, or a whole line. */
function firstLine(file: LintedDockerfile, instruction: LintedInstruction | null, line: number): Span {
  const { text, lineStarts } = file.source;
  const start = instruction?.start ?? lineStart(file, line);
  const next = lineStarts[positionAt(file.source, start).line] ?? text.length;
  const shown = text.slice(start, Math.min(next, instruction?.end ?? next)).replace(/\s+$/, '');
  const isContinued = instruction !== null && start + shown.length < instruction.end;
  return { start, end: start + (isContinued ? shown.replace(/\s*[\\`]$/, '') : shown).length };
}

function tamed(message: string): string {
  const plain = message.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return plain.length > LONGEST_MESSAGE ? `${plain.slice(0, LONGEST_MESSAGE)}…` : plain;
}
