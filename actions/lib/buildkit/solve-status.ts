/** Reads one line of `buildx build --progress=rawjson`: a BuildKit SolveStatus as JSON. */

/** A step of the build graph; sent again, whole, whenever something about it changes. */
export interface VertexEvent {
  readonly digest: string;
  readonly name: string;
  /** RFC 3339 times, absent until they happen. */
  readonly started?: string;
  readonly completed?: string;
  readonly cached: boolean;
  /** Empty while all is well. */
  readonly error: string;
}

/** Progress of one thing a step does: a layer it pulls, a manifest it pushes. */
export interface TransferEvent {
  readonly vertex: string;
  readonly id: string;
  /** Bytes (or files, or nothing) moved so far. */
  readonly current: number;
  /** 0 when unknown. */
  readonly total: number;
  readonly completed: boolean;
}

/** Output of a step, in pieces that need not end at a line end. */
export interface LogEvent {
  readonly vertex: string;
  readonly text: string;
}

/** A finding of BuildKit's own Dockerfile checks. */
export interface BuildWarning {
  /** Rule id, for example `MaintainerDeprecated`; empty when the text names none. */
  readonly rule: string;
  readonly text: string;
  readonly url: string;
  /** Name of the Dockerfile as the builder knows it. */
  readonly file: string;
  /** First and last line, from 1; `null` when the warning has no place. */
  readonly lines: readonly [number, number] | null;
}

/** What one line says. */
export interface SolveStatus {
  readonly vertexes: readonly VertexEvent[];
  readonly statuses: readonly TransferEvent[];
  readonly logs: readonly LogEvent[];
  readonly warnings: readonly BuildWarning[];
}

/**
 * Reads a line, or answers `null` when it is no SolveStatus (Buildx prints its final error as text on the same stream).
 * Unknown fields are ignored and entries without the fields needed are left out: newer BuildKits add fields.
 * Shape: https://github.com/moby/buildkit/blob/v0.33.0/client/graph.go
 */
export function parseSolveStatus(line: string): SolveStatus | null {
  if (!line.startsWith('{')) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const status = record(value);
  return {
    vertexes: list(status.vertexes).flatMap(vertexEvent),
    statuses: list(status.statuses).flatMap(transferEvent),
    logs: list(status.logs).flatMap(logEvent),
    warnings: list(status.warnings).flatMap(buildWarning),
  };
}

function vertexEvent(value: unknown): VertexEvent[] {
  const entry = record(value);
  const digest = text(entry.digest);
  if (digest === '') return [];
  const started = text(entry.started);
  const completed = text(entry.completed);
  return [
    {
      digest,
      name: text(entry.name),
      ...(started === '' ? {} : { started }),
      ...(completed === '' ? {} : { completed }),
      cached: entry.cached === true,
      error: text(entry.error),
    },
  ];
}

function transferEvent(value: unknown): TransferEvent[] {
  const entry = record(value);
  const vertex = text(entry.vertex);
  if (vertex === '') return [];
  return [
    {
      vertex,
      id: text(entry.id),
      current: amount(entry.current),
      total: amount(entry.total),
      completed: text(entry.completed) !== '',
    },
  ];
}

function logEvent(value: unknown): LogEvent[] {
  const entry = record(value);
  const vertex = text(entry.vertex);
  return vertex === '' ? [] : [{ vertex, text: base64Text(entry.data) }];
}

function buildWarning(value: unknown): BuildWarning[] {
  const entry = record(value);
  const short = base64Text(entry.short);
  if (short === '') return [];
  const named = /^(?<rule>[A-Z][A-Za-z]+): (?<rest>.*?)(?: \(line \d+\))?$/s.exec(short)?.groups;
  const ranges = list(entry.range).map(record);
  const first = amount(record(ranges[0]?.start).line);
  const last = amount(record(ranges.at(-1)?.end).line);
  return [
    {
      rule: named?.rule ?? '',
      text: named?.rest ?? short,
      url: text(entry.url),
      file: text(record(entry.sourceInfo).filename),
      lines: first === 0 ? null : [first, Math.max(first, last)],
    },
  ];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function amount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

function base64Text(value: unknown): string {
  return Buffer.from(text(value), 'base64').toString('utf8');
}
