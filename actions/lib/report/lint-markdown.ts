import { countBySeverity, type PlacedFinding, rank } from '../lint/placed-finding.ts';
import { uriOf } from './lint-sarif.ts';
import { type LintCounts, totalsText } from './lint-text.ts';
import { sanitiseLine } from './sanitise-line.ts';
import { type CellLink, markdownTable } from './text-table.ts';

/** What is shown; what does not fit is counted. */
export interface LintMarkdownOptions extends LintCounts {
  readonly most?: number;
  /** What a change mended. */
  readonly fixed?: readonly PlacedFinding[];
  /** Where files of the commit can be read, ending in `/`, or nothing. */
  readonly blob?: string;
  /** The address of a rule's page. */
  page(rule: string): string;
}

const MARKS = { error: '🔴', warning: '🟠', info: '🔵', style: '⚪' } as const;

/** Findings for the page of a job: a sentence, the count by rule, and a table of the worst; then what was mended. */
export function lintMarkdown(findings: readonly PlacedFinding[], options: LintMarkdownOptions): string {
  const { most = 100, fixed = [], page } = options;
  const worst = worstOf(findings, most);
  const rows = worst.map((placed) => {
    const { severity, rule, message, fix } = placed.finding;
    return [
      MARKS[severity],
      placeOf(placed, options),
      ruleOf(rule, page),
      sanitiseLine(message),
      fix === undefined ? '' : `${fix.description}${fix.safe ? ' (--fix)' : ''}`,
    ];
  });
  const table = [markdownTable(['', 'where', 'rule', 'what', 'fix'], rows), more(findings, worst)];
  return [
    `### ${totalsText(findings, options)}`,
    ...(findings.length === 0 ? [] : [...table, byRule(findings, page)]),
    ...(fixed.length === 0 ? [] : [mended(fixed, most)]),
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n');
}

function worstOf(findings: readonly PlacedFinding[], most: number): readonly PlacedFinding[] {
  return findings.toSorted((a, b) => rank(a.finding.severity) - rank(b.finding.severity)).slice(0, most);
}

function placeOf({ finding, region }: PlacedFinding, { blob }: LintMarkdownOptions): string | CellLink {
  const text = sanitiseLine(`${finding.file}:${region.startLine}`);
  if (blob === undefined) return text;
  return { text, url: `${blob}${uriOf(finding.file)}#L${region.startLine}` };
}

function ruleOf(rule: string, page: (rule: string) => string): string | CellLink {
  const url = page(rule);
  return url.startsWith('https://') ? { text: rule, url } : rule;
}

function more(all: readonly PlacedFinding[], shown: readonly PlacedFinding[]): string {
  return all.length === shown.length ? '' : `…and ${all.length - shown.length} more.`;
}

/** Folded: it is good news, and no work. */
function mended(fixed: readonly PlacedFinding[], most: number): string {
  const shown = worstOf(fixed, most);
  const rows = shown.map(({ finding }) => [
    MARKS[finding.severity],
    sanitiseLine(finding.file),
    finding.rule,
    sanitiseLine(finding.message),
  ]);
  const table = markdownTable(['', 'where', 'rule', 'what'], rows);
  const rest = more(fixed, shown);
  return `<details><summary>${fixed.length} mended by this change</summary>\n\n${table}\n${rest === '' ? '' : `\n${rest}\n`}\n</details>`;
}

/** Rules by how often they spoke, with links where their pages have an address; nothing where none spoke twice. */
function byRule(findings: readonly PlacedFinding[], page: (rule: string) => string): string {
  const rules = Map.groupBy(findings, ({ finding }) => finding.rule);
  if (rules.size === findings.length) return '';
  const told = [...rules]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([rule, all]) => {
      const address = page(rule);
      const [severity = 'info'] = countBySeverity(all).find(([, count]) => count > 0) ?? [];
      return `${MARKS[severity]} ${address.startsWith('https://') ? `[${rule}](${address})` : `\`${rule}\``} ${all.length}`;
    });
  return told.join(' · ');
}
