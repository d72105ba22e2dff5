import { DarkroomError } from '../errors/darkroom-error.ts';

/** How much is kept, and whether anything goes. */
export interface PruneOptions {
  /** Else it is only told what would. */
  readonly deletes: boolean;
  readonly graceMs: number;
  readonly keepPublishes: number;
}

const DAY_MS = 86_400_000;
const MOST = 3650;

/** What was built or planned a moment ago is named by nothing yet. */
const NO_GRACE =
  'Without a day of grace it would delete what a run that goes on now has built and not published yet.';

/** Reads them as they were written. @throws DarkroomError `prune/bad-option` */
export function readPruneOptions(written: {
  readonly deletes: boolean;
  readonly graceDays: string;
  readonly keepPublishes: string;
}): PruneOptions {
  return {
    deletes: written.deletes,
    graceMs: readCount('grace-days', written.graceDays, 1) * DAY_MS,
    keepPublishes: readCount('keep-publishes', written.keepPublishes, 1),
  };
}

function readCount(name: string, written: string, least: number): number {
  const value = /^\d{1,4}$/.test(written) ? Number(written) : Number.NaN;
  if (value >= least && value <= MOST) return value;
  throw new DarkroomError(
    {
      code: 'prune/bad-option',
      message: `"${name}" is ${JSON.stringify(written)}; expected a whole number from ${least} to ${MOST}.`,
      ...(name === 'grace-days' && value === 0 ? { hint: NO_GRACE } : {}),
    },
    { kind: 'use' },
  );
}
