import type { Parser } from 'web-tree-sitter';
import {
  declareArgs,
  type Environment,
  globalEnvironment,
  scratchEnvironment,
  setEnv,
} from '../dockerfile/environment.ts';
import { linkStages } from '../dockerfile/link-stages.ts';
import type { Command } from '../dockerfile/parse-command.ts';
import { readStages, type Stage, type StageFile } from '../dockerfile/read-stages.ts';
import { jsonWords } from '../dockerfile/split-instructions.ts';
import type { Problem } from '../errors/darkroom-error.ts';
import { baseFacts } from './base-facts.ts';
import type {
  LintedBuild,
  LintedDockerfile,
  LintedInstruction,
  LintedStage,
  StageBase,
  Variables,
} from './linted-dockerfile.ts';
import { instructionBody, join, type MappedText, slice } from './mapped-text.ts';
import { parseShell } from './parse-shell.ts';
import type { ShellScript } from './shell-script.ts';
import { type SourceText, sourceText } from './source-text.ts';

const ALONE: LintedBuild = {
  ...{ args: null, platform: 'linux/amd64', contexts: new Set(), isLocked: false },
  parentOf: () => null,
};

/** Reads a Dockerfile; whatever it holds, something is returned, and what BuildKit would refuse is among its problems. */
export function readLintedDockerfile(
  parser: Parser,
  file: string,
  text: string,
  build: LintedBuild = ALONE,
): LintedDockerfile {
  const source = sourceText(file, text);
  const written = readStages(text, file);
  const problems: Problem[] = [...written.problems];
  const globals = globalEnvironment(written, { ...build, args: givenArgs(build) }, problems);
  for (const command of written.globals) openArgs(command, globals, build);
  const linked = linkStages(written, globals, build.platform, problems);
  const setting: Setting = { parser, source, written, build, globals, problems };
  const stages: LintedStage[] = [];
  const ends: Environment[] = [];
  for (const stage of written.stages) {
    const base = linked.bases[stage.index];
    const below = base?.kind === 'stage' ? base.stage.index : -1;
    const environment = startOf(base?.kind === 'scratch', ends[below]);
    const standsOn = baseOf(base, stage, stages, build);
    stages.push(readStage(stage, standsOn, environment, setting, shellOf(standsOn)));
    ends[stage.index] = environment;
    problems.push(
      ...(linked.whenNeeded.get(stage.index) ?? []).filter(({ code }) => code === 'dockerfile/stage-case'),
    );
  }
  const early = written.globals.map((command) => readInstruction(command, new Map(), setting, []));
  return { source, escapeChar: written.escapeChar, build, stages, globals: early, problems };
}

interface Setting {
  readonly parser: Parser;
  readonly source: SourceText;
  readonly written: StageFile;
  readonly build: LintedBuild;
  readonly globals: Environment;
  readonly problems: Problem[];
}

/** The values that are known. */
function givenArgs({ args }: LintedBuild): Readonly<Record<string, string>> {
  const known = Object.entries(args ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  return Object.assign(Object.create(null), Object.fromEntries(known));
}

/** Where nobody says how a file is built, or with which value, an `ARG` without a value has one that is not known. */
function openArgs(command: Command, { values }: Environment, { args }: LintedBuild): void {
  if (command.kind !== 'arg') return;
  for (const { name, value } of command.args) {
    const isOpen = args === null || args[name] === null;
    if (isOpen && value === undefined && !values.has(name)) values.set(name, null);
  }
}

/** The `SHELL` at the end of a stage. */
const shells = new WeakMap<LintedStage, readonly string[]>();

function shellOf(base: StageBase): readonly string[] {
  const below = stageBelow(base);
  return (below === null ? undefined : shells.get(below)) ?? [];
}

function stageBelow(base: StageBase): LintedStage | null {
  return base.kind === 'stage' ? base.stage : base.kind === 'image' ? base.parent : null;
}

function startOf(isScratch: boolean, below: Environment | undefined): Environment {
  if (below !== undefined) return { ...below, values: new Map(below.values) };
  return isScratch ? scratchEnvironment() : { values: new Map(), open: true };
}

function baseOf(
  base: ReturnType<typeof linkStages>['bases'][number] | undefined,
  { from }: Stage,
  stages: readonly LintedStage[],
  { parentOf }: LintedBuild,
): StageBase {
  const below = base?.kind === 'stage' ? stages[base.stage.index] : undefined;
  if (below !== undefined) return { kind: 'stage', stage: below };
  if (base?.kind === 'image') {
    const { name } = base;
    return { kind: 'image', name, facts: baseFacts(name), parent: parentOf(name) };
  }
  return base?.kind === 'scratch' ? { kind: 'scratch' } : { kind: 'unknown', written: from?.base ?? '' };
}

function readStage(
  stage: Stage,
  base: StageBase,
  environment: Environment,
  setting: Setting,
  inherited: readonly string[],
): LintedStage {
  const { written, build, globals, problems } = setting;
  let shell = inherited;
  let variables: Variables = new Map(environment.values);
  const instructions = stage.commands.map((command) => {
    const instruction = readInstruction(command, variables, setting, shell);
    if (command.kind === 'arg') {
      declareArgs(command, environment, globals, givenArgs(build), written, problems);
      openArgs(command, environment, build);
    } else if (command.kind === 'env') setEnv(command, environment, written, problems);
    else if (instruction.keyword === 'SHELL') shell = instruction.exec ?? shell;
    if (command.kind === 'arg' || command.kind === 'env') variables = new Map(environment.values);
    return instruction;
  });
  const from = stage.from ?? { kind: 'other' as const, instruction: NO_FROM };
  const lineage = [...(stageBelow(base)?.lineage ?? [])];
  const made: LintedStage = {
    ...{ index: stage.index, name: stage.name ?? null, base, instructions, lineage },
    from: readInstruction(from, new Map(globals.values), setting, []),
  };
  lineage.push(made);
  shells.set(made, shell);
  return made;
}

const NO_FROM: Command['instruction'] = { keyword: 'FROM', flags: [], rest: '', line: 1, text: '' };

function readInstruction(
  command: Command,
  variables: Variables,
  setting: Setting,
  shell: readonly string[],
): LintedInstruction {
  const { instruction } = command;
  const { source, written } = setting;
  const { line, heredocs } = instructionBody(instruction, source, written.escapeChar);
  const start = source.lineStarts[instruction.line - 1] ?? 0;
  const last = instruction.line - 1 + instruction.text.split('\n').length;
  const end = (source.lineStarts[last] ?? source.text.length + 1) - 1;
  const { keyword, flags } = instruction;
  const json = MAY_BE_JSON.has(keyword) ? jsonWords(instruction.rest) : undefined;
  const exec = Array.isArray(json) ? json : null;
  return {
    ...{ keyword, command, flags, body: line, variables, exec },
    start: start + indentOf(source.text, start, end),
    end: source.text[end - 1] === '\r' ? end - 1 : end,
    shell: readScript(keyword, exec, line, heredocs, setting.parser, shell),
    interpreter: shebangOf(line, heredocs) ?? (shell.length === 0 ? null : shell),
  };
}

const MAY_BE_JSON = new Set(['CMD', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME', 'COPY', 'ADD']);

function indentOf(text: string, start: number, end: number): number {
  return /^[\ufeff\s]*/.exec(text.slice(start, Math.min(end, start + 1000)))?.[0].length ?? 0;
}

function readScript(
  keyword: string,
  exec: readonly string[] | null,
  line: MappedText,
  heredocs: MappedText,
  parser: Parser,
  shell: readonly string[],
): ShellScript | null {
  if (keyword === 'HEALTHCHECK') {
    const command = /^(?:--\S+\s+)*CMD\s+(?!\[)/i.exec(line.text);
    return command === null ? null : parseShell(parser, slice(line, command[0].length));
  }
  if (keyword !== 'RUN' && keyword !== 'CMD' && keyword !== 'ENTRYPOINT') return null;
  if (exec !== null || isOtherShell(shell)) return null;
  return parseShell(parser, scriptOf(line, heredocs));
}

/** PowerShell and cmd are not read. */
function isOtherShell([program = '/bin/sh']: readonly string[]): boolean {
  return !/(?:^|\/)(?:ba|da|a|z|k)?sh$/.test(program);
}

/** `RUN <<EOF`, alone or for a shell: the here-document is the script, unless its first line names another language. */
function scriptOf(line: MappedText, heredocs: MappedText): MappedText {
  if (!(isHeredocAlone(line) || isHeredocForShell(line)) || heredocs.text === '') {
    const newline = { text: '\n', offsets: [line.offsets.at(-1) ?? 0, heredocs.offsets[0] ?? 0] };
    return heredocs.text === '' ? line : join([line, newline, heredocs], 0);
  }
  const script = slice(heredocs, 0, heredocs.text.lastIndexOf('\n', heredocs.text.length - 2) + 1);
  return /^#!(?!.*sh\b)/.test(script.text) ? slice(script, 0, 0) : script;
}

function isHeredocAlone({ text }: MappedText): boolean {
  return /^<<-?\s*["']?\w+["']?$/.test(text);
}

function isHeredocForShell({ text }: MappedText): boolean {
  return /^(?:<<-?\s*["']?\w+["']?\s+(?:ba|da)?sh(?:\s+-\w+)*|(?:ba|da)?sh(?:\s+-\w+)*\s+<<-?\s*["']?\w+["']?)$/.test(
    text,
  );
}

/** `bash -e <<EOF` and `#!/usr/bin/env -S bash -e` as words: the shell first. */
function shebangOf(line: MappedText, heredocs: MappedText): readonly string[] | null {
  const around = line.text.replace(/<<-?\s*\S+/, ' ').trim();
  if (isHeredocForShell(line)) return around.split(/\s+/);
  const words = isHeredocAlone(line)
    ? /^#!\s*(.+)\n/.exec(heredocs.text)?.[1]?.trim().split(/\s+/)
    : undefined;
  if (words === undefined) return null;
  return /(?:^|\/)env$/.test(words[0] ?? '') ? words.slice(words[1] === '-S' ? 2 : 1) : words;
}
