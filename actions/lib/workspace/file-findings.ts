/** What is said of files that are not looked at. */

import { isComposeFile } from '../lint/compose-builds.ts';
import type { Finding } from '../lint/finding.ts';
import {
  isOrchestrationFile,
  orchestrationSyntax,
  refusedOrchestration,
} from '../lint/orchestration/read-orchestration.ts';
import { problemFinding } from '../lint/problem-findings.ts';
import { sourceText } from '../lint/source-text.ts';
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

/** Files that build or run images: Compose files that cannot be read, and whatever is wrong with those that a person named. */
export function orchestrationFindings(
  { files, named }: { readonly files: readonly string[]; readonly named: readonly string[] },
  read: (file: string) => TextFile,
): readonly Finding[] {
  const asked = named.filter(isOrchestrationFile);
  const refused = asked.flatMap((file) => {
    const found = read(file);
    return fileFinding(
      file,
      found,
      (found.text !== null && refusedOrchestration(file, found.text)) || undefined,
    );
  });
  const broken = [...new Set([...files.filter(isComposeFile), ...asked])].flatMap((file) => {
    const { text } = read(file);
    const problem = text === null ? null : orchestrationSyntax(file, text);
    return text === null || problem === null ? [] : [problemFinding(problem, sourceText(file, text))];
  });
  return [...refused, ...broken];
}
