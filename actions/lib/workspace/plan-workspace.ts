/** Plans a workspace: brings registries, lock and made upstreams together and asks for the plan. */

import { DarkroomError } from '../errors/darkroom-error.ts';
import { resolveGitRef } from '../git/fetch-git-upstream.ts';
import { findLfsPointers, mentionsLfs } from '../git/lfs-pointers.ts';
import { hostOf, isLoopback, parseImageReference } from '../image/image-reference.ts';
import { repositoryOf } from '../image/repository-of.ts';
import { printLock } from '../matrix/parse-lock.ts';
import type { AskedRegistry } from '../plan/look-up-keys.ts';
import { makePlan, type PlannedWork } from '../plan/make-plan.ts';
import { type MadeUpstreams, type PinnedUpstreams, pinUpstreams } from '../plan/pin-upstreams.ts';
import type { WantedUpstream } from '../plan/wanted-upstreams.ts';
import { resolvePlatformDigest } from '../registry/platform-manifest.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { hashHttpUpstream } from '../upstream/hash-http-upstream.ts';
import { hashLocalFolder } from '../upstream/hash-local-folder.ts';
import type { UpstreamResolvers } from '../upstream/resolve-upstreams.ts';
import { type Workspace, writeLock } from './open-workspace.ts';

/** How a workspace is planned. */
export interface PlanOptions {
  /** `null`: nobody is asked. */
  readonly client: RegistryClient | null;
  /** Address of the registry on loopback; `null` when this machine runs none. */
  readonly localRegistry: string | null;
  readonly images: readonly string[] | null;
  /** Registries known not to answer. */
  readonly unreachable?: ReadonlySet<string>;
  /** Reads what was made on this machine; asked only for a target on loopback. `null`: nothing is ever made here. */
  readonly made: (() => Promise<MadeUpstreams>) | null;
  /** Says something to the person, once. */
  readonly say: (line: string) => void;
}

/**
 * Makes the plan. On a laptop lock entries that were missing are written first: the lock is a file of the tree, and
 * planning without it would give other keys than the next run's.
 */
export async function planWorkspace(workspace: Workspace, options: PlanOptions): Promise<PlannedWork> {
  const work = await planOnce(workspace, options);
  return work ?? planWorkspace(workspace, options);
}

/** `null` when planning changed the tree by writing the lock. */
async function planOnce(workspace: Workspace, options: PlanOptions): Promise<PlannedWork | null> {
  const { source, matrix, event, home } = workspace;
  const target = targetRegistry(workspace, options.localRegistry);
  let pinned: PinnedUpstreams | undefined;
  const work = await makePlan(
    {
      matrix,
      source,
      home,
      target,
      matrixPath: workspace.matrixPath,
      registries: registriesToAsk(workspace, target, options),
      images: options.images,
      event,
      defaultBranch: workspace.defaultBranch,
    },
    {
      client: options.client,
      findLfs: async (files) => ((await mentionsLfs(source)) ? findLfsPointers(source, files()) : new Map()),
      pin: async (wanted) => {
        pinned = await pinWorkspace(workspace, options, isLoopback(target), wanted);
        return pinned.pins;
      },
    },
  );
  // Only now: writing the lock closes the tree that the plan was still reading from.
  const hasWritten = pinned !== undefined && (await keepLock(workspace, pinned, options.say));
  return hasWritten ? null : work;
}

/** The registry that is written, as a reference prefix. */
export function targetRegistry(workspace: Workspace, localRegistry: string | null): string {
  if (workspace.target.kind === 'home') return workspace.target.registry;
  return `${localRegistry ?? 'localhost'}/${workspace.target.path}`;
}

/**
 * The target first: on a laptop it is on loopback and answers at once. Where this machine runs no registry yet, nothing
 * was ever built here, and there is nothing to ask.
 */
function registriesToAsk(
  workspace: Workspace,
  target: string,
  options: PlanOptions,
): readonly AskedRegistry[] {
  const { home, workflow } = workspace;
  const isMissing = workspace.target.kind === 'local' && options.localRegistry === null;
  const asked: AskedRegistry[] = isMissing
    ? []
    : [{ repositoryOf: repositoryOf(target), answers: async () => true }];
  if (home === null || home === target) return asked;
  // In a workflow a home that does not answer fails the plan when it is asked.
  const answers = workflow === null ? () => homeAnswers(home, options) : async () => true;
  return [...asked, { repositoryOf: repositoryOf(home), answers }];
}

const probes = new Map<string, Promise<boolean>>();

/** On a laptop a home that does not answer is said once and left out. */
function homeAnswers(home: string, { client, say }: PlanOptions): Promise<boolean> {
  const known = probes.get(home);
  if (known !== undefined) return known;
  const probe = async (): Promise<boolean> => {
    const registry = hostOf(home);
    const result = await client?.probe(registry);
    if (result === undefined || result.answers) return true;
    say(`${registry} does not answer (${result.reason}); only what this machine built counts as there.`);
    return false;
  };
  const answer = probe();
  probes.set(home, answer);
  return answer;
}

async function pinWorkspace(
  workspace: Workspace,
  options: PlanOptions,
  onLoopback: boolean,
  wanted: readonly WantedUpstream[],
): Promise<PinnedUpstreams> {
  const { lockFile, source } = workspace;
  return pinUpstreams(wanted, {
    lock: lockFile.lock,
    made: onLoopback && options.made !== null ? await options.made() : null,
    resolvers: options.client === null ? null : upstreamResolvers(options.client, source.root),
    unreachable: options.unreachable ?? new Set(),
  });
}

/** Writes what was looked up, where that is allowed; tells whether it did. */
async function keepLock(
  workspace: Workspace,
  { changes, lock }: PinnedUpstreams,
  say: (line: string) => void,
): Promise<boolean> {
  if (changes.length === 0) return false;
  if (workspace.workflow === null) {
    await writeLock(workspace, lock);
    return true;
  }
  if (workspace.lockFile.exists) throw incompleteLock(workspace, printLock(lock));
  say('There is no lock: upstreams were resolved for this run only. Commit one ("darkroom lock").');
  return false;
}

/** How upstreams are looked up outside. */
export function upstreamResolvers(client: RegistryClient, root: string): UpstreamResolvers {
  return {
    image: (reference, platform) => resolvePlatformDigest(client, parseImageReference(reference), platform),
    git: resolveGitRef,
    http: hashHttpUpstream,
    local: (path) => hashLocalFolder(root, path),
  };
}

function incompleteLock({ lockFile }: Workspace, complete: string): DarkroomError {
  return new DarkroomError(
    {
      code: 'lock/incomplete',
      place: { file: lockFile.path },
      message: 'The lock lacks upstreams that the Dockerfiles name; expected every one of them.',
      hint: `Run "darkroom lock" and commit the file, or commit this:\n${complete}`,
    },
    { kind: 'use' },
  );
}
