/** Shows what a prune came to. Pure. */
import type { Left } from '../prune/delete-unreached.ts';
import type { Unreached } from '../prune/find-unreached.ts';
import type { PruneResult } from '../prune/prune-registry.ts';
import { markdownTable, textTable } from './text-table.ts';

/** Where was pruned, and whether it was for good. */
export interface PrunedPlace {
  readonly target: string;
  readonly deletes: boolean;
}

/** A page of a workflow takes no more. */
const MOST_ROWS = 500;
const COLUMNS = ['image', 'tag', 'manifest', 'frees', 'why'];

/** Says it in one sentence. */
export function pruneSentence(
  { target, deletes }: PrunedPlace,
  { gone, reached, waits }: PruneResult,
): string {
  const total = describeSize(gone.reduce((sum, { bytes }) => sum + bytes, 0));
  const all = gone.length + reached + waits.length;
  if (gone.length === 0) {
    const verb = deletes ? 'Nothing was deleted' : 'Nothing would be deleted';
    return `${verb} at ${target}: ${reached} of ${all} manifests are kept by what names them, ${waits.length} for some time.`;
  }
  const what = `${gone.length} of ${all} manifests`;
  return deletes
    ? `${what} were deleted at ${target}, and ${total} become free.`
    : `${what} would be deleted at ${target}, and ${total} would become free. This was a dry run.`;
}

/** Everything, for a terminal. */
export function pruneText(place: PrunedPlace, result: PruneResult, width: number): string {
  const table = result.gone.length === 0 ? '' : `${textTable(COLUMNS, result.gone.map(row), width)}\n\n`;
  const lines = [...waitingLines(result), ...result.left.map(leftLine), ...freeing(place, result)];
  return `${table}${pruneSentence(place, result)}\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** Everything, for the page of a job. */
export function pruneMarkdown(place: PrunedPlace, result: PruneResult): string {
  const rows = result.gone.slice(0, MOST_ROWS).map(row);
  const more = result.gone.length > MOST_ROWS ? `\n… and ${result.gone.length - MOST_ROWS} more.\n` : '';
  const table = rows.length === 0 ? '' : `\n${markdownTable(COLUMNS, rows)}\n${more}`;
  const left = result.left.map((one) => [
    one.image,
    one.digest === null ? '' : shorten(one.digest),
    one.reason,
  ]);
  const stays =
    left.length === 0 ? '' : `\nLeft as it is:\n\n${markdownTable(['image', 'manifest', 'why'], left)}\n`;
  const lines = [...waitingLines(result), ...freeing(place, result)].map((line) => `\n${line}\n`).join('');
  return `### ${pruneSentence(place, result)}\n${table}${stays}${lines}`;
}

/** Everything, for machines. */
export function pruneJson(
  { target, deletes }: PrunedPlace,
  { gone, waits, left, reached }: PruneResult,
): object {
  const one = ({ image, manifest: { digest, tags }, bytes, reason }: Unreached) => ({
    image,
    digest,
    tags,
    bytes,
    reason,
  });
  return {
    ...{ version: 1, target, deleted: deletes, reached },
    manifests: gone.map(one),
    waiting: waits.map((waiting) => ({ ...one(waiting), until: new Date(waiting.until).toISOString() })),
    left,
  };
}

/** Bytes as people say them. */
export function describeSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

function row({ image, manifest: { digest, tags }, bytes, reason }: Unreached): readonly string[] {
  return [image, tags.join(', '), shorten(digest), describeSize(bytes), reason];
}

function waitingLines({ waits }: PruneResult): readonly string[] {
  if (waits.length === 0) return [];
  const first = new Date(Math.min(...waits.map(({ until }) => until))).toISOString().slice(0, 10);
  const size = describeSize(waits.reduce((sum, { bytes }) => sum + bytes, 0));
  return [
    `${waits.length} more (${size}) are named by nothing that is published, but may be part of a run that goes on: they are kept for now, the first of them until ${first}.`,
  ];
}

function leftLine({ image, digest, reason }: Left): string {
  return `${digest === null ? `"${image}"` : `"${image}@${shorten(digest)}"`} was left as it is: ${reason}`;
}

/** A registry forgets manifests, and frees their content when it is told to. */
function freeing({ target, deletes }: PrunedPlace, { gone }: PruneResult): readonly string[] {
  if (!deletes || gone.length === 0 || target.startsWith('ghcr.io/')) return [];
  return [
    'A registry that stores by itself frees the space with "registry garbage-collect CONFIG", while nothing is pushed. Do not give it --delete-untagged: what a rollback puts back has no tag.',
  ];
}

function shorten(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
