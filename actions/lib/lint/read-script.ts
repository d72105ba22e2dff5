import type { Parser } from 'web-tree-sitter';
import type { LintedProject } from './linted-project.ts';
import { parseShell } from './parse-shell.ts';
import type { ShellScript } from './shell-script.ts';

/** Reads scripts of a project, each once. */
export function scriptReader(parser: Parser, read: LintedProject['read']): LintedProject['readScript'] {
  const known = new Map<string, ShellScript | null>();
  return (file) => {
    const before = known.get(file);
    if (before !== undefined) return before;
    const text = read(file);
    const offsets = Array.from({ length: (text?.length ?? 0) + 1 }, (_, at) => at);
    const script = text === null || !isShell(file, text) ? null : parseShell(parser, { text, offsets });
    known.set(file, script);
    return script;
  };
}

function isShell(file: string, text: string): boolean {
  const [first = ''] = text.split('\n', 1);
  return first.startsWith('#!') ? /\b(?:ba|da|a)?sh\b/.test(first) : /\.(?:ba)?sh$/.test(file);
}
