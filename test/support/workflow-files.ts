/** The workflows and actions of this repository as data, anchors resolved. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** One step of a job. */
export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
}

/** One job. */
export interface Job {
  readonly name?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: unknown;
  readonly 'timeout-minutes'?: unknown;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

/** One workflow. */
export interface WorkflowFile {
  /** From the top of the repository. */
  readonly path: string;
  readonly text: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly data: {
    readonly name?: string;
    readonly permissions?: unknown;
    readonly concurrency?: unknown;
    readonly jobs: Readonly<Record<string, Job>>;
  };
}

/** `action.yml` of one of our own actions. */
export interface ActionFile {
  readonly inputs?: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

const FOLDER = '.github/workflows';

/** Reads all of them. */
export function readWorkflows(): readonly WorkflowFile[] {
  return readdirSync(FOLDER).flatMap((name) => {
    if (!name.endsWith('.yml')) return [];
    const text = readFileSync(path.join(FOLDER, name), 'utf8');
    const data = parse(text) as WorkflowFile['data'] & { readonly on: WorkflowFile['on'] };
    return [{ path: path.join(FOLDER, name), text, on: data.on, data }];
  });
}

/** Reads the action that `uses: $/actions/NAME` names; `null` for one of another repository. */
export function readOwnAction(uses: string): ActionFile | null {
  if (!uses.startsWith('$/')) return null;
  return parse(readFileSync(path.join(uses.slice(2), 'action.yml'), 'utf8')) as ActionFile;
}
