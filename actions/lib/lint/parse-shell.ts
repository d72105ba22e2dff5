import type { Node, Parser } from 'web-tree-sitter';
import { bracedVariables } from './braced-variables.ts';
import type { MappedText } from './mapped-text.ts';
import {
  type Joint,
  type ShellAssignment,
  type ShellCommand,
  type ShellRedirect,
  type ShellScript,
  type ShellVariable,
  type ShellWord,
  unreadScript,
  type Within,
} from './shell-script.ts';
import { wordParts } from './word-parts.ts';

/** Groups within groups beyond this are not looked into: people do not write them, and the stack would end. */
const DEEPEST = 200;
const TOO_DEEP = `it is nested more than ${DEEPEST} deep`;
/** The grammar takes a second for a few hundred, and minutes for a thousand. */
const MOST_HEREDOCS = 50;
/** Scripts that people write take milliseconds. */
const LONGEST_MS = 5000;

/**
 * Reads a script for bash, which is also one for sh as far as rules look. What is wrong in it is left out, and told in
 * `problem`; nothing is thrown.
 */
export function parseShell(parser: Parser, script: MappedText): ShellScript {
  if (script.text.split('\n').some((line) => line.split('<<').length > MOST_HEREDOCS)) {
    return unreadScript(`it has more than ${MOST_HEREDOCS} here-documents in one line`);
  }
  const end = performance.now() + LONGEST_MS;
  // NUL ends a text in the grammar's scanner.
  const text = script.text.replaceAll('\0', '\ufffd');
  const tree = parser.parse(text, null, { progressCallback: () => performance.now() > end });
  if (tree === null) {
    // The next text would be taken for the rest of this one.
    parser.reset();
    return unreadScript(`reading it takes more than ${LONGEST_MS / 1000} seconds`);
  }
  try {
    const braced = bracedVariables(script, tree.rootNode);
    if (braced !== null) return parseShell(parser, braced);
    const reader = new Reader(script);
    reader.statements(tree.rootNode.children, []);
    reader.joinRest();
    const problem = reader.problem ?? (tree.rootNode.hasError ? reader.problemIn(tree.rootNode) : null);
    const variables = reader.variables(tree.rootNode);
    return { commands: reader.found, variables, sets: setNames(tree.rootNode, reader.found), problem };
  } finally {
    tree.delete();
  }
}

/** Whether a script was not read to the end because groups stand in groups in groups. */
export function isTooDeep({ problem }: ShellScript): boolean {
  return problem === TOO_DEEP;
}

type Found = { -readonly [Key in keyof ShellCommand]: ShellCommand[Key] } & {
  readonly words: ShellWord[];
  readonly redirects: ShellRedirect[];
};

class Reader {
  readonly found: Found[] = [];
  problem: string | null = null;
  private depth = 0;
  private readonly script: MappedText;

  constructor(script: MappedText) {
    this.script = script;
  }

  /** Statements and the signs between them, as the grammar lists them. */
  statements(nodes: readonly Node[], within: readonly Within[], begin = this.found.length): void {
    let joint: Joint = ';';
    for (const node of nodes) {
      if (node.type === '&&' || node.type === '||') joint = node.type;
      else if (node.type === '|' || node.type === '|&') joint = '|';
      else if (node.type === '&') this.found.at(-1) && this.inBackground();
      else if (node.isNamed && node.type !== 'comment') {
        const first = this.found.length;
        this.statement(node, within);
        this.join(begin, first, joint);
        joint = ';';
      }
    }
  }

  /** Every variable below a node. */
  variables(root: Node): readonly ShellVariable[] {
    return root.descendantsOfType(['simple_expansion', 'expansion']).flatMap((node) => {
      const name = node?.namedChildren.find((child) => child?.type === 'variable_name')?.text;
      if (node === null || name === undefined) return [];
      const isPlain = node.text === `$${name}` || node.text === `\${${name}}`;
      return { name, isPlain, ...this.span(node) };
    });
  }

  /** What is wrong, at the first place where the grammar gave up. */
  problemIn(root: Node): string {
    let node: Node | null = root;
    while (node !== null && !node.isError && !node.isMissing) {
      node = node.children.find((child) => child.hasError || child.isError || child.isMissing) ?? null;
    }
    if (node === null) return 'it is no shell script';
    const text = node.text.split('\n')[0]?.trim().slice(0, 60) ?? '';
    return node.isMissing ? `"${node.type}" is missing` : `"${text}" cannot be read`;
  }

  private inBackground(): void {
    const last = this.found.at(-1);
    if (last !== undefined) last.within = [...last.within, 'background'];
  }

  /** Joins the statement that begins with the command at `first` to the one before it, if that is not before `begin`. */
  private join(begin: number, first: number, joint: Joint): void {
    const after = this.found[first];
    if (after === undefined) return;
    let at = first - 1;
    while (at >= begin && depthOf(this.found[at]) > depthOf(after)) at -= 1;
    const before = at < begin ? undefined : this.found[at];
    if (before === undefined) return;
    after.before = joint;
    before.after = joint;
  }

  /** From a condition to what depends on it, from one branch to the next. */
  joinRest(): void {
    const found = this.found.filter((one) => depthOf(one) === 0);
    found.forEach((after, index) => {
      const before = found[index - 1];
      if (before === undefined || before.after !== '' || after.before !== '') return;
      before.after = ';';
      after.before = ';';
    });
  }

  private statement(node: Node, within: readonly Within[]): void {
    if (this.depth >= DEEPEST) {
      this.problem ??= TOO_DEEP;
      return;
    }
    this.depth += 1;
    this.ownStatement(node, within);
    this.depth -= 1;
  }

  private ownStatement(node: Node, within: readonly Within[]): void {
    switch (node.type) {
      case 'command':
        this.command(node, within);
        return;
      case 'variable_assignment':
      case 'variable_assignments':
        this.push(node, [], assignmentsOf(node), within);
        this.substitutions(node, within);
        return;
      case 'declaration_command':
      case 'unset_command':
        this.declaration(node, within);
        return;
      case 'test_command':
        this.push(node, [this.word(node)], [], within);
        this.substitutions(node, within);
        return;
      case 'list':
        this.list(node, within);
        return;
      case 'redirected_statement':
        this.redirected(node, within);
        return;
      case 'negated_command':
        this.statements(node.children, [...within, 'negated']);
        return;
      case 'subshell':
        this.statements(node.children, [...within, 'subshell']);
        return;
      case 'function_definition': {
        const body = node.childForFieldName('body');
        if (body !== null) this.statement(body, [...within, 'function']);
        return;
      }
      case 'if_statement':
      case 'elif_clause':
      case 'while_statement':
        this.conditional(node, within);
        return;
      case 'else_clause':
      case 'case_item':
        this.statements(withoutFields(node, ['value']), [...within, 'branch']);
        return;
      case 'for_statement':
      case 'c_style_for_statement': {
        const body = node.childForFieldName('body');
        for (const value of node.childrenForFieldName('value')) {
          if (value !== null) this.substitutions(value, within);
        }
        if (body !== null) this.statements(body.children, [...within, 'loop']);
        return;
      }
      case 'case_statement':
        this.statements(withoutFields(node, ['value']), within);
        return;
      case 'compound_statement':
      case 'do_group':
      case 'pipeline':
      case 'ERROR':
        this.statements(node.children, within);
        return;
      default:
    }
  }

  /** `a && b && c` hangs to the left, as deep as it is long. */
  private list(node: Node, within: readonly Within[]): void {
    const parts: Node[] = [];
    let first: Node | null = node;
    while (first?.type === 'list') {
      parts.push(...first.children.slice(1).reverse());
      first = first.children[0] ?? null;
    }
    if (first !== null) parts.push(first);
    this.statements(parts.reverse(), within);
  }

  private conditional(node: Node, within: readonly Within[]): void {
    const body: Within = node.type === 'while_statement' ? 'loop' : 'branch';
    let isCondition = true;
    const condition: Node[] = [];
    const rest: Node[] = [];
    for (const child of node.children) {
      if (child.type === 'then' || child.type === 'do_group') isCondition = false;
      (isCondition ? condition : rest).push(child);
    }
    this.statements(condition, [...within, 'condition']);
    const isOther = ({ type }: Node) => type === 'elif_clause' || type === 'else_clause';
    this.statements(
      rest.filter((part) => !isOther(part)),
      [...within, body],
    );
    for (const part of rest.filter(isOther)) this.statement(part, within);
  }

  private redirected(node: Node, within: readonly Within[]): void {
    const first = this.found.length;
    const body = node.childForFieldName('body');
    if (body !== null) this.statement(body, within);
    const redirects = node.children.filter((child) => /_redirect$/.test(child.type));
    if (this.found.length === first) this.push(node, [], [], within);
    // What a group is redirected to counts for its last command; words behind a target belong to the command.
    const last = this.found.at(-1);
    for (const redirect of redirects) {
      if (last !== undefined) this.redirect(redirect, last, within);
    }
  }

  private redirect(node: Node, command: Found, within: readonly Within[]): void {
    if (node.type === 'heredoc_redirect') {
      this.heredoc(node, command, within);
      return;
    }
    const [target, ...more] =
      node.type === 'herestring_redirect'
        ? node.namedChildren.slice(-1)
        : node.childrenForFieldName('destination').filter((one) => one !== null);
    const operator = node.children.find(({ isNamed }) => !isNamed)?.type ?? '';
    const descriptor = node.childForFieldName('descriptor')?.text ?? '';
    if (target === undefined || target === null) return;
    const word = this.word(target);
    const span = { start: this.offset(node.startIndex), end: word.end };
    command.redirects.push({ operator, descriptor, target: word, heredoc: null, ...span });
    for (const one of more) command.words.push(this.word(one));
    for (const one of [target, ...more]) this.substitutions(one, within);
  }

  /** The grammar hangs what follows `<<EOF` in its line below the redirect. */
  private heredoc(node: Node, command: Found, within: readonly Within[]): void {
    const start = node.children.find(({ type }) => type === 'heredoc_start');
    const body = node.children.find(({ type }) => type === 'heredoc_body');
    if (start === undefined) return;
    const target = this.word(start);
    const redirect: ShellRedirect = {
      ...{ operator: node.children[0]?.type ?? '<<', descriptor: '', target },
      heredoc: body === undefined ? null : this.word(body),
      ...{ start: this.offset(node.startIndex), end: target.end },
    };
    command.redirects.push(redirect);
    for (const child of node.children) {
      if (/_redirect$/.test(child.type)) this.redirect(child, command, within);
    }
    const argument = node.childrenForFieldName('argument').filter((one) => one !== null);
    for (const one of argument) command.words.push(this.word(one));
    const right = node.childForFieldName('right');
    const at = command.index;
    if (right !== null) this.statements(rightOf(node, right), within, at);
    else
      for (const child of node.children)
        if (child.type === 'pipeline')
          this.statements(
            [sign('|', child), child].filter((one) => one !== null),
            within,
            at,
          );
  }

  private command(node: Node, within: readonly Within[]): void {
    const words: Node[] = [];
    const assignments: Node[] = [];
    const redirects: Node[] = [];
    for (const child of node.namedChildren) {
      if (child.type === 'variable_assignment') assignments.push(child);
      else if (/_redirect$/.test(child.type)) redirects.push(child);
      else if (child.type === 'command_name') words.push(child.firstChild ?? child);
      else if (child.type !== 'comment') words.push(child);
    }
    const command = this.push(
      node,
      words.map((word) => this.word(word)),
      assignments,
      within,
    );
    for (const redirect of redirects) this.redirect(redirect, command, within);
    for (const word of [...words, ...assignments]) this.substitutions(word, within);
  }

  private declaration(node: Node, within: readonly Within[]): void {
    const words = node.children.filter(({ type }) => type !== 'variable_assignment');
    const assignments = node.children.filter(({ type }) => type === 'variable_assignment');
    this.push(
      node,
      words.map((word) => this.word(word)),
      assignments,
      within,
    );
    for (const word of assignments) this.substitutions(word, within);
  }

  private push(
    node: Node,
    words: readonly ShellWord[],
    assignments: readonly Node[],
    within: readonly Within[],
  ): Found {
    const command: Found = {
      index: this.found.length,
      ...{ name: words[0]?.text?.split('/').at(-1) ?? null, words: [...words], redirects: [], within },
      assignments: assignments.map((one) => this.assignment(one)),
      ...{ before: '', after: '', ...this.span(node) },
    };
    this.found.push(command);
    return command;
  }

  private assignment(node: Node): ShellAssignment {
    const value = node.childForFieldName('value');
    const name = node.childForFieldName('name')?.text ?? '';
    return { name, value: value === null ? null : this.word(value), ...this.span(node) };
  }

  private word(node: Node): ShellWord {
    const parts = wordParts(node);
    return {
      ...{ raw: node.text, parts, ...this.span(node) },
      text: parts.every(({ kind }) => kind === 'text')
        ? parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
        : null,
      isQuoted: /["']/.test(node.text),
    };
  }

  private substitutions(node: Node, within: readonly Within[]): void {
    if (node.type === 'command_substitution' || node.type === 'process_substitution') {
      this.statements(node.children, [...within, 'substitution']);
    } else if (node.childCount > 0 && this.depth < DEEPEST) {
      this.depth += 1;
      for (const child of node.children) this.substitutions(child, within);
      this.depth -= 1;
    }
  }

  private offset(index: number): number {
    const { offsets } = this.script;
    return offsets[index] ?? offsets.at(-1) ?? 0;
  }

  private span(node: Node): { readonly start: number; readonly end: number } {
    const start = this.offset(node.startIndex);
    // The end is behind the last character, which may stand before a continuation.
    return { start, end: node.endIndex > node.startIndex ? this.offset(node.endIndex - 1) + 1 : start };
  }
}

/** Of a command in `$(…)` the command that it stands in was found before it. */
function depthOf(command: Found | undefined): number {
  return command?.within.filter((one) => one === 'substitution').length ?? 0;
}

/** A name alone behind `export` has got its value elsewhere, or nowhere. */
function setNames(root: Node, commands: readonly ShellCommand[]): ReadonlySet<string> {
  const assigned = root.descendantsOfType(['variable_assignment', 'for_statement']).flatMap((node) => {
    const name = node?.childForFieldName(node.type === 'for_statement' ? 'variable' : 'name');
    // `NAME[0]=…`
    return name?.text.split('[')[0] ?? [];
  });
  // `${NAME:=value}`
  const given = root
    .descendantsOfType('expansion')
    .flatMap((node) => /^\$\{(\w+):?=/.exec(node?.text ?? '')?.[1] ?? []);
  const read = commands.flatMap(({ name, words }) =>
    name === 'read' || name === 'printf' || name === 'getopts' ? words.map(({ raw }) => raw) : [],
  );
  return new Set([...assigned, ...given, ...read]);
}

function assignmentsOf(node: Node): readonly Node[] {
  return node.type === 'variable_assignment' ? [node] : node.namedChildren;
}

function withoutFields(node: Node, fields: readonly string[]): readonly Node[] {
  return node.children.filter((_, index) => !fields.includes(node.fieldNameForChild(index) ?? ''));
}

/** `&& b` after `<<EOF`: the sign stands before the statement. */
function rightOf(node: Node, right: Node): readonly Node[] {
  const at = node.children.findIndex(({ id }) => id === right.id);
  return node.children.slice(Math.max(0, at - 1), at + 1);
}

function sign(type: string, before: Node): Node | null {
  return before.children.find((child) => child.type === type) ?? null;
}
