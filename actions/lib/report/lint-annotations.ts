import { type PlacedFinding, rank } from '../lint/placed-finding.ts';
import { sanitiseLine } from './sanitise-line.ts';

/** What GitHub shows beside a line of a pull request. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  /** Relative to the top of the repository. */
  readonly file: string;
  readonly startLine: number;
  readonly endLine: number;
  /** GitHub takes columns only within one line; the end is the last character itself. */
  readonly startColumn?: number;
  readonly endColumn?: number;
}

/** https://docs.github.com/actions/reference/limits: more of one kind are dropped without a word. */
const MOST_OF_A_LEVEL = 10;

const LEVELS = { error: 'error', warning: 'warning', info: 'notice', style: 'notice' } as const;

/** The worst findings as annotations, and how many could not be shown. */
export function lintAnnotations(findings: readonly PlacedFinding[]): {
  readonly annotations: readonly Annotation[];
  readonly left: number;
} {
  const sorted = findings.toSorted((a, b) => rank(a.finding.severity) - rank(b.finding.severity));
  const byLevel = Map.groupBy(sorted, ({ finding }) => LEVELS[finding.severity]);
  const shown = [...byLevel.values()].flatMap((all) => all.slice(0, MOST_OF_A_LEVEL));
  return { annotations: shown.map(annotationOf), left: findings.length - shown.length };
}

function annotationOf({ finding, region }: PlacedFinding): Annotation {
  const { startLine, startColumn, endLine, endColumn } = region;
  const fix = finding.fix === undefined ? '' : ` Fix: ${finding.fix.description}.`;
  return {
    ...{ level: LEVELS[finding.severity], title: finding.rule, file: finding.file },
    message: `${sanitiseLine(finding.message, 2000)}.${fix}`,
    ...{ startLine, endLine },
    ...(startLine === endLine ? { startColumn, endColumn: Math.max(startColumn, endColumn - 1) } : {}),
  };
}
