/** Follows one build: folds the lines of `--progress=rawjson` into a state, and sums the state up for a display. */
import {
  type BuildWarning,
  type LogEvent,
  parseSolveStatus,
  type SolveStatus,
  type TransferEvent,
  type VertexEvent,
} from './solve-status.ts';

const TAIL_LINES = 40;
const LONGEST_PARTIAL = 4096;

/** Everything known of one step. */
export interface VertexProgress {
  readonly digest: string;
  /** As BuildKit shows it, for example `[stage-1 3/7] RUN make`. */
  readonly name: string;
  readonly started: boolean;
  /** ISO 8601; empty before. */
  readonly startedAt: string;
  readonly completed: boolean;
  readonly cached: boolean;
  /** Empty while all is well. */
  readonly error: string;
  /** By BuildKit's id of the thing moved. */
  readonly transfers: ReadonlyMap<string, TransferEvent>;
  /** Last whole lines of the step's output, oldest first. */
  readonly tail: readonly string[];
  /** The line still being written. */
  readonly partial: string;
}

/** Everything known of one build. */
export interface BuildProgress {
  /** By digest, in the order first heard of. */
  readonly vertices: ReadonlyMap<string, VertexProgress>;
  readonly warnings: readonly BuildWarning[];
  /** Last lines that were no status: Buildx's own messages, and the error it ends with. */
  readonly plainTail: readonly string[];
}

/** A build of which nothing was heard yet. */
export const EMPTY_PROGRESS: BuildProgress = { vertices: new Map(), warnings: [], plainTail: [] };

/** Takes in one line of Buildx's stderr. */
export function applyLine(state: BuildProgress, line: string): BuildProgress {
  const status = parseSolveStatus(line);
  if (status !== null) return applyStatus(state, status);
  if (line.trim() === '') return state;
  return { ...state, plainTail: [...state.plainTail, line].slice(-TAIL_LINES) };
}

/** Takes in one event. */
function applyStatus(state: BuildProgress, event: SolveStatus): BuildProgress {
  const vertices = new Map(state.vertices);
  for (const vertex of event.vertexes) {
    vertices.set(vertex.digest, withVertex(vertices.get(vertex.digest), vertex));
  }
  for (const status of event.statuses) {
    const vertex = vertices.get(status.vertex) ?? unnamedVertex(status.vertex);
    vertices.set(status.vertex, { ...vertex, transfers: new Map(vertex.transfers).set(status.id, status) });
  }
  for (const log of event.logs) {
    vertices.set(log.vertex, withLog(vertices.get(log.vertex) ?? unnamedVertex(log.vertex), log));
  }
  return { ...state, vertices, warnings: withWarnings(state.warnings, event.warnings) };
}

function unnamedVertex(digest: string): VertexProgress {
  return {
    digest,
    name: '',
    started: false,
    startedAt: '',
    completed: false,
    cached: false,
    error: '',
    transfers: new Map(),
    tail: [],
    partial: '',
  };
}

function withVertex(known: VertexProgress | undefined, event: VertexEvent): VertexProgress {
  return {
    ...(known ?? unnamedVertex(event.digest)),
    name: event.name,
    started: event.started !== undefined,
    startedAt: event.started ?? '',
    completed: event.completed !== undefined,
    cached: event.cached,
    error: event.error,
  };
}

function withLog(vertex: VertexProgress, log: LogEvent): VertexProgress {
  const lines = (vertex.partial + log.text).split('\n');
  const partial = (lines.pop() ?? '').slice(-LONGEST_PARTIAL);
  const whole = lines.slice(-TAIL_LINES).map((line) => lastOverwrite(line).slice(0, LONGEST_PARTIAL));
  return { ...vertex, tail: [...vertex.tail, ...whole].slice(-TAIL_LINES), partial };
}

/** Last lines of a step's output, the unfinished one included. */
export function outputTail(vertex: VertexProgress): readonly string[] {
  const last = lastOverwrite(vertex.partial);
  return last === '' ? vertex.tail : [...vertex.tail, last];
}

/** What a terminal would still show of a line that rewrites itself with carriage returns (download bars do). */
function lastOverwrite(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.slice(text.lastIndexOf('\r') + 1);
}

/** The same finding arrives once per stage or platform that holds the instruction: kept once. */
function withWarnings(
  known: readonly BuildWarning[],
  added: readonly BuildWarning[],
): readonly BuildWarning[] {
  const fresh = added.filter((warning) => !known.some((other) => sameWarning(other, warning)));
  return fresh.length === 0 ? known : [...known, ...fresh];
}

function sameWarning(one: BuildWarning, other: BuildWarning): boolean {
  return one.rule === other.rule && one.text === other.text && one.lines?.[0] === other.lines?.[0];
}
