/** Turns the end of a failed build into problems a person can act on, at the instruction that failed. */
import type { InstructionPlace } from '../dockerfile/dockerfile.ts';
import type { Place, Problem } from '../errors/darkroom-error.ts';
import { stepName } from './build-summary.ts';
import { findCause } from './failure-rules.ts';
import { type BuildProgress, outputTail, type VertexProgress } from './progress.ts';

/** What is known when a build has failed. */
export interface FailedBuild {
  readonly progress: BuildProgress;
  readonly cancelled: boolean;
  /** Path of the Dockerfile in the repository (not of its exported copy). */
  readonly dockerfile: string;
  /** Instructions of the same Dockerfile; empty when it could not be parsed. */
  readonly instructions: readonly InstructionPlace[];
  /** Name of the Buildx builder, for hints. */
  readonly builder: string;
}

/** Why a build failed. */
export interface FailureExplanation {
  readonly problems: readonly Problem[];
  /** The same build may pass a moment later: a network error, or a registry that is busy or ill. */
  readonly worthRetry: boolean;
}

/** Explains a failed build; always at least one problem. */
export function explainFailure(failed: FailedBuild): FailureExplanation {
  if (failed.cancelled) {
    return { problems: [{ code: 'build/cancelled', message: 'the build was cancelled' }], worthRetry: false };
  }
  const printed = printedError(failed.progress.plainTail);
  const vertex = failedVertex(failed.progress, printed);
  const { worthRetry, ...finding } = findCause({
    error:
      printed ?? vertex?.error ?? (failed.progress.plainTail.join('\n') || 'Buildx ended without a word'),
    output: vertex === null ? [] : outputTail(vertex),
    instruction: vertex === null ? null : (stepName(vertex.name)?.instruction ?? null),
    builder: failed.builder,
  });
  // Without a builder nobody has read the Dockerfile yet: it is not to blame.
  const place = finding.code === 'build/no-builder' ? {} : { place: placeOf(failed, vertex) };
  return { problems: [{ ...finding, ...place }], worthRetry };
}

/** Buildx's last words; they can span lines. */
function printedError(lines: readonly string[]): string | null {
  const start = lines.findLastIndex((line) => line.startsWith('ERROR: '));
  return start < 0 ? null : lines.slice(start).join('\n').slice('ERROR: '.length);
}

/** The vertex the build died of. Others may carry errors too: a cache that is not there yet, steps told that all is over. */
function failedVertex(progress: BuildProgress, printed: string | null): VertexProgress | null {
  const failed = [...progress.vertices.values()].filter(
    ({ error }) =>
      error !== '' && !error.includes('context canceled') && (printed === null || printed.includes(error)),
  );
  return failed.find(({ name }) => stepName(name) !== null) ?? failed[0] ?? null;
}

function placeOf(failed: FailedBuild, vertex: VertexProgress | null): Place {
  const line = printedLine(failed.progress.plainTail) ?? instructionLine(failed.instructions, vertex);
  return line === undefined ? { file: failed.dockerfile } : { file: failed.dockerfile, line };
}

/** Buildx prints the source around the failure, under a heading `Dockerfile:12`. */
function printedLine(lines: readonly string[]): number | undefined {
  for (const [index, line] of lines.entries()) {
    const number = /^\S.*:(\d+)$/.exec(line)?.[1];
    if (number !== undefined && lines[index + 1]?.startsWith('-----') === true) return Number(number);
  }
  return undefined;
}

function instructionLine(
  instructions: readonly InstructionPlace[],
  vertex: VertexProgress | null,
): number | undefined {
  const wanted = vertex === null ? undefined : stepName(vertex.name)?.instruction;
  if (wanted === undefined) return undefined;
  const matches = instructions.filter(({ text }) => onOneLine(text) === onOneLine(wanted));
  return matches.length === 1 ? matches[0]?.place.line : undefined;
}

function onOneLine(text: string): string {
  return text
    .replace(/[\\`]\r?\n/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
