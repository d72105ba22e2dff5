/** Findings for a terminal: each with its line, and a mark below what it is about. */
import stringWidth from 'string-width';
import type { Severity } from '../lint/finding.ts';
import { countBySeverity, type PlacedFinding } from '../lint/placed-finding.ts';
import { lineText } from '../lint/source-text.ts';
import { cutToWidth } from './fit-width.ts';
import { sanitiseLine } from './sanitise-line.ts';

/** How findings are shown. */
export interface LintTextOptions {
  /** The path of a file as the person knows it. */
  shown(file: string): string;
  /** Columns of the terminal. */
  readonly width: number;
  readonly hasColour: boolean;
}

/** What the last line counts besides findings. */
export interface LintCounts {
  /** Dockerfiles that were looked at. */
  readonly files: number;
  /** By comments. */
  readonly silenced: number;
  /** By the baseline. */
  readonly known: number;
  /** Where a change is looked at: what was there before it, and what it mended. */
  readonly change?: { readonly before: number; readonly fixed: number };
}

const TAB = '    ';
const COLOURS: Readonly<Record<Severity | 'dim' | 'bold', string>> = {
  ...{ error: '31', warning: '33', info: '36', style: '35' },
  ...{ dim: '2', bold: '1' },
};

/** A finding in several lines. */
export function findingText({ finding, source, region }: PlacedFinding, options: LintTextOptions): string {
  const paint = painter(options);
  const { severity, rule, message, fix } = finding;
  const place = `${options.shown(finding.file)}:${region.startLine}:${region.startColumn}`;
  const head = `${paint('bold', sanitiseLine(place))}: ${paint(severity, severity)} ${rule}: ${sanitiseLine(message, 2000)}`;
  const { startLine, startColumn, endLine, endColumn } = region;
  const line = lineText(source, startLine);
  const margin = ' '.repeat(String(startLine).length);
  const hint =
    fix === undefined ? [] : [`fix: ${sanitiseLine(fix.description)}${fix.safe ? ' (--fix does it)' : ''}`];
  const note = endLine > startLine ? [`up to line ${endLine}`] : [];
  const more = [...note, ...hint].map((text) => `  ${margin} ${paint('dim', `= ${text}`)}`);
  if (line.trim() === '') return [head, ...more].join('\n');
  const to = endLine > startLine ? line.trimEnd().length : endColumn - 1;
  const { text, before, marked } = excerpt(line, startColumn - 1, to, options.width - margin.length - 6);
  return [
    head,
    `  ${paint('dim', `${startLine} |`)} ${text}`,
    `  ${margin} ${paint('dim', '|')} ${' '.repeat(before)}${paint(severity, '^'.repeat(marked))}`,
    ...more,
  ].join('\n');
}

/** A message in one line, with a full stop. */
export function sentence(message: string): string {
  const line = sanitiseLine(message, 2000);
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}

/** The last line: how many of what. */
export function totalsText(findings: readonly PlacedFinding[], counts: LintCounts): string {
  const isChange = counts.change !== undefined;
  const { before, fixed } = counts.change ?? { before: 0, fixed: 0 };
  const found = countBySeverity(findings).filter(([, count]) => count > 0);
  const told = found.map(([severity, count]) => plural(count, ...NAMES[severity]));
  const mendable = findings.filter(({ finding }) => finding.fix?.safe).length;
  const rest = [
    ...(before > 0 ? [`${before} there before, not shown`] : []),
    ...(fixed > 0 ? [`${fixed} mended by this change`] : []),
    ...(mendable > 0 ? [`${mendable} can be mended with --fix`] : []),
    ...(counts.known > 0 ? [`${counts.known} in the baseline`] : []),
    ...(counts.silenced > 0 ? [`${counts.silenced} silenced by comments`] : []),
  ];
  const nothing = `Nothing ${isChange || counts.known > 0 ? 'new' : 'found'}`;
  const some = `${isChange ? 'New: ' : ''}${told.join(', ')}`;
  const first = `${told.length === 0 ? nothing : some} in ${plural(counts.files, 'Dockerfile', 'Dockerfiles')}`;
  return [first, ...rest].join('; ');
}

const NAMES: Readonly<Record<Severity, readonly [string, string]>> = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  info: ['info', 'infos'],
  style: ['matter of style', 'matters of style'],
};

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function painter({ hasColour }: LintTextOptions): (colour: keyof typeof COLOURS, text: string) => string {
  return (colour, text) => (hasColour ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text);
}

/** A line cut to a width around what is marked; a tab is four blanks, what cannot be printed is one sign. */
function excerpt(
  line: string,
  from: number,
  to: number,
  width: number,
): { readonly text: string; readonly before: number; readonly marked: number } {
  const room = Math.max(20, width);
  // Whatever is further away than the width is never shown.
  const begin = Math.max(0, from - room);
  const head = printable(line.slice(begin, from));
  const marked = printable(line.slice(from, Math.min(to, from + room)));
  const tail = printable(line.slice(to, to + room));
  const isWhole = begin === 0 && stringWidth(head + marked + tail) <= room;
  const kept = isWhole ? head : endOfText(head, Math.max(8, room - stringWidth(marked) - 12), begin > 0);
  return {
    text: cutToWidth(kept + marked + (marked === '' && tail === '' ? '' : tail), room),
    before: stringWidth(kept),
    marked: Math.max(1, Math.min(stringWidth(marked), room - stringWidth(kept))),
  };
}

/** The last columns of a text, with `…` before them where something is left out. */
function endOfText(text: string, width: number, isCut: boolean): string {
  if (!isCut && stringWidth(text) <= width) return text;
  let kept = '';
  for (const { segment } of [...new Intl.Segmenter().segment(text)].reverse()) {
    if (stringWidth(segment + kept) > width - 1) break;
    kept = segment + kept;
  }
  return `…${kept}`;
}

function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\t', TAB)
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
      '\ufffd',
    );
}
