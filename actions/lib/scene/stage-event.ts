/** What a stage's container says: one JSON object a line. Nothing in it is trusted. */
import type { Problem } from '../errors/darkroom-error.ts';
import { sanitiseLine } from '../report/sanitise-line.ts';
import { STAGES, type Stage } from './stage.ts';

/** A JSON value whose texts can be printed. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object whose names and texts can be printed. */
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** How a stage ended. */
export interface StageResult {
  readonly stage: Stage;
  /** The stage key: 64 hexadecimal digits. */
  readonly key: string;
  /** It was there already. */
  readonly skipped: boolean;
  /** Those of the run that made it. */
  readonly seconds: number;
  readonly summary: JsonObject;
}

/** One line of a container. */
export type StageEvent =
  | { readonly event: 'stage'; readonly stage: Stage; readonly key: string; readonly skipped: boolean }
  /** `done` is a share from 0 to 1. */
  | { readonly event: 'progress'; readonly stage: Stage; readonly done: number; readonly message: string }
  | { readonly event: 'notice' | 'warning'; readonly message: string }
  | { readonly event: 'result'; readonly result: StageResult }
  | { readonly event: 'problem'; readonly problem: Problem };

/** A summary of a thousand photographs is well below it. */
export const LONGEST_EVENT = 1024 * 1024;

const KEY = /^[0-9a-f]{64}$/;
const CODE = /^[a-z][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/;
const DEEPEST = 8;
const LONGEST_TEXT = 2000;
const MOST_LINES = 30;

/** Reads one line; `null` when it is no event. */
export function parseStageEvent(line: string): StageEvent | null {
  const value = parseObject(line);
  if (value === null) return null;
  switch (value.event) {
    case 'stage':
      return parseStage(value);
    case 'progress':
      return parseProgress(value);
    case 'notice':
    case 'warning':
      return typeof value.message === 'string'
        ? { event: value.event, message: printable(value.message) }
        : null;
    case 'result':
      return parseResult(value);
    case 'problem':
      return parseProblem(value);
    default:
      return null;
  }
}

type Read = Readonly<Record<string, unknown>>;

function parseObject(line: string): Read | null {
  if (line.length > LONGEST_EVENT) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Read {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseStage({ stage, key, skipped }: Read): StageEvent | null {
  return isStage(stage) && isKey(key) && typeof skipped === 'boolean'
    ? { event: 'stage', stage, key, skipped }
    : null;
}

function parseProgress({ stage, done, message }: Read): StageEvent | null {
  if (!isStage(stage) || typeof done !== 'number' || typeof message !== 'string') return null;
  return {
    event: 'progress',
    stage,
    done: Math.min(1, Math.max(0, done)),
    message: sanitiseLine(message, 200),
  };
}

function parseResult({ stage, key, skipped, seconds, summary }: Read): StageEvent | null {
  const isWhole = isStage(stage) && isKey(key) && typeof skipped === 'boolean' && isObject(summary);
  if (!isWhole || typeof seconds !== 'number' || !(seconds >= 0) || !Number.isFinite(seconds)) return null;
  return { event: 'result', result: { stage, key, skipped, seconds, summary: toPrintable(summary) } };
}

function parseProblem({ code, message, hint }: Read): StageEvent | null {
  if (typeof message !== 'string') return null;
  const known = typeof code === 'string' && CODE.test(code) ? (code as Problem['code']) : 'scene/problem';
  const said = typeof hint === 'string' && hint !== '' ? { hint: printable(hint) } : {};
  return { event: 'problem', problem: { code: known, message: printable(message), ...said } };
}

function isStage(value: unknown): value is Stage {
  return STAGES.some((stage) => stage === value);
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && KEY.test(value);
}

/** Lines stay lines: a problem may list photographs. */
function printable(text: string): string {
  const lines = text.slice(0, LONGEST_TEXT * MOST_LINES).split(/\r?\n/);
  return lines
    .slice(0, MOST_LINES)
    .map((line) => sanitiseLine(line, LONGEST_TEXT))
    .join('\n')
    .trimEnd();
}

function toPrintable(object: Read, depth = 0): JsonObject {
  const pairs = Object.entries(object).map(([name, value]) => [
    sanitiseLine(name, 100),
    cleanValue(value, depth),
  ]);
  return Object.fromEntries(pairs) as JsonObject;
}

function cleanValue(value: unknown, depth: number): Json {
  if (typeof value === 'string') return sanitiseLine(value, LONGEST_TEXT);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  if (depth === DEEPEST) return null;
  if (Array.isArray(value)) return value.map((one) => cleanValue(one, depth + 1));
  return isObject(value) ? toPrintable(value, depth + 1) : null;
}
