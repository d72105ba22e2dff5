/** What is wrong with an example on our pages, by its kind; linters of workflows come on top. */
import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { execa } from 'execa';
import { parse, parseDocument } from 'yaml';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { loadHclGrammar } from '../../actions/lib/lint/load-hcl-grammar.ts';
import { loadShellGrammar } from '../../actions/lib/lint/load-shell-grammar.ts';
import { parseShell } from '../../actions/lib/lint/parse-shell.ts';
import { readLintedDockerfile } from '../../actions/lib/lint/read-linted-dockerfile.ts';
import type { ShellCommand } from '../../actions/lib/lint/shell-script.ts';
import { parseMatrix } from '../../actions/lib/matrix/parse-matrix.ts';
import { program } from '../../scripts/darkroom.ts';
import { isWorkflowPart, wrongNames } from './example-workflow.ts';
import type { FencedBlock } from './fenced-blocks.ts';

/** What a block is; a kind for each that can be checked. */
export type ExampleKind = keyof typeof CHECKS;

const CHECKS = {
  workflow: async (text: string) => wrongNames(text),
  matrix: async (text: string) => problemsOf(() => parseMatrix(text, 'action-matrix.yml')),
  compose: async (text: string) => composeProblems(text),
  kubernetes: async () => [],
  dockerfile: dockerfileProblems,
  sh: shellProblems,
  console: async (text: string) => shellProblems(commandsShown(text)),
  json: async (text: string) => problemsOf(() => JSON.parse(text)),
  hcl: hclProblems,
  python: pythonProblems,
  mermaid: async (text: string) => diagramProblems(text),
  text: async () => [],
} satisfies Readonly<Record<string, (text: string) => Promise<readonly string[]>>>;

/** What a block is; a text says why nobody could say, and then no reader can either. */
export function exampleKind({ language, text }: FencedBlock): { kind: ExampleKind } | { problem: string } {
  if (language !== 'yaml') {
    const known = Object.keys(CHECKS).filter((kind) => !YAML_KINDS.includes(kind as ExampleKind));
    if (known.includes(language)) return { kind: language as ExampleKind };
    return { problem: `no check knows what "${language}" is; name one of yaml, ${known.join(', ')}` };
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) return { problem: error.message };
  const data: unknown = document.toJS();
  if (isWorkflowPart(data)) return { kind: 'workflow' };
  const names = Object.keys(data ?? {});
  if (names.includes('images')) return { kind: 'matrix' };
  if (names.includes('services')) return { kind: 'compose' };
  if (names.join() === 'resources') return { kind: 'kubernetes' };
  return { problem: `no check knows what YAML with ${names.join(', ')} is` };
}

const YAML_KINDS: readonly ExampleKind[] = ['workflow', 'matrix', 'compose', 'kubernetes'];

/** What is wrong with a block of this kind. */
export async function checkExample(kind: ExampleKind, text: string): Promise<readonly string[]> {
  return CHECKS[kind](text);
}

/** Runs of the command that stand in the text of a page; a verb alone names it, and leaves the rest out. */
export function inlineCommands(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^\s*(`{3,}).*?^\s*\1$/gms, '');
  return [...prose.matchAll(/(?<!`)`(?<code>[^`]+)`/g)]
    .map(({ groups }) => (groups?.code ?? '').replaceAll(/\s+/g, ' '))
    .filter((code) => /^(?:[A-Z_]+=\S+ )*(?:\S*\/)?darkroom [a-z-]/.test(code))
    .map((code) => (/ .* /.test(code) ? code : `${code} …`));
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof DarkroomError) return error.problems.map(({ message }) => message);
    return [error instanceof Error ? error.message : String(error)];
  }
}

function composeProblems(text: string): readonly string[] {
  const { services } = parse(text) as { services: Readonly<Record<string, object | null>> };
  return Object.entries(services)
    .filter(([, service]) => !('image' in (service ?? {})) && !('build' in (service ?? {})))
    .map(([name]) => `the service "${name}" has neither image nor build`);
}

async function dockerfileProblems(text: string): Promise<readonly string[]> {
  const whole = /^FROM /m.test(text) ? text : `FROM base\n${text}`;
  const { problems, stages } = readLintedDockerfile(await loadShellGrammar(), 'Dockerfile', whole);
  const scripts = stages.flatMap(({ instructions }) => instructions.map(({ shell }) => shell?.problem));
  return [
    ...problems.map(({ message }) => message),
    ...scripts.filter((problem) => typeof problem === 'string'),
  ];
}

async function shellProblems(text: string): Promise<readonly string[]> {
  const offsets = Array.from({ length: text.length + 1 }, (_, at) => at);
  const { commands, problem } = parseShell(await loadShellGrammar(), { text, offsets });
  if (problem !== null) return [problem];
  if (commands.length === 0) return ['there is no command in it'];
  return commands.flatMap(commandProblems);
}

function commandProblems({ name, words }: ShellCommand): readonly string[] {
  const [path = '', ...given] = words.map((word) => word.text ?? word.raw);
  if (name !== 'darkroom') return path.startsWith('./') && !existsSync(path) ? [`there is no "${path}"`] : [];
  // What is left out of an example is no argument of it.
  const isCut = given.at(-1) === '…';
  return isCut ? usageProblems(given.slice(0, -1), LEFT_OUT) : usageProblems(given, []);
}

/** What Commander says of words that are not there. */
const LEFT_OUT = ['commander.missingArgument', 'commander.missingMandatoryOptionValue'];

/** What the command's own parser says to these words, but for what it says in `unless`. */
function usageProblems(words: readonly string[], unless: readonly string[]): readonly string[] {
  for (const verb of [program, ...program.commands]) {
    verb.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (verb !== program) verb.action(() => undefined);
  }
  try {
    program.parse(words, { from: 'user' });
    return [];
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || unless.includes(error.code))) return [];
    return [`darkroom ${words.join(' ')}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function commandsShown(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.startsWith('$ '))
    .map((line) => line.slice(2))
    .join('\n');
}

async function hclProblems(text: string): Promise<readonly string[]> {
  const tree = (await loadHclGrammar()).parse(text);
  return tree === null || tree.rootNode.hasError ? ['it is not HCL'] : [];
}

async function pythonProblems(text: string): Promise<readonly string[]> {
  const script = 'import ast, sys; ast.parse(sys.stdin.read())';
  const { exitCode, stderr } = await execa('python3', ['-c', script], { input: text, reject: false });
  return exitCode === 0 ? [] : [stderr];
}

/** A diagram of which every bracket and every `subgraph` is closed. */
function diagramProblems(text: string): readonly string[] {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  if (!/^flowchart (?:LR|TD)$/.test(first)) return [`"${first}" begins no diagram`];
  const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
  const open = lines.filter((line) => {
    const bare = line.replaceAll(/"[^"]*"/g, '').replaceAll(/-->(?:\|[^|]*\|)?/g, '');
    return bare.replaceAll(/\[[^[\]"]*\]|\(\(?[^()"]*\)?\)|\{[^{}"]*\}/g, '').match(/["[\](){}|]/) !== null;
  });
  return [
    ...open.map((line) => `"${line.trim()}" leaves something open`),
    ...(count(/^\s*subgraph /) === count(/^\s*end$/) ? [] : ['a subgraph has no end']),
  ];
}
