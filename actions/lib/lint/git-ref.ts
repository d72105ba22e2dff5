/** What the name of a branch, tag or commit promises. */
export type RefKind = 'commit' | 'version' | 'moving' | 'unknown';

/** `null`: depends on what is not known; nothing: the branch that the repository has as its default. */
export function refKind(ref: string | null): RefKind {
  if (ref === null) return 'unknown';
  const name = ref.replace(/^(?:refs\/tags\/|tags\/|refs\/heads\/|origin\/)/, '');
  if (/^[0-9a-f]{7,64}$/.test(name) && /\d/.test(name)) return 'commit';
  // `release-1.2` goes on, `release-1.2.3` does not.
  const isLine = /^(?:release|releases|branch|stable|r|rel)[-_/]?v?\d/i.test(name);
  if (/^branch/.test(name) || (isLine && !/\d+[._]\d+[._]\d/.test(name))) return 'moving';
  return /\d+[._-]\d|^v\d|^\d+$/.test(name) ? 'version' : 'moving';
}

/** The repository that pip is told with `git+`, and what it is told to take of it: nothing, or a name. */
export function pipRepository(word: string): { readonly url: string; readonly ref: string } | null {
  const written = /(?:^|@\s*|^-e)git\+([a-z+]+:\/\/[^\s#]+)/.exec(word)?.[1];
  if (written === undefined) return null;
  const [, head = '', path = ''] = /^([a-z+]+:\/\/[^/]*)(.*)$/.exec(written) ?? [];
  const at = path.lastIndexOf('@');
  return at === -1
    ? { url: head + path, ref: '' }
    : { url: head + path.slice(0, at), ref: path.slice(at + 1) };
}

/** The branch whose newest commit an address on GitHub packs, or `null`. */
export function archivedBranch(address: string): string | null {
  const [, branch, usual] =
    /^https:\/\/github\.com\/[^/]+\/[^/]+\/archive\/(?:refs\/heads\/(.+?)|(main|master|develop|dev|HEAD))\.(?:zip|tar\.gz)(?:[#?]|$)/.exec(
      address,
    ) ?? [];
  return branch ?? usual ?? null;
}
