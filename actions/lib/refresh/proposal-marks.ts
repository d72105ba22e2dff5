/** What commits and pull requests of a refresh carry, by which they are known again. Pure. */
import { createHash } from 'node:crypto';
import type { PullRequest } from '../forge/forge-repository.ts';
import type { LockChange } from '../upstream/resolve-upstreams.ts';
import { pinId } from './sightings.ts';

/** Last line of every commit that a refresh makes, with a digest of the lock in it. */
const TRAILER = /^Darkroom-Refresh: v1 ([0-9a-f]{64})$/;
const MARK = /<!-- darkroom-refresh v1:([0-9a-f,]*) -->/;

/** A message with the line by which the commit is known again, and the lock that it brings. */
export function withTrailer(message: string, lockText: string): string {
  return `${message.trimEnd()}\n\nDarkroom-Refresh: v1 ${digestOf(lockText)}\n`;
}

/** Whether a refresh made the commit. Somebody may have amended it since: the message stays then. */
export function isRefreshCommit(message: string): boolean {
  return trailerOf(message) !== undefined;
}

/** Whether a refresh made a commit with this lock. */
export function isRefreshOf(message: string, lockText: string | null): boolean {
  return lockText !== null && trailerOf(message) === digestOf(lockText);
}

function trailerOf(message: string): string | undefined {
  return TRAILER.exec(message.trimEnd().split('\n').at(-1) ?? '')?.[1];
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A pull request's text with a mark that people do not see: what it moves, and to what. */
export function withMark(body: string, changes: readonly LockChange[]): string {
  const ids = changes.flatMap((change) => (change.to === null ? [] : [pinId(change, change.to)]));
  return `${body.trimEnd()}\n\n<!-- darkroom-refresh v1:${ids.sort().join(',')} -->\n`;
}

/** What people declined: it stood in a pull request that was closed and not merged. Whoever closes without that takes the mark away. */
export function declinedPins(pulls: readonly PullRequest[]): ReadonlySet<string> {
  const closed = pulls.filter(({ isOpen, isMerged }) => !isOpen && !isMerged);
  return new Set(
    closed.flatMap(({ body }) => (MARK.exec(body)?.[1] ?? '').split(',').filter((id) => id !== '')),
  );
}
