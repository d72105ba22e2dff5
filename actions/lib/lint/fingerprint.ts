import { createHash } from 'node:crypto';
import type { PlacedFinding } from './placed-finding.ts';
import { lineText } from './source-text.ts';

/**
 * What a finding is known by, wherever its lines move: its rule, its file, and the text of its place with blanks as one.
 * What has no text of its own is known by its line.
 */
export function fingerprint({ finding, source, region }: PlacedFinding): string {
  const marked = source.text.slice(finding.start, finding.end);
  const text = marked.trim() === '' ? lineText(source, region.startLine) : marked;
  const parts = [finding.rule, finding.file, text.trim().replace(/\s+/g, ' ')];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}
