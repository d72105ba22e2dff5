/** Runs that have to be cancelled should we go. */
import type { OpenedForge } from '../forge/open-forge.ts';

/** Runs that go on, and marks of runs of which nobody knows yet whether they are there. */
export interface LeftRuns {
  readonly runs: readonly number[];
  readonly marks: readonly string[];
}

/** Keeps count of them, and cancels them when we are stopped. */
export interface RunTracker {
  /** Before a run is asked for. */
  asks(mark: string | null): void;
  /** It is not there, or known by its number. */
  answered(mark: string | null): void;
  begins(id: number): void;
  ends(id: number): void;
  /** How many go on. */
  count(): number;
  /** Once every cancel that was asked for was answered. */
  close(): Promise<void>;
}

/** Nobody looks further back for a run whose answer was lost when its job was cancelled. */
const LOOK_BACK_MS = 60 * 60_000;

/** @param onLeft told whenever it changes */
export function trackRuns(
  { forge, patience }: OpenedForge,
  stop: AbortSignal,
  onLeft: (left: LeftRuns) => void,
): RunTracker {
  const [runs, marks] = [new Set<number>(), new Set<string>()];
  const cancels: Promise<void>[] = [];
  const tell = (): void => onLeft({ runs: [...runs], marks: [...marks] });
  const cancel = (id: number): void => void cancels.push(patience.politely(() => forge.cancel(id)));
  const cancelAll = (): void => runs.forEach(cancel);
  stop.addEventListener('abort', cancelAll);
  return {
    asks(mark) {
      if (mark === null) return;
      marks.add(mark);
      tell();
    },
    answered(mark) {
      if (mark !== null && marks.delete(mark)) tell();
    },
    begins(id) {
      runs.add(id);
      tell();
      if (stop.aborted) cancel(id);
    },
    ends(id) {
      if (runs.delete(id)) tell();
    },
    count: () => runs.size,
    async close() {
      stop.removeEventListener('abort', cancelAll);
      await Promise.allSettled(cancels);
    },
  };
}

/** Cancels what an earlier process left. @param file of the workflow @throws DarkroomError `forge/…` */
export async function cancelLeft(
  left: LeftRuns,
  file: string,
  { forge, patience }: OpenedForge,
  say: (line: string) => void,
): Promise<void> {
  const cancel = async (id: number): Promise<void> => {
    await patience.politely(() => forge.cancel(id));
    say(`The run ${id} was asked to end.`);
  };
  for (const id of left.runs) await cancel(id);
  if (left.marks.length === 0) return;
  const workflow = await patience.politely(() => forge.readWorkflow(file));
  if (workflow === null) return;
  const runs = await patience.politely(() => forge.listRuns(workflow, null, forge.time() - LOOK_BACK_MS));
  const marked = runs.filter(({ title, status }) => {
    return status !== 'completed' && left.marks.some((mark) => title.includes(mark));
  });
  for (const { id } of marked) await cancel(id);
}
