/** Looks at everything a workspace pins, and says what of it moves. Writes nothing. */
import pLimit from 'p-limit';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { readCommitFacts } from '../git/commit-facts.ts';
import { buildGraph } from '../graph/build-graph.ts';
import { upstreamsByKind } from '../plan/pin-upstreams.ts';
import { readTexts, resolveImages } from '../plan/read-sources.ts';
import { wantedUpstreams } from '../plan/wanted-upstreams.ts';
import { affectedImages } from '../refresh/affected-images.ts';
import { applyMoves, lockEntry } from '../refresh/apply-moves.ts';
import {
  type ChangeLog,
  commitLog,
  imageLog,
  type LoggedHeld,
  type LoggedMove,
  NO_LOG,
} from '../refresh/change-log.ts';
import { decideMoves } from '../refresh/decide-moves.ts';
import { changeId, type SightingStore, type Sightings } from '../refresh/sightings.ts';
import { plausibleDate } from '../refresh/soak.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { type ImageFacts, readImageFacts } from '../upstream/image-facts.ts';
import { type LockChange, resolveUpstreams, type UpstreamResolvers } from '../upstream/resolve-upstreams.ts';
import type { Workspace } from './open-workspace.ts';

/** What came of looking. */
export interface Refreshed {
  /** How many upstreams there are, local ones left out. */
  readonly upstreams: number;
  readonly moves: readonly LoggedMove[];
  readonly held: readonly LoggedHeld[];
  /** Pins that nothing needs any more. They go with the next move. */
  readonly dropped: readonly LockChange[];
  /** What could not be looked up keeps its pin. */
  readonly unresolved: readonly { readonly what: string; readonly reason: Problem }[];
  readonly sightings: Sightings;
}

/** How it is looked. Times in milliseconds. */
export interface RefreshOptions {
  readonly client: RegistryClient;
  readonly resolvers: UpstreamResolvers;
  readonly soakMs: number;
  readonly now: number;
  readonly sightings: Pick<SightingStore, 'read'>;
  /** Of a pull request that is open, and of those that a person closed. */
  readonly proposed: readonly LockChange[];
  readonly declined: ReadonlySet<string>;
}

/** Git hosts and registries are asked for this many at once. */
const CONCURRENCY = 8;

/** Material of the machine itself has nobody who could move it. */
export async function refreshWorkspace(
  { source, matrix, lockFile }: Workspace,
  options: RefreshOptions,
): Promise<Refreshed> {
  const { client, resolvers, now, soakMs, proposed, declined } = options;
  const graph = buildGraph(matrix, resolveImages(matrix, source, await readTexts(matrix, source)));
  const wanted = wantedUpstreams(graph).filter(({ kind }) => kind !== 'local');
  const locked = { ...lockFile.lock, local: {} };
  const found = await resolveUpstreams(upstreamsByKind(wanted), locked, resolvers, { update: true });
  const outside = lookInside(client, now);
  const moved = found.changes.filter(({ from, to }) => from !== null && to !== null);
  const logs = await outside.logs(moved);
  const dates = new Map([...logs].map(([id, { toDate }]) => [id, toDate]));
  const undated = moved.some((change) => (dates.get(changeId(change)) ?? null) === null);
  const decision = decideMoves({
    ...{ changes: found.changes, dates, now, soakMs, declined },
    // What was locked anew since is no longer moved from where it stood.
    proposed: applyMoves(lockFile.lock, proposed).applied,
    unseen: new Set(found.unresolved.map(({ what }) => what)),
    sightings: undated ? await options.sightings.read() : {},
  });
  const others = decision.moves.filter(({ reason }) => reason.kind !== 'soaked');
  const otherLogs = await outside.logs(others);
  return {
    upstreams: wanted.length,
    moves: decision.moves.map((move) => ({
      ...move,
      images: affectedImages(graph, move),
      log: (move.reason.kind === 'soaked' ? logs : otherLogs).get(changeId(move)) ?? NO_LOG,
    })),
    held: decision.held.map((one) => ({ ...one, images: affectedImages(graph, one) })),
    dropped: found.changes.filter(({ to }) => to === null),
    unresolved: found.unresolved,
    sightings: decision.sightings,
  };
}

/** Reads what publishers say of what moved; what cannot be read is not known. */
function lookInside(client: RegistryClient, now: number) {
  const slots = pLimit(CONCURRENCY);

  async function factsOf(name: string, digest: string | null): Promise<ImageFacts | null> {
    if (digest === null) return null;
    try {
      return await readImageFacts(client, name, digest);
    } catch (error) {
      if (error instanceof DarkroomError) return null;
      throw error;
    }
  }

  async function logOf(change: LockChange): Promise<ChangeLog> {
    const { kind, what, from, to } = change;
    if (to === null || kind === 'http' || kind === 'local') return NO_LOG;
    const { name } = lockEntry(change);
    if (kind === 'image') {
      const [before, after] = [await factsOf(name, from), await factsOf(name, to)];
      return imageLog(before, after, ({ dates }) => plausibleDate(dates, now));
    }
    const hash = what.lastIndexOf('#');
    const [url, ref] = [what.slice(0, hash), what.slice(hash + 1)];
    const facts = await readCommitFacts(url, ref, { from, to });
    const log = commitLog(url, { from, to }, facts);
    return { ...log, toDate: log.toDate === null ? null : plausibleDate([log.toDate], now) };
  }

  return {
    async logs(changes: readonly LockChange[]): Promise<ReadonlyMap<string, ChangeLog>> {
      const entries = changes.map((change) =>
        slots(async () => [changeId(change), await logOf(change)] as const),
      );
      return new Map(await Promise.all(entries));
    },
  };
}
