/** A Dockerfile as rules see it: parsed once, variables resolved, every shell script read. */
import type { Command } from '../dockerfile/parse-command.ts';
import type { Problem } from '../errors/darkroom-error.ts';
import type { BaseFacts } from './base-facts.ts';
import type { Span } from './finding.ts';
import type { MappedText } from './mapped-text.ts';
import type { ShellScript } from './shell-script.ts';
import type { SourceText } from './source-text.ts';

/** How a Dockerfile is built. */
export interface LintedBuild {
  /** `null`: nobody says, so that an `ARG` without a default may be given on the command line. */
  readonly args: Readonly<Record<string, string | null>> | null;
  readonly platform: string;
  /** Names of the contexts that are given beside the main one. */
  readonly contexts: ReadonlySet<string>;
  /** A lock says which digest each base image is. */
  readonly isLocked: boolean;
  /** The stage of another Dockerfile that makes an image of this name, or `null`. */
  parentOf(name: string): LintedStage | null;
}

/** A whole file. */
export interface LintedDockerfile {
  readonly source: SourceText;
  readonly escapeChar: string;
  readonly build: LintedBuild;
  /** The last one is what is built when nobody names a target. */
  readonly stages: readonly LintedStage[];
  /** `ARG`s before the first `FROM`. */
  readonly globals: readonly LintedInstruction[];
  /** What BuildKit would refuse. */
  readonly problems: readonly Problem[];
}

/** What a stage stands on. */
export type StageBase =
  | { readonly kind: 'stage'; readonly stage: LintedStage }
  /** `name` after variables are filled in; `parent` is the stage that makes it, where the project does. */
  | {
      readonly kind: 'image';
      readonly name: string;
      readonly facts: BaseFacts | null;
      readonly parent: LintedStage | null;
    }
  | { readonly kind: 'scratch' }
  /** Depends on a variable without a value. */
  | { readonly kind: 'unknown'; readonly written: string };

/** From one `FROM` to the next. */
export interface LintedStage {
  readonly index: number;
  readonly name: string | null;
  readonly base: StageBase;
  readonly from: LintedInstruction;
  /** Those after `FROM`. */
  readonly instructions: readonly LintedInstruction[];
  /** The stages that it stands on, also in other files of the project, from the one furthest down to the stage itself. */
  readonly lineage: readonly LintedStage[];
}

/** Variables at one place: `null` has a value that is not known, absent is not set as far as can be known. */
export type Variables = ReadonlyMap<string, string | null>;

/** One instruction. */
export interface LintedInstruction extends Span {
  /** Upper case. */
  readonly keyword: string;
  readonly command: Command;
  /** Removed from the arguments, for example `--mount=type=cache,target=/root/.cache`. */
  readonly flags: readonly string[];
  /** What follows keyword and flags, without here-documents. */
  readonly body: MappedText;
  /** `ARG`s and `ENV`s as they are before it. */
  readonly variables: Variables;
  /** Words of a JSON array. */
  readonly exec: readonly string[] | null;
  /** Script of `RUN`, `CMD`, `ENTRYPOINT` and `HEALTHCHECK CMD` in shell form. */
  readonly shell: ShellScript | null;
  /**
   * Program and options that read the script: of `SHELL`, also of a stage or an image of the project below, or of the
   * first line of a here-document. `null` where the base image decides, which means `/bin/sh -c` for almost all of them.
   */
  readonly interpreter: readonly string[] | null;
}

/** The stages that a stage stands on, also in other files of the project, from the one furthest down to the stage itself. */
export function lineageOf(stage: LintedStage): readonly LintedStage[] {
  return stage.lineage;
}

/** What is known of the image that the lineage of a stage begins with. */
export function factsOf(stage: LintedStage): BaseFacts | null {
  const base = lineageOf(stage)[0]?.base;
  return base?.kind === 'image' ? base.facts : null;
}

/** The stage that is built when nobody names a target. */
export function finalStage(file: LintedDockerfile): LintedStage | null {
  return file.stages.at(-1) ?? null;
}
