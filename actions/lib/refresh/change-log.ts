/** What lies between two pins of an upstream, as far as its publisher says. */
import { sourceUrl } from '../build/source-url.ts';
import type { CommitFacts } from '../git/commit-facts.ts';
import type { ImageFacts } from '../upstream/image-facts.ts';
import type { Held, Move } from './decide-moves.ts';

/** Everything is text of strangers. */
export interface ChangeLog {
  /** Such as `3.11.9`; `null` where nothing says so. */
  readonly fromVersion: string | null;
  readonly toVersion: string | null;
  /** When it was made, in milliseconds. */
  readonly fromDate: number | null;
  readonly toDate: number | null;
  /** Subjects of the commits between, the newest first; `null` where they are not known. */
  readonly commits: readonly string[] | null;
  /** A page that shows the difference. */
  readonly url: string | null;
}

/** A move with what a person wants to know of it. */
export interface LoggedMove extends Move {
  /** Ids of the images that it makes new. */
  readonly images: readonly string[];
  readonly log: ChangeLog;
}

/** What waits. */
export interface LoggedHeld extends Held {
  readonly images: readonly string[];
}

/** Nothing is known. */
export const NO_LOG: ChangeLog = {
  ...{ fromVersion: null, toVersion: null, fromDate: null, toDate: null, commits: null, url: null },
};

/** From an image to its successor. `null`: it could not be read. */
export function imageLog(
  before: ImageFacts | null,
  after: ImageFacts | null,
  dateOf: (facts: ImageFacts) => number | null,
): ChangeLog {
  const isOneSource = before?.source === after?.source;
  const [from, to] = [before?.revision ?? null, after?.revision ?? null];
  return {
    ...{ fromVersion: before?.version ?? null, toVersion: after?.version ?? null },
    fromDate: before === null ? null : dateOf(before),
    toDate: after === null ? null : dateOf(after),
    commits: null,
    url: isOneSource && from !== to ? comparePage(after?.source ?? null, from, to) : null,
  };
}

/** From a commit to another one. */
export function commitLog(
  address: string,
  { from, to }: { readonly from: string | null; readonly to: string },
  facts: CommitFacts | null,
): ChangeLog {
  return {
    ...NO_LOG,
    toDate: facts?.date ?? null,
    commits: facts?.between?.map(({ subject }) => subject) ?? null,
    url: comparePage(address, from, to),
  };
}

/** Only of hosts whose pages are known. */
function comparePage(address: string | null, from: string | null, to: string | null): string | null {
  const isCommit = (text: string | null): boolean => /^[0-9a-f]{7,64}$/.test(text ?? '');
  const page = sourceUrl(address);
  if (page === null || !isCommit(from) || !isCommit(to)) return null;
  const { hostname, pathname } = new URL(page);
  if (!/^\/[\w.-]+(\/[\w.-]+)+$/.test(pathname)) return null;
  if (/(^|\.)(github\.com|ghe\.com|codeberg\.org)$/.test(hostname)) {
    return pathname.split('/').length === 3 ? `${page}/compare/${from}...${to}` : null;
  }
  return /^gitlab\./.test(hostname) ? `${page}/-/compare/${from}...${to}` : null;
}
