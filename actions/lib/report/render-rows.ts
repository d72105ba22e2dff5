/** Draws the live part of the display: one row per image that runs or waits, then a row of totals. */
import stringWidth from 'string-width';
import { cutToWidth, fitWidth } from './fit-width.ts';
import { describeProgress, formatSeconds, type ImageOutcome, type ImageProgress } from './image-progress.ts';

/** An image with the time its state began, in milliseconds. */
export interface ImageRow {
  readonly name: string;
  readonly progress: ImageProgress;
  /** When the image left `waiting`; before that, when it was first shown. */
  readonly since: number;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const MARKS: Readonly<Record<ImageOutcome, string>> = {
  ...{ built: '✓', hit: '✓', finished: '✓', kept: '✓' },
  ...{ failed: '✗', blocked: '✗', skipped: '-' },
};
const OUTCOMES = Object.keys(MARKS) as readonly ImageOutcome[];
const TIME_COLUMNS = 7;

/**
 * Rows without colour, none wider than `width`, at most `height` of them: running images first (the oldest on top), then waiting ones,
 * last the totals. Finished images have no row: see {@link renderFinished}.
 */
export function renderRows(
  rows: readonly ImageRow[],
  width: number,
  height: number,
  now: number,
): readonly string[] {
  const running = rows.filter(({ progress }) => progress.state !== 'done' && progress.state !== 'waiting');
  const waiting = rows.filter(({ progress }) => progress.state === 'waiting');
  if (running.length + waiting.length === 0 || height < 1) return [];
  const live = [...running.toSorted((one, other) => one.since - other.since), ...waiting];
  const room = Math.max(0, height - 1);
  const shown = live.length > room ? live.slice(0, room) : live;
  const hidden = live.length - shown.length;
  const nameColumns = nameWidth(rows, width);
  return [
    ...shown.map((row) => renderLive(row, nameColumns, width, now)),
    cutToWidth(renderTotals(rows, running.length, waiting.length, hidden), width),
  ];
}

/** The permanent row of an image that has ended. */
export function renderFinished(
  row: { readonly name: string; readonly progress: Extract<ImageProgress, { state: 'done' }> },
  nameColumns: number,
  width: number,
): string {
  const mark = MARKS[row.progress.outcome];
  return cutToWidth(`${mark} ${fitWidth(row.name, nameColumns)}  ${describeProgress(row.progress)}`, width);
}

/** Columns for names: that of the longest, but never more than a third of the width. */
export function nameWidth(rows: readonly { readonly name: string }[], width: number): number {
  const longest = Math.max(0, ...rows.map(({ name }) => stringWidth(name)));
  return Math.min(longest, Math.max(4, Math.floor(width / 3)));
}

function renderLive(row: ImageRow, nameColumns: number, width: number, now: number): string {
  const waiting = row.progress.state === 'waiting';
  const mark = waiting ? '·' : (SPINNER[Math.floor(now / 100) % SPINNER.length] ?? '⠋');
  const head = `${mark} ${fitWidth(row.name, nameColumns)}  `;
  const phrase = describeProgress(row.progress);
  if (waiting || width < 40) return cutToWidth(head + phrase, width);
  const middle = fitWidth(head + phrase, width - TIME_COLUMNS - 1);
  return `${middle} ${formatSeconds(Math.floor((now - row.since) / 1000)).padStart(TIME_COLUMNS)}`;
}

function renderTotals(rows: readonly ImageRow[], running: number, waiting: number, hidden: number): string {
  const outcomes = rows.flatMap(({ progress }) => (progress.state === 'done' ? [progress.outcome] : []));
  const ended = OUTCOMES.map((outcome) => {
    const count = outcomes.filter((other) => other === outcome).length;
    return count === 0 ? '' : `${count} ${outcome}`;
  });
  const parts = [`${running} running`, `${waiting} waiting`, ...ended].filter((part) => part !== '');
  return `  ${parts.join(', ')}${hidden === 0 ? '' : ` (${hidden} not shown)`}`;
}
