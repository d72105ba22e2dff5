/** Commits moved pins to a branch, whatever is pushed there meanwhile; never by force. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { problemsOf } from '../errors/problems-of.ts';
import type { OpenedRepository } from '../forge/open-forge.ts';
import { emptyLock } from '../matrix/lock.ts';
import { parseLock, printLock } from '../matrix/parse-lock.ts';
import type { LockChange } from '../upstream/resolve-upstreams.ts';
import { applyMoves } from './apply-moves.ts';
import { isRefreshCommit, withTrailer } from './proposal-marks.ts';

/** What is committed where. */
export interface CommitOrder {
  readonly branch: string;
  /** From the top of the repository. */
  readonly lockPath: string;
  readonly changes: readonly LockChange[];
  readonly message: string;
}

/** Whoever pushes more often than this is waited for until the next run. */
const MOST_TRIES = 5;

/** Gives the commit; `null` where everything stands there already. @throws DarkroomError `refresh/…`, `forge/…` */
export async function commitMoves(order: CommitOrder, opened: OpenedRepository): Promise<string | null> {
  const { repository, patience } = opened;
  const ref = `heads/${order.branch}`;
  for (let tried = 1; ; tried++) {
    const head = await readHead(order.branch, opened);
    const text = await lockAt(head, order, opened);
    if (text === null) return null;
    const file = { base: head, path: order.lockPath, text, message: withTrailer(order.message, text) };
    const commit = await patience.politely(() => repository.writeCommit(file));
    const result = await patience.politely(() => repository.advanceRef(ref, commit));
    if (result.moved) return commit;
    // Where nobody pushed, it is refused for good.
    const now = await patience.politely(() => repository.readRef(ref));
    if (now === commit) return commit;
    if (now === head) throw refused(order, result.failure);
    if (tried === MOST_TRIES) throw outrun(order);
  }
}

/** The commit a branch is at. @throws DarkroomError `refresh/no-branch` */
export async function readHead(branch: string, { repository, patience }: OpenedRepository): Promise<string> {
  const head = await patience.politely(() => repository.readRef(`heads/${branch}`));
  if (head !== null) return head;
  const message = `The repository has no branch ${JSON.stringify(branch)}.`;
  throw new DarkroomError({ code: 'refresh/no-branch', message });
}

/** The lock at a commit with the changes in it; `null` where that is no other. */
export async function lockAt(
  commit: string,
  { lockPath, changes }: Pick<CommitOrder, 'lockPath' | 'changes'>,
  { repository, patience }: OpenedRepository,
): Promise<string | null> {
  const text = await patience.politely(() => repository.readFile(lockPath, commit));
  const { lock, applied } = applyMoves(text === null ? emptyLock() : parseLock(text, lockPath), changes);
  // What nothing needs any more goes along, and is no reason of its own.
  return applied.some(({ to }) => to !== null) ? printLock(lock) : null;
}

/** The newest commit of a branch, where a refresh made it: a run for it may have been left out. */
export async function readOwnHead(
  branch: string,
  opened: OpenedRepository,
): Promise<{ readonly commit: string; readonly date: number } | null> {
  const commit = await readHead(branch, opened);
  const { message, date } = await opened.patience.politely(() => opened.repository.readCommit(commit));
  return isRefreshCommit(message) ? { commit, date } : null;
}

function refused({ branch }: CommitOrder, failure: Error): DarkroomError {
  return new DarkroomError({
    code: 'refresh/refused',
    message: problemsOf(failure)[0]?.message ?? failure.message,
    hint: `Where ${JSON.stringify(branch)} is protected, give "app-id" and "private-key" or "pull-request-token": then the lock comes as a pull request.`,
  });
}

function outrun({ branch }: CommitOrder): DarkroomError {
  const message = `${JSON.stringify(branch)} was pushed to ${MOST_TRIES} times while the lock was committed.`;
  return new DarkroomError({ code: 'refresh/outrun', message, hint: 'Run it again.' });
}
