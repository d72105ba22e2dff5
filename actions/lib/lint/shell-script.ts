/** A shell script as rules see it: its simple commands in the order in which they stand. */
import type { Span } from './finding.ts';

/** A piece of a word. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `$NAME`, `${NAME}` or `${NAME:-…}`; `raw` as written. */
  | { readonly kind: 'variable'; readonly name: string; readonly isPlain: boolean; readonly raw: string }
  /** Command substitution, arithmetic and the like. */
  | { readonly kind: 'other'; readonly raw: string };

/** A word; places are offsets in the file that the script stands in. */
export interface ShellWord extends Span {
  /** As written. */
  readonly raw: string;
  /** Quotes and escapes removed. */
  readonly parts: readonly WordPart[];
  /** The text when nothing in it depends on a variable or a command, else `null`. */
  readonly text: string | null;
  /** Some of it is in quotes. */
  readonly isQuoted: boolean;
}

/** `>`, `>>`, `<`, `<<`, `<<<`, `>&`, `&>` and so on, with what they lead to. */
export interface ShellRedirect extends Span {
  readonly operator: string;
  /** Number before the operator, or nothing. */
  readonly descriptor: string;
  readonly target: ShellWord;
  /** Content of a here-document. */
  readonly heredoc: ShellWord | null;
}

/** `NAME=value` before a command, alone, or after `export`. */
export interface ShellAssignment extends Span {
  readonly name: string;
  readonly value: ShellWord | null;
}

/** How two commands are joined; nothing at the beginning and at the end. */
export type Joint = '' | '&&' | '||' | '|' | ';';

/** Where a command stands within others. */
export type Within =
  | 'condition'
  | 'branch'
  | 'loop'
  | 'substitution'
  | 'subshell'
  | 'function'
  | 'background'
  | 'negated';

/** A simple command. */
export interface ShellCommand extends Span {
  /** Which command of its script it is. */
  readonly index: number;
  /** Last part of the path of the first word, such as `pip` of `/opt/bin/pip`; `null` where it is not literal. */
  readonly name: string | null;
  /** The first word too. */
  readonly words: readonly ShellWord[];
  readonly assignments: readonly ShellAssignment[];
  readonly redirects: readonly ShellRedirect[];
  readonly before: Joint;
  readonly after: Joint;
  /** From the outside in. */
  readonly within: readonly Within[];
}

/** A variable that the shell fills in: `$NAME`, or `${NAME…}`, which is not plain. */
export interface ShellVariable extends Span {
  readonly name: string;
  readonly isPlain: boolean;
}

/** A script that was read. */
export interface ShellScript {
  readonly commands: readonly ShellCommand[];
  /** In the order in which they stand, also those of tests, loops and here-documents. */
  readonly variables: readonly ShellVariable[];
  /** Names that get a value somewhere in it: by an assignment, a loop, `read` or `export`. */
  readonly sets: ReadonlySet<string>;
  /** Why it could not be read; then there is nothing else. */
  readonly problem: string | null;
}

/** What is known of a script that cannot be read. */
export function unreadScript(problem: string): ShellScript {
  return { commands: [], variables: [], sets: new Set(), problem };
}

/** The value of a word where `lookup` knows every variable in it, else `null`. */
export function wordValue(
  word: ShellWord,
  lookup: (name: string) => string | null | undefined,
): string | null {
  let value = '';
  for (const part of word.parts) {
    const found =
      part.kind === 'text' ? part.text : part.kind === 'variable' && part.isPlain ? lookup(part.name) : null;
    if (found === null || found === undefined) return null;
    value += found;
  }
  return value;
}
