/** Terraform and Bake files as blocks of values. */
import type { Node, Parser } from 'web-tree-sitter';
import { parseYamlTree } from '../../matrix/yaml-tree.ts';
import type { Span } from '../finding.ts';
import { type ConfigEntry, type ConfigValue, UNKNOWN } from './config-value.ts';

/** `resource "aws_ecr_repository" "web" { … }`, at the top of a file. */
export interface HclBlock extends Span {
  readonly type: string;
  readonly labels: readonly string[];
  /** Attributes, and blocks within as maps, those of one type in a list. */
  readonly body: ConfigValue;
}

/** What an expression such as `aws_ecr_repository.web.repository_url` stands for; `UNKNOWN` in it where it is not known. */
export type HclScope = (reference: string) => string | null;

/** Expressions within expressions beyond this are not looked into: the stack would end. */
const DEEPEST = 100;

/** Reads the blocks of a file; what cannot be read is left out. */
export function hclBlocks(parser: Parser, text: string, scope: HclScope = () => null): readonly HclBlock[] {
  const tree = parser.parse(text);
  if (tree === null) return [];
  try {
    const body = childOf(tree.rootNode, 'body');
    const reader = new Reader(scope);
    return body === null ? [] : childrenOf(body, 'block').map((node) => reader.block(node, 0));
  } finally {
    tree.delete();
  }
}

class Reader {
  private readonly scope: HclScope;

  constructor(scope: HclScope) {
    this.scope = scope;
  }

  block(node: Node, depth: number): HclBlock {
    const [type, ...labels] = node.namedChildren.filter((child) =>
      ['identifier', 'string_lit'].includes(child.type),
    );
    return {
      ...{ type: type?.text ?? '', labels: labels.map(labelOf), start: node.startIndex, end: node.endIndex },
      body: this.body(childOf(node, 'body'), node, depth + 1),
    };
  }

  private body(node: Node | null, around: Node, depth: number): ConfigValue {
    const entries: ConfigEntry[] = [];
    const blocks = new Map<string, HclBlock[]>();
    for (const child of depth > DEEPEST ? [] : (node?.namedChildren ?? [])) {
      if (child.type === 'attribute') entries.push(...this.attribute(child, depth));
      if (child.type !== 'block') continue;
      const block = this.block(child, depth);
      blocks.set(block.type, [...(blocks.get(block.type) ?? []), block]);
    }
    for (const [key, [first, ...others]] of blocks) {
      if (first === undefined) continue;
      const items = [first, ...others].map(({ body }) => body);
      const value = { kind: 'list', items, start: first.start, end: first.end } as const;
      entries.push({ key, keyStart: first.start, value });
    }
    return { kind: 'map', entries, ...spanOf(around) };
  }

  private attribute(node: Node, depth: number): readonly ConfigEntry[] {
    const [name, value] = [childOf(node, 'identifier'), childOf(node, 'expression')];
    if (name === null || value === null) return [];
    return [{ key: name.text, keyStart: name.startIndex, value: this.expression(value, depth + 1) }];
  }

  private expression(node: Node, depth: number): ConfigValue {
    const [first, ...others] = node.namedChildren.filter(({ type }) => type !== 'comment');
    if (first === undefined || depth > DEEPEST) return unknown(node);
    if (first.type === 'variable_expr') return this.reference(node);
    if (others.length > 0) return unknown(node);
    switch (first.type) {
      case 'literal_value':
        return scalar(node, literalText(first));
      case 'template_expr':
        return scalar(node, this.template(first));
      case 'collection_value':
        return this.collection(first, depth);
      case 'function_call':
        return this.call(first, depth);
      default:
        return unknown(node);
    }
  }

  private reference(node: Node): ConfigValue {
    const reference = node.text.replace(/\s+/g, '');
    return { ...scalar(node, this.scope(reference) ?? UNKNOWN), reference };
  }

  private collection(node: Node, depth: number): ConfigValue {
    const inner = node.namedChildren[0];
    if (inner?.type === 'tuple') {
      const items = childrenOf(inner, 'expression').map((item) => this.expression(item, depth + 1));
      return { kind: 'list', items, ...spanOf(inner) };
    }
    if (inner?.type !== 'object') return unknown(node);
    const entries = childrenOf(inner, 'object_elem').flatMap((element) => {
      const [key, value] = childrenOf(element, 'expression');
      if (key === undefined || value === undefined) return [];
      const name = key.namedChildren[0]?.type === 'variable_expr' ? key.text : this.keyText(key, depth);
      return [{ key: name, keyStart: key.startIndex, value: this.expression(value, depth + 1) }];
    });
    return { kind: 'map', entries, ...spanOf(inner) };
  }

  private keyText(node: Node, depth: number): string {
    const value = this.expression(node, depth + 1);
    return value.kind === 'scalar' ? value.text : UNKNOWN;
  }

  /** `jsonencode` changes nothing of what is read here. */
  private call(node: Node, depth: number): ConfigValue {
    const name = childOf(node, 'identifier')?.text;
    const args = childOf(node, 'function_arguments');
    const [first, ...others] = args === null ? [] : childrenOf(args, 'expression');
    if (first === undefined || others.length > 0 || !/^(?:json|yaml)encode$/.test(name ?? ''))
      return unknown(node);
    return this.expression(first, depth + 1);
  }

  private template(node: Node): string {
    const inner = node.namedChildren[0];
    const parts = inner?.namedChildren ?? [];
    const isQuoted = inner?.type === 'quoted_template';
    return parts
      .map((part) => {
        if (part.type === 'template_literal') return isQuoted ? unescaped(part.text) : part.text;
        if (part.type === 'template_directive') return UNKNOWN;
        const expression = part.type === 'template_interpolation' ? childOf(part, 'expression') : null;
        if (expression === null) return '';
        const value = this.expression(expression, DEEPEST - 10);
        return value.kind === 'scalar' ? value.text : UNKNOWN;
      })
      .join('');
  }
}

/** JSON that is written out in a text, with its places; `null` where it is none. */
export function jsonIn(value: ConfigValue, text: string): ConfigValue | null {
  if (value.kind !== 'scalar' || !/^\s*[[{]/.test(value.text)) return null;
  const written = text.slice(value.start, value.end);
  const from = written.search(/\n\s*[[{]/);
  const to = Math.max(written.lastIndexOf('}'), written.lastIndexOf(']'));
  if (from === -1 || to < from) return null;
  const json = written.slice(from, to + 1).replace(/\$\{[^{}"]*\}/g, (hole) => UNKNOWN.repeat(hole.length));
  const root = parseYamlTree(json, '').root;
  return root === undefined ? null : moved(root, value.start + from);
}

function moved(value: ConfigValue, by: number): ConfigValue {
  const span = { start: value.start + by, end: value.end + by };
  if (value.kind === 'scalar') return { kind: 'scalar', text: value.text, ...span };
  if (value.kind === 'list')
    return { kind: 'list', items: value.items.map((one) => moved(one, by)), ...span };
  const entries = value.entries.map((one) => ({
    ...{ key: one.key, keyStart: one.keyStart + by, value: moved(one.value, by) },
  }));
  return { kind: 'map', entries, ...span };
}

function labelOf(node: Node): string {
  return node.type === 'identifier' ? node.text : literalText(node);
}

function literalText(node: Node): string {
  const text = node.text;
  return text.startsWith('"') ? unescaped(text.slice(1, -1)) : text;
}

function unescaped(text: string): string {
  return text.replace(/\\(["\\nrt])|\$\$(?=\{)/g, (whole, sign: string | undefined) =>
    sign === undefined ? '$' : (ESCAPES[sign] ?? whole),
  );
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', r: '\r', t: '\t' };

function scalar(node: Node, text: string): ConfigValue & { readonly kind: 'scalar' } {
  return { kind: 'scalar', text, ...spanOf(node) };
}

function unknown(node: Node): ConfigValue {
  return scalar(node, UNKNOWN);
}

function spanOf(node: Node): Span {
  return { start: node.startIndex, end: node.endIndex };
}

function childOf(node: Node, type: string): Node | null {
  return node.namedChildren.find((child) => child.type === type) ?? null;
}

function childrenOf(node: Node, type: string): readonly Node[] {
  return node.namedChildren.filter((child) => child.type === type);
}
