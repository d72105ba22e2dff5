import { compilePathPattern } from '../../key/path-pattern.ts';
import type { Fix, Span } from '../finding.ts';
import type { LintedContext } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';

/** A line of an ignore file that does not do what it was written for. */
export const ignorePatternWithoutEffect: Rule = {
  id: 'ignore-pattern-without-effect',
  severity: 'warning',
  title: 'A line of an ignore file does not do what it was written for',
  covers: [],
  *check(file, project) {
    const context = project.contextOf(file);
    const text = context?.ignoreFile == null ? null : project.read(context.ignoreFile);
    if (context?.ignoreFile == null || text === null) return;
    const lines = linesOf(text);
    for (const line of lines) {
      const said = saidOf(line, lines, context);
      if (said !== null) yield { file: context.ignoreFile, start: line.start, end: line.end, ...said };
    }
  },
};

interface Line extends Span {
  readonly pattern: string;
  readonly number: number;
}

function linesOf(text: string): readonly Line[] {
  let start = 0;
  return text.split('\n').flatMap((line, index) => {
    const pattern = line.trim();
    const at = start + line.indexOf(pattern);
    start += line.length + 1;
    if (pattern === '' || pattern.startsWith('#')) return [];
    return { start: at, end: at + pattern.length, pattern, number: index + 1 };
  });
}

type Said = Pick<Draft, 'severity' | 'message' | 'fix'>;

function saidOf(line: Line, lines: readonly Line[], context: LintedContext): Said | null {
  const { pattern } = line;
  const comment = /\s+#.*$/.exec(pattern);
  if (comment !== null) return withComment(line, comment[0]);
  if (pattern.startsWith('!')) return exception(line, lines);
  return atRootOnly(line, lines, context);
}

function withComment({ pattern, end }: Line, comment: string): Said {
  const edits = [{ start: end - comment.length, end, text: '' }];
  const fix: Fix = { description: 'take the comment out of the pattern', safe: false, edits };
  return {
    message: `"${pattern}" is a pattern as a whole: a comment needs a line of its own, so this leaves nothing out`,
    fix,
  };
}

function exception({ pattern, start }: Line, lines: readonly Line[]): Said | null {
  const before = lines.filter((line) => line.start < start && !line.pattern.startsWith('!'));
  if (before.length === 0) {
    return {
      message: `"${pattern}" keeps nothing: no line before it leaves anything out, and the order counts`,
    };
  }
  const all = lines.find((line) => line.start > start && /^(?:\*|\*\*|\.|\*\*\/\*)$/.test(line.pattern));
  if (all === undefined) return null;
  return {
    message: `"${pattern}" keeps nothing: "${all.pattern}" in line ${all.number} leaves it out again, as the last line that matches counts`,
  };
}

/** Meant wherever it lies, as it would be in a `.gitignore`. */
const ANYWHERE =
  /^(?:__pycache__|node_modules|\.venv|venv|\.git|\.env(?:\.\S+)?|\.DS_Store|Thumbs\.db|\.(?:ipynb_checkpoints|pytest_cache|mypy_cache|ruff_cache|tox)|\*\.(?:py\[?\w+\]?|egg-info|log|pem|key|pkl|pth?|ckpt|safetensors|onnx|gguf|npz|h5))\/?$/;

function atRootOnly(
  { pattern, start, end }: Line,
  lines: readonly Line[],
  { files }: LintedContext,
): Said | null {
  if (!ANYWHERE.test(pattern)) return null;
  const anywhere = compilePathPattern(`**/${pattern}`);
  if (anywhere == null) return null;
  const sent = [...files.keys()].find((path) => parts(path).some((part) => anywhere.matches(part)));
  // Kept on purpose by a line that follows.
  if (sent === undefined || lines.some((line) => line.start > start && line.pattern.startsWith('!')))
    return null;
  const message = `"${pattern}" holds at the root of the context alone, other than in a ".gitignore": "${sent}" is sent; write "**/${pattern}"`;
  const edits = [{ start, end, text: `**/${pattern}` }];
  return { message, fix: { description: 'leave it out in all folders', safe: false, edits } };
}

function parts(path: string): readonly string[] {
  const names = path.split('/');
  return names.map((_, at) => names.slice(0, at + 1).join('/'));
}
