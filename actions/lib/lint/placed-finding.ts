/** A finding with its place in lines and columns: what outputs are made from. */
import { comparePaths } from '../git/path-text.ts';
import { type Edit, type Finding, SEVERITIES, type Severity } from './finding.ts';
import { positionAt, type SourceText, sourceText } from './source-text.ts';

/** Lines and columns count from 1, columns in UTF-16 code units; the end is behind the last character. */
export interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One finding, ready to be shown. */
export interface PlacedFinding {
  readonly finding: Finding;
  /** The file it is in; empty where that cannot be shown. */
  readonly source: SourceText;
  readonly region: Region;
}

/** Finds lines and columns; whatever a finding says, they lie in the file. */
export function placeFinding(finding: Finding, source: SourceText | null): PlacedFinding {
  const known = source ?? sourceText(finding.file, '');
  return { finding, source: known, region: regionOf(finding, known) };
}

/** Where a part of a file lies. */
export function regionOf({ start, end }: Pick<Edit, 'start' | 'end'>, source: SourceText): Region {
  const length = source.text.length;
  const from = Math.min(Math.max(0, start), length);
  const first = positionAt(source, from);
  const last = positionAt(source, Math.min(Math.max(from, end), length));
  return {
    ...{ startLine: first.line, startColumn: first.column },
    ...{ endLine: last.line, endColumn: last.column },
  };
}

/** By file, then by place, then by weight. */
export function inOrder(findings: readonly PlacedFinding[]): readonly PlacedFinding[] {
  return [...findings].sort(
    ({ finding: a }, { finding: b }) =>
      comparePaths(a.file, b.file) ||
      a.start - b.start ||
      rank(a.severity) - rank(b.severity) ||
      (a.rule < b.rule ? -1 : Number(a.rule > b.rule)),
  );
}

/** 0 is the worst. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** Whether a finding is at or above a severity. */
export function isFailing({ finding }: PlacedFinding, failOn: Severity | 'none'): boolean {
  return failOn !== 'none' && rank(finding.severity) <= rank(failOn);
}

/** How many there are of each severity, the worst first. */
export function countBySeverity(
  findings: readonly PlacedFinding[],
): readonly (readonly [Severity, number])[] {
  return SEVERITIES.map((severity) => [
    severity,
    findings.filter(({ finding }) => finding.severity === severity).length,
  ]);
}
