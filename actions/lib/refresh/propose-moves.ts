/** Keeps one pull request with everything that moves: opened, renewed, closed; what people do to it is respected. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { PullRequest } from '../forge/forge-repository.ts';
import type { OpenedRepository } from '../forge/open-forge.ts';
import { emptyLock } from '../matrix/lock.ts';
import { parseLock } from '../matrix/parse-lock.ts';
import type { LockChange } from '../upstream/resolve-upstreams.ts';
import { compareLocks } from './apply-moves.ts';
import { lockAt, readHead } from './commit-moves.ts';
import { declinedPins, isRefreshOf, withMark, withTrailer } from './proposal-marks.ts';

/** Where it is proposed. */
export interface ProposalPlace {
  /** Branch the pull request goes into. */
  readonly base: string;
  /** Branch it comes from; nobody else's. */
  readonly branch: string;
  /** From the top of the repository. */
  readonly lockPath: string;
}

/** What stands there before anything is looked up. */
export interface Proposal {
  /** The pull request that is open. */
  readonly open: PullRequest | null;
  /** Commit of the branch. */
  readonly head: string | null;
  /** Somebody else committed to the branch, or changed the commit of a refresh. */
  readonly isTouched: boolean;
  /** What the open pull request changes. */
  readonly proposed: readonly LockChange[];
  /** What people declined before. */
  readonly declined: ReadonlySet<string>;
}

/** What is to be in it. */
export interface ProposedMoves {
  readonly changes: readonly LockChange[];
  readonly title: string;
  readonly body: string;
  readonly message: string;
}

/** What came of it. */
export type Proposed =
  | { readonly kind: 'none' }
  | { readonly kind: 'opened' | 'renewed' | 'unchanged' | 'closed' | 'touched'; readonly pull: PullRequest };

const NOTHING_LEFT =
  'Nothing of this is left to move: the lock has it already, or it stands there no longer.\n';

/** Looks at the branch and its pull requests. */
export async function readProposal(place: ProposalPlace, opened: OpenedRepository): Promise<Proposal> {
  const { repository, patience } = opened;
  const pulls = await patience.politely(() => repository.listPullRequests(place.branch, place.base));
  const head = await patience.politely(() => repository.readRef(`heads/${place.branch}`));
  const open = pulls.find(({ isOpen }) => isOpen) ?? null;
  const own = head === null ? null : await findOwn(place, head, opened);
  return {
    ...{ open, head, isTouched: head !== null && own === null },
    proposed: open === null || own === null ? [] : await readProposed(place, own, opened),
    declined: declinedPins(pulls),
  };
}

/** Makes the pull request what it has to be. @throws DarkroomError `refresh/…`, `forge/…` */
export async function proposeMoves(
  place: ProposalPlace,
  moves: ProposedMoves,
  before: Proposal,
  opened: OpenedRepository,
): Promise<Proposed> {
  const { repository, patience } = opened;
  const base = await readHead(place.base, opened);
  const text = moves.changes.length === 0 ? null : await lockAt(base, { ...place, ...moves }, opened);
  if (text === null) return withdraw(place, before, opened);
  const { open } = before;
  const isTouched = before.isTouched || (await wasTouched(place, before, opened));
  if (isTouched) return leaveAlone(place, open);
  const body = withMark(moves.body, moves.changes);
  const standing =
    open === null || before.head === null ? null : await readLock(place.lockPath, before.head, opened);
  if (standing !== text) {
    const file = { base, path: place.lockPath, text, message: withTrailer(moves.message, text) };
    const commit = await patience.politely(() => repository.writeCommit(file));
    const ref = `heads/${place.branch}`;
    const isPut = await patience.politely(() => repository.putRef(ref, commit, before.head));
    if (!isPut) return leaveAlone(place, open);
  }
  if (open === null) return openPull(place, { title: moves.title, body }, opened);
  const isSame = open.title === moves.title && open.body.replaceAll('\r\n', '\n') === body;
  if (!isSame) {
    await patience.politely(() => repository.updatePullRequest(open.number, { title: moves.title, body }));
  }
  return { kind: isSame && standing === text ? 'unchanged' : 'renewed', pull: open };
}

function leaveAlone(place: ProposalPlace, open: PullRequest | null): Proposed {
  if (open === null) throw branchTaken(place);
  return { kind: 'touched', pull: open };
}

async function openPull(
  place: ProposalPlace,
  words: { readonly title: string; readonly body: string },
  { repository, patience }: OpenedRepository,
): Promise<Proposed> {
  const made = await patience.politely(() => repository.openPullRequest({ ...place, ...words }));
  if (made !== null) return { kind: 'opened', pull: made };
  // It was opened meanwhile, or before an answer was lost.
  const pulls = await patience.politely(() => repository.listPullRequests(place.branch, place.base));
  const open = pulls.find(({ isOpen }) => isOpen);
  if (open === undefined) throw notOpened(place);
  await patience.politely(() => repository.updatePullRequest(open.number, words));
  return { kind: 'opened', pull: open };
}

/**
 * The mark goes first: a pull request that is closed with it was closed by a person. Then the branch, as what somebody pushed
 * to it meanwhile stays with a pull request that is open; without its branch GitHub closes it.
 */
async function withdraw(place: ProposalPlace, before: Proposal, opened: OpenedRepository): Promise<Proposed> {
  const { repository, patience } = opened;
  const { open, head } = before;
  if (open === null) return { kind: 'none' };
  if (before.isTouched || (await wasTouched(place, before, opened))) return { kind: 'touched', pull: open };
  await patience.politely(() => repository.updatePullRequest(open.number, { body: NOTHING_LEFT }));
  const isGone =
    head === null || (await patience.politely(() => repository.deleteRef(`heads/${place.branch}`, head)));
  if (!isGone) return { kind: 'touched', pull: open };
  await patience.politely(() => repository.updatePullRequest(open.number, { state: 'closed' }));
  return { kind: 'closed', pull: open };
}

/** Looking things up takes minutes; only what was seen before is overwritten. */
async function wasTouched(
  { branch }: ProposalPlace,
  { head }: Proposal,
  { repository, patience }: OpenedRepository,
): Promise<boolean> {
  return (await patience.politely(() => repository.readRef(`heads/${branch}`))) !== head;
}

/** A branch that holds nothing but what a refresh made. */
interface OwnBranch {
  readonly head: string;
  /** Where it parted from the base. */
  readonly from: string;
}

/**
 * A message alone proves nothing: it stays when the commit is amended. So the branch changes the lock alone, every commit on it
 * is of a refresh, and the newest brings the lock that was written then. Merges are left out of that: a button on the page of a
 * pull request merges its base into the branch, which loses nothing.
 */
async function findOwn(
  { base, lockPath }: ProposalPlace,
  head: string,
  opened: OpenedRepository,
): Promise<OwnBranch | null> {
  const { repository, patience } = opened;
  const at = await readHead(base, opened);
  const since = await patience.politely(() => repository.compareCommits(at, head));
  if (since === null || since.paths.some((path) => path !== lockPath)) return null;
  for (const { id, message, parents } of since.commits) {
    if (parents.length === 1 && !isRefreshOf(message, await readLock(lockPath, id, opened))) return null;
  }
  return { head, from: since.mergeBase };
}

/** What the branch itself changed: what came into the base since is none of it. */
async function readProposed(
  { lockPath }: ProposalPlace,
  { head, from }: OwnBranch,
  opened: OpenedRepository,
): Promise<readonly LockChange[]> {
  const read = async (at: string) => {
    const text = await readLock(lockPath, at, opened);
    return text === null ? emptyLock() : parseLock(text, lockPath);
  };
  return compareLocks(await read(from), await read(head));
}

function readLock(path: string, commit: string, { repository, patience }: OpenedRepository) {
  return patience.politely(() => repository.readFile(path, commit));
}

function branchTaken({ branch }: ProposalPlace): DarkroomError {
  const message = `The branch ${JSON.stringify(branch)} holds what no refresh made.`;
  const hint = 'Rename it, or delete it if nobody needs it.';
  return new DarkroomError({ code: 'refresh/branch-taken', message, hint });
}

function notOpened({ branch, base }: ProposalPlace): DarkroomError {
  const message = `The pull request from ${JSON.stringify(branch)} into ${JSON.stringify(base)} was refused, and none is open.`;
  return new DarkroomError({ code: 'refresh/not-opened', message });
}
