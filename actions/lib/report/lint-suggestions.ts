/** Fixes as comments on a pull request that GitHub offers to commit. */
import type { Edit } from '../lint/finding.ts';
import { fingerprint } from '../lint/fingerprint.ts';
import { type MendedLines, mendedLines } from '../lint/mended-lines.ts';
import { type PlacedFinding, rank } from '../lint/placed-finding.ts';
import { sentence } from './lint-text.ts';
import { markdownText } from './text-table.ts';

/** A comment on whole lines of a file, which count from 1. */
export interface Suggestion {
  readonly file: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly body: string;
  /** What it mends. */
  readonly findings: readonly PlacedFinding[];
}

/** What suggestions are made by. */
export interface SuggestionOptions {
  /** Those that are in the pull request already. */
  readonly marks: ReadonlySet<string>;
  /** The address of a rule's page. */
  page(rule: string): string;
  /** Whether lines are shown next to each other in the pull request. */
  isShown(file: string, from: number, to: number): boolean;
}

interface Group {
  readonly placed: readonly PlacedFinding[];
  readonly edits: readonly Edit[];
  readonly mended: MendedLines;
}

/** More lines are a change that somebody makes, not one that somebody waves through. */
const MOST_LINES = 40;

/**
 * Suggestions for what is shown, the worst first; `known` are the findings that were suggested before. GitHub commits one
 * suggestion for a line: fixes of the same lines are one.
 */
export function lintSuggestions(
  findings: readonly PlacedFinding[],
  options: SuggestionOptions,
): { readonly known: readonly PlacedFinding[]; readonly suggestions: readonly Suggestion[] } {
  const marks = markAll(findings);
  const isKnown = (placed: PlacedFinding): boolean => options.marks.has(marks.get(placed) ?? '');
  const fresh = findings
    .filter((placed) => placed.finding.fix !== undefined && !isKnown(placed))
    .toSorted((a, b) => firstEdit(a) - firstEdit(b));
  const groups = [...Map.groupBy(fresh, ({ finding }) => finding.file).values()].flatMap((inFile) =>
    groupByLines(inFile, options),
  );
  return {
    known: findings.filter(isKnown),
    suggestions: groups
      .map((group) => suggestionOf(group, marks, options))
      .toSorted((a, b) => worst(a.findings) - worst(b.findings)),
  };
}

/** What a comment says it suggests; people do not see it. */
export function suggestionMarks(body: string): readonly string[] {
  const [, written = ''] = /<!-- darkroom-lint ([0-9a-f: ]+) -->/.exec(body) ?? [];
  return written.split(' ').filter((mark) => mark !== '');
}

/** What a finding is known by across pushes; two of one text in one file are told apart by their order. */
function markAll(findings: readonly PlacedFinding[]): ReadonlyMap<PlacedFinding, string> {
  const seen = new Map<string, number>();
  return new Map(
    findings.map((placed) => {
      const print = fingerprint(placed);
      const count = (seen.get(print) ?? 0) + 1;
      seen.set(print, count);
      return [placed, `${print}:${count}`];
    }),
  );
}

function groupByLines(inFile: readonly PlacedFinding[], { isShown }: SuggestionOptions): readonly Group[] {
  const groups: Group[] = [];
  for (const placed of inFile) {
    const { source, finding } = placed;
    const own = finding.fix?.edits ?? [];
    const last = groups.at(-1);
    const alone = mendedLines(source, own);
    if (alone === null) continue;
    const isJoined = last !== undefined && alone.startLine <= last.mended.endLine;
    const edits = isJoined ? distinct([...last.edits, ...own]) : own;
    const mended = isJoined ? mendedLines(source, edits) : alone;
    if (mended === null || !isOffered(mended, placed, isShown)) continue;
    if (isJoined) groups.pop();
    groups.push({ placed: [...(isJoined ? last.placed : []), placed], edits, mended });
  }
  return groups;
}

function isOffered(
  { startLine, endLine, lines }: MendedLines,
  { source, finding }: PlacedFinding,
  isShown: SuggestionOptions['isShown'],
): boolean {
  // What GitHub makes of other line ends is not written down.
  const isPlain = !/\r/.test(source.text) && lines.every((line) => line.isWellFormed());
  return isPlain && endLine - startLine < MOST_LINES && isShown(finding.file, startLine, endLine);
}

function distinct(edits: readonly Edit[]): readonly Edit[] {
  return [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
}

function suggestionOf(
  { placed, mended }: Group,
  marks: ReadonlyMap<PlacedFinding, string>,
  { page }: SuggestionOptions,
): Suggestion {
  const { startLine, endLine, lines } = mended;
  const reasons = placed.map(({ finding }) => {
    const why = page(finding.rule);
    const rule = why.startsWith('https://') ? `[${finding.rule}](${why})` : `\`${finding.rule}\``;
    return `**${finding.severity}** ${rule}: ${withoutMentions(markdownText(sentence(finding.message)))}\n`;
  });
  const isSafe = placed.every(({ finding }) => finding.fix?.safe);
  const fence = fenceFor(lines);
  const block = [`${fence}suggestion`, ...lines, fence].join('\n');
  return {
    ...{ file: placed[0]?.finding.file ?? '', startLine, endLine, findings: placed },
    body: [
      ...reasons,
      ...(isSafe ? [] : ['Look at it before you commit it: it changes more than the fault alone.\n']),
      `${block}\n`,
      `<!-- darkroom-lint ${placed.map((one) => marks.get(one)).join(' ')} -->\n`,
    ].join('\n'),
  };
}

/** A fence that the lines cannot end. */
function fenceFor(lines: readonly string[]): string {
  const longest = Math.max(0, ...[...lines.join('\n').matchAll(/`+/g)].map(([ticks]) => ticks.length));
  return '`'.repeat(Math.max(3, longest + 1));
}

/** A name in a Dockerfile is nobody to be notified. */
function withoutMentions(text: string): string {
  return text.replace(/(?<!\w)@(?=\w)/g, '@\u200b');
}

function firstEdit({ finding }: PlacedFinding): number {
  return Math.min(...(finding.fix?.edits ?? []).map(({ start }) => start));
}

function worst(findings: readonly PlacedFinding[]): number {
  return Math.min(...findings.map(({ finding }) => rank(finding.severity)));
}
