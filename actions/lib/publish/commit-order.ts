/** Decides whether a plan is still what should be published: runs end in another order than their commits were made in. */

/** Where the planned commit stands, seen from the published one; `unknown`: one of them is nowhere to be found. */
export type CommitRelation = 'same' | 'ahead' | 'behind' | 'diverged' | 'unknown';

/** Port: the history of the repository, as its origin tells it. */
export interface History {
  relation(published: string, planned: string): Promise<CommitRelation>;
  /** Commit of a full reference, such as `refs/heads/main`; `null` when it is gone. */
  tip(ref: string): Promise<string | null>;
}

/** The two commits, and what is asked of the history when they are on no common line. */
export interface CommitOrder {
  readonly published: string | null;
  readonly planned: string | null;
  readonly relation: CommitRelation;
  /** Tip of what was pushed. */
  readonly tip: string | null;
}

/**
 * Tells whether a plan was superseded by what is published. A descendant of the published commit is not; an ancestor is.
 * Where the two are on different lines somebody forced a push, and only what is the tip now counts.
 */
export function isSuperseded({ published, planned, relation, tip }: CommitOrder): boolean {
  if (published === null || planned === null || relation === 'same' || relation === 'ahead') return false;
  return relation === 'behind' || planned !== tip;
}

/** Asks the history no more than it takes to decide. @param ref what was pushed, as a full reference */
export async function readOrder(
  history: History,
  published: string | null,
  planned: string | null,
  ref: string,
): Promise<CommitOrder> {
  if (published === null || planned === null || published === planned) {
    return { published, planned, relation: 'same', tip: planned };
  }
  const relation = await history.relation(published, planned);
  const isOnOneLine = relation !== 'diverged' && relation !== 'unknown';
  return { published, planned, relation, tip: isOnOneLine ? null : await history.tip(ref) };
}
