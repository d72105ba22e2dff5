import { mendedLines } from '../lint/mended-lines.ts';
import { type PlacedFinding, rank } from '../lint/placed-finding.ts';
import { sentence } from './lint-text.ts';
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

/** An annotation is no page. */
const MOST_LINES = 12;

const LEVELS = { error: 'error', warning: 'warning', info: 'notice', style: 'notice' } as const;

/** How annotations are made. */
export interface AnnotationOptions {
  /** Findings whose fix stands elsewhere. */
  readonly suggested: ReadonlySet<PlacedFinding>;
  /** Annotations of each level that the step has made already. */
  readonly spent: Readonly<Partial<Record<Annotation['level'], number>>>;
  /** The address of a rule's page. */
  page(rule: string): string;
}

/** The worst findings as annotations, and how many could not be shown. */
export function lintAnnotations(
  findings: readonly PlacedFinding[],
  options: AnnotationOptions,
): { readonly annotations: readonly Annotation[]; readonly left: number } {
  const sorted = findings.toSorted((a, b) => rank(a.finding.severity) - rank(b.finding.severity));
  const byLevel = Map.groupBy(sorted, ({ finding }) => LEVELS[finding.severity]);
  const shown = [...byLevel].flatMap(([level, all]) =>
    all.slice(0, Math.max(0, MOST_OF_A_LEVEL - (options.spent[level] ?? 0))),
  );
  const annotations = shown.map((placed) => annotationOf(placed, options));
  return { annotations, left: findings.length - shown.length };
}

function annotationOf(placed: PlacedFinding, { suggested, page }: AnnotationOptions): Annotation {
  const { finding, region } = placed;
  const { startLine, startColumn, endLine, endColumn } = region;
  const address = page(finding.rule);
  return {
    ...{ level: LEVELS[finding.severity], title: finding.rule, file: finding.file },
    message: [
      sentence(finding.message),
      ...(suggested.has(placed) ? [] : fixText(placed)),
      ...(address.startsWith('https://') ? [address] : []),
    ].join('\n'),
    ...{ startLine, endLine },
    ...(startLine === endLine ? { startColumn, endColumn: Math.max(startColumn, endColumn - 1) } : {}),
  };
}

/** What to do, and what comes of it where that is short. */
function fixText({ finding, source }: PlacedFinding): readonly string[] {
  if (finding.fix === undefined) return [];
  const { description, edits } = finding.fix;
  const lines = mendedLines(source, edits)?.lines ?? [];
  const isShort = lines.length > 0 && lines.length <= MOST_LINES;
  return [
    `Fix: ${sanitiseLine(description)}${isShort ? ':' : '.'}`,
    ...(isShort ? lines.map((line) => `  ${sanitiseLine(line, 1000)}`) : []),
  ];
}
