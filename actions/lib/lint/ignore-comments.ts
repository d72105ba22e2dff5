/** `# darkroom ignore=RULE reason` and `# darkroom global ignore=RULE reason` in Dockerfiles and in other files with comments. */
import { nearestName } from '../errors/nearest-name.ts';
import type { Finding, Span } from './finding.ts';
import type { LintedDockerfile, LintedInstruction } from './linted-dockerfile.ts';
import { knownRules } from './rule-page.ts';
import { positionAt, type SourceText } from './source-text.ts';

/** What the comments of a file ask for. */
export interface IgnoreComments {
  silences(finding: Finding): boolean;
  /** Comments that name no rule, or give no reason. */
  readonly findings: readonly Finding[];
}

/** One comment; `span` is where it counts, `null` in the whole file. */
interface Ignore {
  readonly rules: ReadonlySet<string>;
  readonly span: Span | null;
}

const COMMENT =
  /^[\ufeff \t]*(?:#|\/\/)[ \t]*darkroom[ \t]*(?::|[ \t])[ \t]*(global[ \t]+)?(\w+)[ \t]*=[ \t]*/i;

/**
 * Reads the comments. One before an instruction counts for the whole of it; one between its lines, or in a script that
 * is a here-document, for the next line.
 */
export function readIgnoreComments(file: LintedDockerfile): IgnoreComments {
  const { source } = file;
  const instructions = [
    ...file.globals,
    ...file.stages.flatMap(({ from, instructions: all }) => [from, ...all]),
  ].sort((a, b) => a.start - b.start);
  return readComments(source, (start) => {
    const within = instructions.findLast((one) => one.start <= start);
    const isText = within !== undefined && start < within.end && ['COPY', 'ADD'].includes(within.keyword);
    return isText ? null : spanAfter(start, source, within, instructions);
  });
}

/**
 * Reads the comments of another file than a Dockerfile: YAML, Terraform, an ignore file, a script. One counts for the next
 * line and for those that are indented more and follow it, such as a whole service of Compose.
 */
export function readBlockComments(source: SourceText): IgnoreComments {
  // JSON has none.
  return readComments(source, (start) => (source.file.endsWith('.json') ? null : blockAfter(start, source)));
}

/** @param spanOf where a comment counts that stands at an offset; `null` where it is none */
function readComments(source: SourceText, spanOf: (start: number) => Span | null): IgnoreComments {
  const findings: Finding[] = [];
  const ignores: Ignore[] = [];
  for (const start of source.lineStarts) {
    // Most lines are no comments, and lines may be long.
    if (!/^[\ufeff \t]*(?:#|\/\/)/.test(source.text.slice(start, start + 200))) continue;
    const line = lineAt(source, start);
    const match = COMMENT.exec(line);
    const span = match === null ? null : spanOf(start);
    if (match === null || span === null) continue;
    const [head, isGlobal, verb = ''] = match;
    const place = { file: source.file, start: start + line.search(/#|\/\//), end: start + line.length };
    if (verb.toLowerCase() !== 'ignore') {
      findings.push({
        ...place,
        rule: 'ignore/unknown-word',
        severity: 'warning',
        message: `"${verb}" is not known; expected "# darkroom ignore=RULE reason"`,
      });
      continue;
    }
    const rules = readRules(line.slice(head.length), place, findings);
    ignores.push({ rules, span: isGlobal === undefined ? span : null });
  }
  return {
    findings,
    silences: ({ rule, start, end }) =>
      ignores.some(
        ({ rules, span }) =>
          rules.has(rule) && (span === null || (start < span.end && Math.max(end, start + 1) > span.start)),
      ),
  };
}

/** The rules that a comment names; what is wrong with it is added to `findings`. */
function readRules(
  text: string,
  place: Pick<Finding, 'file' | 'start' | 'end'>,
  findings: Finding[],
): ReadonlySet<string> {
  const list = /^[\w./*-]*(?:[ \t]*,[ \t]*[\w./*-]+)*/.exec(text)?.[0] ?? '';
  const rules = list.split(',').map((rule) => rule.trim());
  for (const rule of rules.filter((one) => !isKnown(one))) {
    const nearest = nearestName(rule, knownRules());
    const more = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    findings.push({
      ...place,
      rule: 'ignore/unknown-rule',
      severity: 'warning',
      message: `there is no rule "${rule}"${more}`,
    });
  }
  if (rules.some(isKnown) && !/[\p{L}\p{N}]/u.test(text.slice(list.length))) {
    const message = `the comment silences "${rules.join(', ')}" and does not say why; write the reason behind it`;
    findings.push({ ...place, rule: 'ignore/no-reason', severity: 'info', message });
  }
  return new Set(rules);
}

/** hadolint's are heeded too; which of them there are is its own affair. */
function isKnown(rule: string): boolean {
  return knownRules().includes(rule) || /^(?:DL|SC)\d{4}$|^(?:dockerfile|file|lint)\/[\w-]+$/.test(rule);
}

function spanAfter(
  start: number,
  source: SourceText,
  within: LintedInstruction | undefined,
  instructions: readonly LintedInstruction[],
): Span {
  if (within !== undefined && start < within.end) return nextLine(start, source);
  const next = instructions.find((one) => one.start > start);
  return next === undefined
    ? { start, end: start }
    : { start: next.start, end: Math.max(next.end, next.start + 1) };
}

function nextLine(start: number, source: SourceText): Span {
  for (let line = positionAt(source, start).line; line < source.lineStarts.length; line += 1) {
    const begin = source.lineStarts[line] ?? 0;
    const text = lineAt(source, begin);
    if (!/^\s*(?:#|\/\/|$)/.test(text)) return { start: begin, end: begin + text.length };
  }
  return { start, end: start };
}

/** The next line with something in it, and what is indented more behind it. */
function blockAfter(start: number, source: SourceText): Span {
  const first = nextLine(start, source);
  const indentOf = (text: string) => /^[ \t]*/.exec(text)?.[0].length ?? 0;
  const depth = indentOf(source.text.slice(first.start, first.end));
  let { end } = first;
  for (let line = positionAt(source, first.start).line; line < source.lineStarts.length; line += 1) {
    const begin = source.lineStarts[line] ?? 0;
    const text = lineAt(source, begin);
    if (/^\s*$/.test(text)) continue;
    if (indentOf(text) <= depth) break;
    end = begin + text.length;
  }
  return { start: first.start, end };
}

function lineAt({ text }: SourceText, start: number): string {
  const end = text.indexOf('\n', start);
  return text.slice(start, end === -1 ? text.length : end).replace(/\r$/, '');
}
