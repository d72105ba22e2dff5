/** What a forge answered, checked field by field: whatever is not as its description promises is refused. */
import type { Job, Run, Step, Workflow } from './forge.ts';
import { badAnswer } from './forge-failure.ts';

/** An object of an answer, its fields not looked at yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Reads one value of an answer; `doing` names what was asked in the error. @throws DarkroomError `forge/bad-answer` */
export type Reader<T> = (value: unknown, doing: string) => T;

export const readWorkflow: Reader<Workflow> = (value, doing) => {
  const from = fields(value, doing);
  return {
    id: number(from, 'id', doing),
    name: text(from, 'name', doing),
    path: text(from, 'path', doing),
    state: text(from, 'state', doing),
  };
};

export const readRun: Reader<Run> = (value, doing) => {
  const from = fields(value, doing);
  const { login } = (from.actor ?? {}) as { login?: unknown };
  const title = from.display_title ?? from.name;
  return {
    id: number(from, 'id', doing),
    url: text(from, 'html_url', doing),
    title: typeof title === 'string' ? title : '',
    status: text(from, 'status', doing),
    conclusion: optional(text, from, 'conclusion', doing),
    createdAt: time(from, 'created_at', doing),
    actor: typeof login === 'string' ? login : null,
  };
};

export const readJob: Reader<Job> = (value, doing) => {
  const from = fields(value, doing);
  return {
    id: number(from, 'id', doing),
    ...phase(from, doing),
    steps: (from.steps === undefined ? [] : list(from, 'steps', doing)).map((step) => readStep(step, doing)),
  };
};

const readStep: Reader<Step> = (value, doing) => {
  const from = fields(value, doing);
  return { number: number(from, 'number', doing), ...phase(from, doing) };
};

function phase(from: Fields, doing: string): Omit<Step, 'number'> {
  return {
    name: text(from, 'name', doing),
    status: text(from, 'status', doing),
    conclusion: optional(text, from, 'conclusion', doing),
    startedAt: optional(time, from, 'started_at', doing),
    completedAt: optional(time, from, 'completed_at', doing),
  };
}

export function fields(value: unknown, doing: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw badAnswer(doing, 'the answer is no object where one was expected');
}

export function list(from: Fields, name: string, doing: string): readonly unknown[] {
  const value = from[name];
  if (Array.isArray(value)) return value;
  throw wrong(name, 'a list', value, doing);
}

export function number(from: Fields, name: string, doing: string): number {
  const value = from[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(name, 'a whole number', value, doing);
}

export function text(from: Fields, name: string, doing: string): string {
  const value = from[name];
  if (typeof value === 'string') return value;
  throw wrong(name, 'a text', value, doing);
}

export function time(from: Fields, name: string, doing: string): number {
  const value = Date.parse(text(from, name, doing));
  if (!Number.isNaN(value)) return value;
  throw wrong(name, 'a time', from[name], doing);
}

function optional<T>(
  read: (from: Fields, name: string, doing: string) => T,
  from: Fields,
  name: string,
  doing: string,
): T | null {
  return from[name] === null || from[name] === undefined ? null : read(from, name, doing);
}

function wrong(name: string, expected: string, value: unknown, doing: string) {
  const shown = JSON.stringify(value)?.slice(0, 60) ?? 'missing';
  return badAnswer(doing, `"${name}" in the answer is ${shown}; expected ${expected}`);
}
