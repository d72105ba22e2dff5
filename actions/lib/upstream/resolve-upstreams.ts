/** Resolves upstreams for the lock: what is missing is looked up, what stands is left alone unless an update is asked for. */
import pLimit from 'p-limit';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { normaliseImageReference } from '../image/image-reference.ts';
import type { Lock } from '../matrix/lock.ts';
import type { Platform } from '../matrix/matrix.ts';
import { toRecord } from '../matrix/read-value.ts';

/** Everything from outside that a matrix needs; an image once per platform. */
export interface UpstreamsByKind {
  readonly images: readonly { readonly reference: string; readonly platform: Platform }[];
  readonly git: readonly { readonly url: string; readonly ref: string }[];
  readonly http: readonly { readonly url: string }[];
  readonly local: readonly { readonly path: string }[];
}

/** Ports: how each kind of upstream is looked up. A `DarkroomError` leaves the one upstream unresolved. */
export interface UpstreamResolvers {
  /** Digest of the platform manifest at a normalised reference; `null` when nothing is there. */
  image(reference: string, platform: Platform): Promise<string | null>;
  /** Commit a ref names. */
  git(url: string, ref: string): Promise<string>;
  /** sha256 of what an address serves, in hex. */
  http(url: string): Promise<string>;
  /** sha256 of a folder's listing, in hex. */
  local(path: string): Promise<string>;
}

/** One entry of the lock that is not what it was. */
export interface LockChange {
  readonly kind: UpstreamKind;
  /** The entry's name in the lock; for an image with its platform: `docker.io/library/python:3.11 linux/amd64`. */
  readonly what: string;
  /** `null` for a new entry. */
  readonly from: string | null;
  /** `null` for an entry that is no longer wanted. */
  readonly to: string | null;
}

/** What was locked, and what could not be. */
export interface ResolvedUpstreams {
  readonly lock: Lock;
  /** By kind and name. */
  readonly changes: readonly LockChange[];
  readonly unresolved: readonly { readonly what: string; readonly reason: Problem }[];
}

type UpstreamKind = 'image' | 'git' | 'http' | 'local';

interface Entry {
  readonly kind: UpstreamKind;
  /** Key in its section of the lock. */
  readonly name: string;
  /** Second key, for images. */
  readonly platform?: Platform;
}

interface WantedEntry extends Entry {
  readonly resolve: () => Promise<string | null>;
}

/** Registries, git hosts and the disk are asked for this many upstreams at once. */
const CONCURRENCY = 16;
const KINDS: readonly UpstreamKind[] = ['image', 'git', 'http', 'local'];

/**
 * Looks up what the lock lacks and gives the completed lock. With `update` every entry is looked up again and entries that
 * are no longer wanted go; an entry that cannot be looked up keeps what it had.
 */
export async function resolveUpstreams(
  wanted: UpstreamsByKind,
  existing: Lock,
  resolvers: UpstreamResolvers,
  options: { readonly update: boolean },
): Promise<ResolvedUpstreams> {
  const known = readEntries(existing);
  const entries = listWanted(wanted, resolvers);
  const slots = pLimit(CONCURRENCY);
  const outcomes = await Promise.all(
    entries
      .filter((entry) => options.update || !known.has(describeEntry(entry)))
      .map((entry) => slots(() => resolveEntry(entry))),
  );

  const wantedNames = new Set(entries.map(describeEntry));
  const kept = [...known].filter(([name]) => !options.update || wantedNames.has(name));
  const next = new Map(kept);
  for (const { entry, pin } of outcomes) if (pin !== null) next.set(describeEntry(entry), { entry, pin });
  return {
    lock: writeLock([...next.values()]),
    changes: compareEntries(known, next),
    unresolved: outcomes
      .flatMap(({ entry, problems }) => problems.map((reason) => ({ what: whatOf(entry), reason })))
      .sort((a, b) => compareText(a.what, b.what)),
  };
}

type Pinned = { readonly entry: Entry; readonly pin: string };

async function resolveEntry(
  entry: WantedEntry,
): Promise<{ readonly entry: Entry; readonly pin: string | null; readonly problems: readonly Problem[] }> {
  try {
    const pin = await entry.resolve();
    return { entry, pin, problems: pin === null ? [missing(entry)] : [] };
  } catch (error) {
    if (error instanceof DarkroomError) return { entry, pin: null, problems: error.problems };
    throw error;
  }
}

function listWanted(wanted: UpstreamsByKind, resolvers: UpstreamResolvers): readonly WantedEntry[] {
  const images = wanted.images.map(({ reference, platform }): WantedEntry => {
    const name = normaliseImageReference(reference);
    return { kind: 'image', name, platform, resolve: () => resolvers.image(name, platform) };
  });
  const entries: readonly WantedEntry[] = [
    ...images,
    ...wanted.git.map(({ url, ref }): WantedEntry => {
      return { kind: 'git', name: `${url}#${ref}`, resolve: () => resolvers.git(url, ref) };
    }),
    ...wanted.http.map(
      ({ url }): WantedEntry => ({ kind: 'http', name: url, resolve: () => resolvers.http(url) }),
    ),
    ...wanted.local.map(
      ({ path }): WantedEntry => ({ kind: 'local', name: path, resolve: () => resolvers.local(path) }),
    ),
  ];
  return [...new Map(entries.map((entry) => [describeEntry(entry), entry])).values()];
}

function readEntries(lock: Lock): ReadonlyMap<string, Pinned> {
  const images = Object.entries(lock.images).flatMap(([name, platforms]) =>
    Object.entries(platforms).map(
      ([platform, pin]): Pinned => ({ entry: { kind: 'image', name, platform }, pin }),
    ),
  );
  const others = (['git', 'http', 'local'] as const).flatMap((kind) =>
    Object.entries(lock[kind]).map(([name, pin]): Pinned => ({ entry: { kind, name }, pin })),
  );
  return new Map([...images, ...others].map((pinned) => [describeEntry(pinned.entry), pinned]));
}

function writeLock(pinned: readonly Pinned[]): Lock {
  const section = (kind: UpstreamKind) =>
    pinned
      .filter(({ entry }) => entry.kind === kind)
      .sort((a, b) => compareText(whatOf(a.entry), whatOf(b.entry)));
  const flat = (kind: UpstreamKind) => toRecord(section(kind).map(({ entry, pin }) => [entry.name, pin]));
  const byImage = Map.groupBy(section('image'), ({ entry }) => entry.name);
  const images = [...byImage].map(([name, platforms]) => {
    return [name, toRecord(platforms.map(({ entry, pin }) => [entry.platform ?? '', pin]))] as const;
  });
  return {
    version: 1,
    images: toRecord(images),
    git: flat('git'),
    http: flat('http'),
    local: flat('local'),
  };
}

function compareEntries(
  before: ReadonlyMap<string, Pinned>,
  after: ReadonlyMap<string, Pinned>,
): LockChange[] {
  const all = new Map([...before, ...after]);
  return [...all]
    .map(([name, { entry }]) => ({
      kind: entry.kind,
      what: whatOf(entry),
      from: before.get(name)?.pin ?? null,
      to: after.get(name)?.pin ?? null,
    }))
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compareText(a.what, b.what));
}

function missing(entry: Entry): Problem {
  return {
    code: 'upstream/missing',
    message: `Upstream ${JSON.stringify(entry.name)} does not exist.`,
    hint: 'Check its spelling where it is used.',
  };
}

function describeEntry(entry: Entry): string {
  return `${entry.kind}\n${whatOf(entry)}`;
}

function whatOf({ name, platform }: Entry): string {
  return platform === undefined ? name : `${name} ${platform}`;
}

/** By code units: the same order on every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
