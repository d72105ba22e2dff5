import type { Problem } from '../errors/darkroom-error.ts';
import type { Finding, Severity, Span } from './finding.ts';
import type { LintedDockerfile } from './linted-dockerfile.ts';
import type { SourceText } from './source-text.ts';

/** What BuildKit would refuse in a Dockerfile. */
export function dockerfileFindings({ source, problems }: LintedDockerfile): readonly Finding[] {
  return problems.map((problem) => problemFinding(problem, source));
}

/** A problem as a finding: on the rest of its line, in a file that is known or not. */
export function problemFinding(
  { code, place, message, hint }: Problem,
  source: SourceText,
  severity: Severity = 'error',
): Finding {
  const more = hint === undefined ? '' : `${/[.!?]$/.test(message) ? '' : '.'} ${hint}`;
  return {
    ...{ file: source.file, rule: code, severity, message: message + more },
    ...spanOf(source, place?.line ?? 1, place?.column),
  };
}

function spanOf({ text, lineStarts }: SourceText, line: number, column: number | undefined): Span {
  const begin = lineStarts[line - 1];
  if (begin === undefined) return { start: text.length, end: text.length };
  const written = text.slice(begin, lineStarts[line] ?? text.length);
  const end = begin + written.trimEnd().length;
  const indent = /^[\ufeff\s]*/.exec(written)?.[0].length ?? 0;
  const start = begin + (column === undefined ? indent : column - 1);
  return { start: Math.min(start, end), end };
}
