/** Port: what Darkroom asks of the place where workflows run, for one repository there. */

/** A workflow file as the forge knows it. */
export interface Workflow {
  readonly id: number;
  readonly name: string;
  /** `.github/workflows/reconstruct.yml` */
  readonly path: string;
  /** `active`, or why it is not. */
  readonly state: string;
}

/** One run of a workflow. Times are those of the forge, in milliseconds. */
export interface Run {
  readonly id: number;
  /** Its page. */
  readonly url: string;
  /** What `run-name` came to, or another text. */
  readonly title: string;
  /** `completed`, or anything else while it is not. */
  readonly status: string;
  /** `null` until it is completed. */
  readonly conclusion: string | null;
  readonly createdAt: number;
  readonly actor: string | null;
}

/** A job of a run. */
export interface Job {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly steps: readonly Step[];
}

/** A step of a job. */
export interface Step {
  readonly number: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
}

/** What came of asking for a run. */
export type Dispatched =
  | { readonly kind: 'started'; readonly id: number; readonly url: string }
  /** It is there, but an older server does not say which it is. */
  | { readonly kind: 'accepted' }
  /** Nobody knows: the request went out, and no answer came that could be used. */
  | { readonly kind: 'lost'; readonly reason: string };

/** What the forge still grants within its present hour. */
export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** The forge's own time, in milliseconds. */
  readonly resetsAt: number;
}

/**
 * One repository of a forge. Everything fails with a `PassingFailure` where it makes sense to ask again, with another
 * `DarkroomError` where it does not.
 */
export interface Forge {
  /** @param file name of the file, or the number of the workflow */
  readWorkflow(file: string): Promise<Workflow | null>;
  listWorkflows(): Promise<readonly Workflow[]>;
  /** Text of a file at a branch, tag or commit; `null` where it is not there or may not be read. */
  readFile(path: string, ref: string): Promise<string | null>;
  readDefaultBranch(): Promise<string>;
  /** Asks once for a run. */
  dispatch(workflow: Workflow, ref: string, inputs: Readonly<Record<string, string>>): Promise<Dispatched>;
  /** Dispatched runs of a workflow, of a branch or all, that were created at `since` or later, the newest first; at most 1000. */
  listRuns(workflow: Workflow, branch: string | null, since: number): Promise<readonly Run[]>;
  readRun(id: number): Promise<Run | null>;
  /** Jobs of the newest attempt. */
  readJobs(id: number): Promise<readonly Job[] | null>;
  /** The end of a job's log; `null` where there is none. */
  readLogTail(job: number): Promise<string | null>;
  /** The newest artifact of a name, as the zip it is; `null` where there is none. */
  readArtifact(run: number, name: string): Promise<Uint8Array | null>;
  /** Asks for a run to be cancelled; one that is over is left as it is. */
  cancel(id: number): Promise<void>;
  /** Who dispatches, where that can be known. */
  readLogin(): Promise<string | null>;
  /** The forge's own time as far as known, in milliseconds. */
  time(): number;
  /** `null` where it says nothing of one. */
  quota(): Quota | null;
  /** How many requests were sent. */
  requests(): number;
}
