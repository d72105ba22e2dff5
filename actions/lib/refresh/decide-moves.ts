/** Which pins move now, which later, which not: by the age of what stands there. */
import type { LockChange } from '../upstream/resolve-upstreams.ts';
import { changeId, noteSightings, pinId, type Sightings } from './sightings.ts';

/** What the age of something is measured from. */
export type AgeBasis =
  /** It says so itself: an image's `created`, a commit's date. */
  | 'dated'
  /** It has no date; since it was seen first. */
  | 'seen';

/** A pin that moves. */
export interface Move extends LockChange {
  readonly to: string;
  readonly reason:
    | { readonly kind: 'soaked'; readonly basis: AgeBasis; readonly since: number }
    /** The lock has nothing of it, and nothing builds without. */
    | { readonly kind: 'missing' }
    /** It soaked, was proposed, and stands there no longer; what came after it is too young or could not be seen. */
    | { readonly kind: 'proposed' };
}

/** Something that stands there and is not taken over. */
export interface Held extends LockChange {
  readonly to: string;
  /** `null`: somebody declined it, and it never moves. Milliseconds. */
  readonly until: number | null;
  readonly basis: AgeBasis;
  readonly since: number;
}

/** What is decided over. Times in milliseconds. */
export interface MoveQuestion {
  /** What stands there and is not what is locked. */
  readonly changes: readonly LockChange[];
  /** What could not be looked up, as it stands in {@link LockChange.what}. */
  readonly unseen: ReadonlySet<string>;
  /** Dates by {@link changeId}; absent or `null` where there is none. */
  readonly dates: ReadonlyMap<string, number | null>;
  readonly sightings: Sightings;
  /** What an open pull request would change. */
  readonly proposed: readonly LockChange[];
  /** {@link pinId}s that a person declined. */
  readonly declined: ReadonlySet<string>;
  readonly now: number;
  readonly soakMs: number;
}

/** What is decided. */
export interface MoveDecision {
  readonly moves: readonly Move[];
  readonly held: readonly Held[];
  /** To be kept for the next time. */
  readonly sightings: Sightings;
}

/** Decides; every change is in one of the lists, except what the lock no longer needs. */
export function decideMoves(question: MoveQuestion): MoveDecision {
  const { changes, dates, declined, now, soakMs } = question;
  const moved = changes.filter(({ from, to }) => from !== null && to !== null);
  const undated = moved.filter((change) => (dates.get(changeId(change)) ?? null) === null);
  const sightings = noteSightings(undated, question.sightings, now);
  const moves: Move[] = [];
  const held: Held[] = [];
  for (const change of changes) {
    const { from, to } = change;
    if (to === null) continue;
    if (from === null) {
      moves.push({ ...change, to, reason: { kind: 'missing' } });
      continue;
    }
    const date = dates.get(changeId(change)) ?? null;
    const basis = date === null ? 'seen' : 'dated';
    const since = date ?? sightings[changeId(change)]?.at ?? now;
    const isDeclined = declined.has(pinId(change, to));
    if (!isDeclined && since + soakMs <= now) {
      moves.push({ ...change, to, reason: { kind: 'soaked', basis, since } });
    } else held.push({ ...change, to, until: isDeclined ? null : since + soakMs, basis, since });
  }
  return { moves: [...moves, ...stillProposed(question, held)].sort(byName), held, sightings };
}

/** What soaked once is not taken back because something younger came. */
function stillProposed({ proposed, unseen, declined }: MoveQuestion, held: readonly Held[]): readonly Move[] {
  const waiting = new Map(held.map((one) => [changeId(one), one]));
  return proposed.flatMap((change) => {
    const { from, to } = change;
    const younger = waiting.get(changeId(change));
    const isOpen = younger !== undefined || unseen.has(change.what);
    if (!isOpen || from === null || to === null || to === younger?.to) return [];
    return declined.has(pinId(change, to)) ? [] : [{ ...change, to, reason: { kind: 'proposed' } as const }];
  });
}

const KINDS: readonly LockChange['kind'][] = ['image', 'git', 'http', 'local'];

function byName(one: LockChange, other: LockChange): number {
  const kinds = KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind);
  return kinds || (one.what < other.what ? -1 : Number(one.what > other.what));
}
