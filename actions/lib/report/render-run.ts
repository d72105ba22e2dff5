/** Shows what a run came to: one table, and the sentences around it. Pure. */
import prettyBytes from 'pretty-bytes';
import { markdownTable, textTable } from './text-table.ts';

/** One image at the end of a run. */
export interface RunImage {
  readonly name: string;
  readonly result: 'built' | 'hit' | 'unneeded' | 'blocked' | 'failed' | 'skipped';
  readonly reasons: readonly string[];
  /** Bytes of its layers in the registry, as they are pulled. */
  readonly sizeBytes: number | null;
  readonly digest: string | null;
}

const COLUMNS = ['image', 'result', 'why', 'size', 'digest'] as const;

/** The table at the end of a run, for a terminal of the given width. */
export function runTable(images: readonly RunImage[], width: number): string {
  return textTable(COLUMNS, images.map(runRow), width);
}

/** The same as Markdown, under a sentence. */
export function runMarkdown(images: readonly RunImage[]): string {
  return `### ${runSentence(images)}\n\n${markdownTable(COLUMNS, images.map(runRow))}\n`;
}

/** Says in one sentence what a run came to: `2 built, 1 failed, 9 there already.` */
export function runSentence(images: readonly RunImage[]): string {
  const counts = Map.groupBy(images, ({ result }) => result);
  const words = {
    built: 'built',
    failed: 'failed',
    skipped: 'skipped',
    blocked: 'blocked',
    hit: 'there already',
  };
  const parts = Object.entries(words).flatMap(([result, word]) => {
    const count = counts.get(result as RunImage['result'])?.length ?? 0;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return parts.length === 0 ? 'Nothing to do.' : `${parts.join(', ')}.`;
}

function runRow({ name, result, reasons, sizeBytes, digest }: RunImage): readonly string[] {
  return [
    name,
    result,
    reasons.join('; '),
    sizeBytes === null ? '' : prettyBytes(sizeBytes),
    digest === null ? '' : digest.slice('sha256:'.length, 'sha256:'.length + 12),
  ];
}
