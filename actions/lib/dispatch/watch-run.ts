import type { Forge, Job, Run } from '../forge/forge.ts';

/** Told what is seen: each time the state of the run or of its jobs is another one. */
export interface RunListener {
  onStatus(status: string): void;
  onJobs(before: readonly Job[], after: readonly Job[]): void;
}

/** What one look at a run gave. */
export type Look =
  | { readonly kind: 'running'; readonly isNews: boolean }
  | { readonly kind: 'completed'; readonly run: Run }
  | { readonly kind: 'missing' };

/** Eyes on one run. */
export interface RunWatch {
  look(): Promise<Look>;
  jobs(): readonly Job[];
}

/** Watches a run with as few requests as tell it: while a job goes on, the run itself is not asked for. */
export function watchRun(forge: Forge, id: number, listener: RunListener): RunWatch {
  let jobs: readonly Job[] = [];
  let status = '';

  /** Only `completed` is the end: names for what comes before were added more than once. */
  function note(run: Run): boolean {
    const isNews = run.status !== status;
    status = run.status;
    if (isNews && status !== 'completed') listener.onStatus(status);
    return isNews;
  }

  async function lookAtJobs(): Promise<boolean | null> {
    const seen = await forge.readJobs(id);
    if (seen === null) return null;
    if (JSON.stringify(seen) === JSON.stringify(jobs)) return false;
    const before = jobs;
    jobs = seen;
    listener.onJobs(before, seen);
    return true;
  }

  async function look(): Promise<Look> {
    let run: Run | null = null;
    let isNews = false;
    if (jobs.every((job) => job.status === 'completed')) {
      run = await forge.readRun(id);
      if (run === null) return { kind: 'missing' };
      isNews = note(run);
      // Before anything runs there are no jobs to be seen.
      const isIdle = status !== 'completed' && status !== 'in_progress';
      if (jobs.length === 0 && isIdle) return { kind: 'running', isNews };
    }
    const moved = await lookAtJobs();
    if (moved === null) return { kind: 'missing' };
    if (run?.status === 'completed') return { kind: 'completed', run };
    return { kind: 'running', isNews: isNews || moved };
  }

  return { look, jobs: () => jobs };
}
