import type { Place, Problem } from '../errors/darkroom-error.ts';
import { type Command, parseCommand } from './parse-command.ts';
import { splitInstructions, splitLine } from './split-instructions.ts';

/** A stage as written: its `FROM` and what follows up to the next one. */
export interface Stage {
  readonly index: number;
  /** Lower case; absent when `FROM` gives none. */
  readonly name?: string;
  /** The name, else `stage-0` and so on, as BuildKit's progress shows it. */
  readonly label: string;
  /** Absent when the `FROM` itself is wrong; that is among the problems. */
  readonly from?: Extract<Command, { kind: 'from' }>;
  readonly commands: readonly Command[];
}

/** A Dockerfile cut into stages, before any variable is expanded. */
export interface StageFile {
  readonly file: string;
  readonly escapeChar: string;
  /** The `ARG`s before the first `FROM`. */
  readonly globals: readonly Extract<Command, { kind: 'arg' }>[];
  readonly stages: readonly Stage[];
  readonly problems: readonly Problem[];
}

/** Reads a Dockerfile up to its stages; wrong instructions are left out and told as problems. */
export function readStages(text: string, file: string): StageFile {
  const { escapeChar, instructions, problems: split } = splitInstructions(text, file);
  const problems: Problem[] = [...split];
  const globals: Extract<Command, { kind: 'arg' }>[] = [];
  const early: Problem[] = [];
  const stages: (Stage & { readonly commands: Command[] })[] = [];
  for (const instruction of instructions) {
    const place = { file, line: instruction.line };
    const parsed = parseCommand(instruction, escapeChar);
    for (const problem of parsed.problems) problems.push({ ...problem, place });
    const stage = stages.at(-1);
    if (instruction.keyword === 'FROM') stages.push(startStage(stages.length, parsed.command));
    else if (parsed.command === undefined) continue;
    else if (stage !== undefined) stage.commands.push(parsed.command);
    else if (parsed.command.kind === 'arg') globals.push(parsed.command);
    else early.push(beforeFrom(instruction.keyword, place));
  }
  if (stages.length === 0) {
    problems.push({
      code: 'dockerfile/no-from',
      place: { file },
      message: 'the Dockerfile has no FROM, so there is nothing to build',
      hint: 'Begin with FROM and an image, or FROM scratch.',
    });
  } else problems.push(...early);
  return { file, escapeChar, globals, stages, problems };
}

/**
 * Reads what the `ONBUILD`s of a stage let a stage built on it do first. A trigger is read anew, with the backslash as
 * escape whatever the file says; it stands where its `ONBUILD` stands.
 */
export function readTriggers(
  stage: Stage,
  file: string,
): { readonly commands: readonly Command[]; readonly problems: readonly Problem[] } {
  const commands: Command[] = [];
  const problems: Problem[] = [];
  for (const command of stage.commands) {
    if (command.kind !== 'onbuild') continue;
    const { line, text } = command.instruction;
    const parsed = parseCommand({ ...splitLine(command.trigger, '\\'), line, text }, '\\');
    if (parsed.command !== undefined) commands.push(parsed.command);
    for (const problem of parsed.problems) problems.push({ ...problem, place: { file, line } });
  }
  return { commands, problems };
}

function startStage(index: number, command: Command | undefined): Stage & { readonly commands: Command[] } {
  const label = `stage-${index}`;
  if (command?.kind !== 'from') return { index, label, commands: [] };
  return command.name === undefined
    ? { index, label, from: command, commands: [] }
    : { index, label: command.name, name: command.name, from: command, commands: [] };
}

function beforeFrom(keyword: string, place: Place): Problem {
  return {
    code: 'dockerfile/before-from',
    place,
    message: `${keyword} stands before the first FROM, where only ARG may stand`,
  };
}
