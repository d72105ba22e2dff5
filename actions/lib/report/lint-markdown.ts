import { countBySeverity, type PlacedFinding, rank } from '../lint/placed-finding.ts';
import { rulePage } from '../lint/rule-page.ts';
import { type LintCounts, totalsText } from './lint-text.ts';
import { sanitiseLine } from './sanitise-line.ts';
import { markdownTable } from './text-table.ts';

/** What is shown; what does not fit is counted. */
export interface LintMarkdownOptions extends LintCounts {
  readonly most?: number;
}

const MARKS = { error: '🔴', warning: '🟠', info: '🔵', style: '⚪' } as const;

/** Findings for the page of a job: a sentence, the count by rule, and a table of the worst. */
export function lintMarkdown(
  findings: readonly PlacedFinding[],
  { most = 100, ...counts }: LintMarkdownOptions,
): string {
  const heading = `### ${totalsText(findings, counts)}\n`;
  if (findings.length === 0) return heading;
  const worst = findings
    .toSorted((a, b) => rank(a.finding.severity) - rank(b.finding.severity))
    .slice(0, most);
  const rows = worst.map(({ finding, region }) => [
    MARKS[finding.severity],
    sanitiseLine(`${finding.file}:${region.startLine}`),
    finding.rule,
    sanitiseLine(finding.message),
    finding.fix === undefined ? '' : `${finding.fix.description}${finding.fix.safe ? ' (--fix)' : ''}`,
  ]);
  const left = findings.length - worst.length;
  const more = left === 0 ? '' : `\n…and ${left} more.\n`;
  return `${heading}\n${markdownTable(['', 'where', 'rule', 'what', 'fix'], rows)}\n${more}\n${pages(worst)}\n`;
}

/** Rules by how often they spoke, with links where their pages have an address. */
function pages(findings: readonly PlacedFinding[]): string {
  const byRule = Map.groupBy(findings, ({ finding }) => finding.rule);
  const told = [...byRule]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([rule, all]) => {
      const page = rulePage(rule);
      const [severity = 'info'] = countBySeverity(all).find(([, count]) => count > 0) ?? [];
      return `${MARKS[severity]} ${page.startsWith('https://') ? `[${rule}](${page})` : `\`${rule}\``} ${all.length}`;
    });
  return told.join(' · ');
}
