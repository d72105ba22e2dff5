/** What is said of files that are not looked at. */
import type { Finding } from '../lint/finding.ts';
import { isOrchestrationFile, refusedOrchestration } from '../lint/orchestration/read-orchestration.ts';
import type { TextFile } from './text-file.ts';

/** @param refused why a file that can be read is not looked at nevertheless */
export function fileFinding(file: string, read: TextFile, refused: string | undefined): readonly Finding[] {
  const whole = { file, start: 0, end: 0 };
  const code = read.text === null ? read.code : 'too-much';
  const reason = read.text === null ? read.message : refused;
  if (reason !== undefined) {
    return [{ ...whole, rule: `file/${code}`, severity: 'error', message: `not looked at: ${reason}` }];
  }
  if (read.text === null || read.isUtf8) return [];
  const start = Math.max(0, read.text.indexOf('\ufffd'));
  const message = 'these bytes are not UTF-8; nothing in this file is mended';
  return [{ file, start, end: start + 1, rule: 'file/encoding', severity: 'warning', message }];
}

/** Files that build or run images, where a person named them; of others nothing is said. */
export function orchestrationFindings(
  named: readonly string[],
  read: (file: string) => TextFile,
): readonly Finding[] {
  return named.filter(isOrchestrationFile).flatMap((file) => {
    const found = read(file);
    const refused = found.text === null ? null : refusedOrchestration(file, found.text);
    return fileFinding(file, found, refused ?? undefined);
  });
}
