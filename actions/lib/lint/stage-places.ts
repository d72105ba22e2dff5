/** Where things stand in a stage: working folders, what `COPY` and `ADD` name, and what it ships in the end. */
import { posix } from 'node:path';
import { expandWord } from '../dockerfile/expand-words.ts';
import { ExpansionError } from '../dockerfile/shell-pattern.ts';
import { jsonWords } from '../dockerfile/split-instructions.ts';
import type { LintedDockerfile, LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import { factsOf, lineageOf } from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';

/** An instruction with where it is carried out. */
export interface PlacedInstruction {
  readonly instruction: LintedInstruction;
  readonly stage: LintedStage;
  /** Absolute; `null` where it is not known. */
  readonly folder: string | null;
}

/** A `COPY` or `ADD` understood. */
export interface PlacedCopy extends PlacedInstruction {
  /** Stage or image, empty for the build context. */
  readonly from: string;
  /** Variables filled in; `null` where one is not known. */
  readonly sources: readonly (string | null)[];
  /** Absolute; `null` where it is not known. */
  readonly destination: string | null;
  /** Written so that files are put into it. */
  readonly isIntoFolder: boolean;
}

/** Stages of a file that no other stage of it stands on: each may be what is shipped. */
export function leafStages({ stages }: LintedDockerfile): readonly LintedStage[] {
  return stages.filter(
    (stage) => !stages.some(({ base }) => base.kind === 'stage' && base.stage.index === stage.index),
  );
}

/** The last instruction with this keyword in a stage and those that it stands on. */
export function effective(stage: LintedStage, keyword: string): PlacedInstruction | null {
  return placedInstructions(stage).findLast(({ instruction }) => instruction.keyword === keyword) ?? null;
}

/** The file that a stage is in. */
export function fileOf(stage: LintedStage, file: LintedDockerfile, project: LintedProject): LintedDockerfile {
  if (file.stages.includes(stage)) return file;
  return project.dockerfiles.find(({ stages }) => stages.includes(stage)) ?? file;
}

const known = new WeakMap<LintedStage, readonly PlacedInstruction[]>();

/** All instructions of a stage and those that it stands on, in order. */
export function placedInstructions(stage: LintedStage): readonly PlacedInstruction[] {
  const before = known.get(stage);
  if (before !== undefined) return before;
  const found: PlacedInstruction[] = [];
  let folder = startFolder(stage);
  for (const one of lineageOf(stage)) {
    for (const instruction of one.instructions) {
      found.push({ instruction, stage: one, folder });
      if (instruction.keyword === 'WORKDIR')
        folder = inFolder(folder, expanded(instruction.body.text, instruction));
    }
  }
  known.set(stage, found);
  return found;
}

/** The working folder at the end of a stage. */
export function finalFolder(stage: LintedStage): string | null {
  const last = placedInstructions(stage).at(-1);
  if (last?.instruction.keyword !== 'WORKDIR') return last?.folder ?? null;
  return inFolder(last.folder, expanded(last.instruction.body.text, last.instruction));
}

/** `COPY` and `ADD` of a stage and those that it stands on. */
export function placedCopies(stage: LintedStage): readonly PlacedCopy[] {
  return placedInstructions(stage).flatMap((placed) => copyOf(placed) ?? []);
}

/** Reads one `COPY` or `ADD`. */
export function copyOf(placed: PlacedInstruction): PlacedCopy | null {
  const { instruction, folder } = placed;
  const { command } = instruction;
  if (command.kind !== 'copy') return null;
  const json = jsonWords(command.instruction.rest);
  const words = Array.isArray(json) ? json : command.instruction.rest.split(/[\t\v\f\r ]+/);
  const written = expanded(words.at(-1) ?? '', instruction);
  return {
    ...placed,
    from: expanded(command.from, instruction) ?? command.from,
    sources: command.sources.map((source) => expanded(source, instruction)),
    destination: inFolder(folder, written),
    isIntoFolder: words.length > 2 || written === null || /(?:^|\/)\.{0,2}$/.test(written),
  };
}

/** A word with its variables filled in; `null` where one is not known. */
export function expanded(word: string, { variables }: LintedInstruction): string | null {
  try {
    const { text, unknown, unset } = expandWord(word, '\\', (name) => variables.get(name));
    return unknown.length + unset.length > 0 ? null : text;
  } catch (error) {
    if (error instanceof ExpansionError) return null;
    throw error;
  }
}

/** A path seen from a folder; absolute ones need no folder. */
export function inFolder(folder: string | null, path: string | null): string | null {
  if (path === null || (folder === null && !path.startsWith('/'))) return null;
  const clean = posix.resolve(folder ?? '/', path);
  return clean;
}

const AT_ROOT = /^docker\.io\/(?:library\/(?:python|debian|ubuntu|node|alpine|buildpack-deps)|nvidia\/cuda)$/;

function startFolder(stage: LintedStage): string | null {
  const bottom = lineageOf(stage)[0];
  if (bottom?.base.kind === 'scratch') return '/';
  const repository = factsOf(stage)?.repository ?? '';
  if (repository === 'docker.io/pytorch/pytorch') return '/workspace';
  return AT_ROOT.test(repository) ? '/' : null;
}
