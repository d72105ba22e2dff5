/** Shows what a run came to: one table, and the sentences around it. Pure. */
import prettyBytes from 'pretty-bytes';
import { textTable } from './text-table.ts';

/** One image at the end of a run. */
export interface RunImage {
  readonly name: string;
  readonly result: 'built' | 'hit' | 'unneeded' | 'blocked' | 'failed' | 'skipped';
  readonly reasons: readonly string[];
  /** Bytes of its layers in the registry, as they are pulled. */
  readonly sizeBytes: number | null;
  readonly digest: string | null;
}

/** The table at the end of a run, for a terminal of the given width. */
export function runTable(images: readonly RunImage[], width: number): string {
  const rows = images.map(({ name, result, reasons, sizeBytes, digest }) => [
    name,
    result,
    reasons.join('; '),
    sizeBytes === null ? '' : prettyBytes(sizeBytes),
    digest === null ? '' : digest.slice('sha256:'.length, 'sha256:'.length + 12),
  ]);
  return textTable(['image', 'result', 'why', 'size', 'digest'], rows, width);
}
