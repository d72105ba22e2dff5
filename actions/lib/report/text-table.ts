/** Draws the small tables of a plan or a run, for a terminal and for Markdown. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import { cutToWidth } from './fit-width.ts';

const GAP = '  ';

/** A table without borders; when it is wider than `width` columns, the widest column is cut until it fits. */
export function textTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const lines = [columns, ...rows];
  const widths = shrink(
    columns.map((_, index) => Math.max(...lines.map((line) => stringWidth(line[index] ?? '')))),
    width - GAP.length * (columns.length - 1),
  );
  const table = new Table({
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: GAP },
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(
    ...lines.map((line) => widths.map((columns_, index) => cutToWidth(line[index] ?? '', columns_))),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A link in a cell. */
export interface CellLink {
  readonly text: string;
  readonly url: string;
}

/** A GitHub table; whatever a cell holds is shown as text, never obeyed as Markdown or HTML. */
export function markdownTable(
  columns: readonly string[],
  rows: readonly (readonly (string | CellLink)[])[],
): string {
  const line = (cells: readonly (string | CellLink)[]) => `| ${cells.map(cellText).join(' | ')} |`;
  const body = rows.map((row) => line(columns.map((_, index) => row[index] ?? '')));
  return [line(columns), `|${' --- |'.repeat(columns.length)}`, ...body].join('\n');
}

function shrink(widths: readonly number[], room: number): readonly number[] {
  const result = [...widths];
  const total = () => result.reduce((sum, columns) => sum + columns, 0);
  while (total() > room && Math.max(...result) > 1) {
    const widest = result.indexOf(Math.max(...result));
    result[widest] = (result[widest] ?? 1) - 1;
  }
  return result;
}

function cellText(cell: string | CellLink): string {
  if (typeof cell === 'string') return markdownText(cell);
  // A bracket would end the address, a bar the cell.
  const url = cell.url.replace(/[()|\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `[${markdownText(cell.text)}](${url})`;
}

/** A text in one line that Markdown shows as it is. */
export function markdownText(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~]/g, (character) => `\\${character}`);
}
