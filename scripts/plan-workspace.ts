/** Plans a workspace: brings registries, lock and made upstreams together and asks for the plan. */

import { DarkroomError } from '../actions/lib/errors/darkroom-error.ts';
import { resolveGitRef } from '../actions/lib/git/fetch-git-upstream.ts';
import { findLfsPointers, mentionsLfs } from '../actions/lib/git/lfs-pointers.ts';
import { isLoopback, parseImageReference } from '../actions/lib/image/image-reference.ts';
import { printLock } from '../actions/lib/matrix/parse-lock.ts';
import { makePlan, type PlannedWork } from '../actions/lib/plan/make-plan.ts';
import { pinUpstreams } from '../actions/lib/plan/pin-upstreams.ts';
import type { WantedUpstream } from '../actions/lib/plan/wanted-upstreams.ts';
import { hashHttpUpstream } from '../actions/lib/registry/hash-http-upstream.ts';
import { hashLocalFolder } from '../actions/lib/registry/hash-local-folder.ts';
import { resolvePlatformDigest } from '../actions/lib/registry/platform-manifest.ts';
import type { RegistryClient } from '../actions/lib/registry/registry.ts';
import type { UpstreamResolvers } from '../actions/lib/registry/resolve-upstreams.ts';
import { madeUpstreams } from './made-upstreams.ts';
import { type Workspace, writeLock } from './workspace.ts';

/** How a workspace is planned. */
export interface PlanOptions {
  /** `null`: nobody is asked. */
  readonly client: RegistryClient | null;
  /** Address of the registry on loopback; `null` when this machine runs none. */
  readonly localRegistry: string | null;
  readonly images: readonly string[] | null;
  /** Registries known not to answer. */
  readonly unreachable: ReadonlySet<string>;
  /** Says something to the person, once. */
  readonly say: (line: string) => void;
}

/** Makes the plan, and on a laptop writes lock entries that were missing. */
export async function planWorkspace(workspace: Workspace, options: PlanOptions): Promise<PlannedWork> {
  const { source, matrix, event, workflow } = workspace;
  const target = targetRegistry(workspace, options.localRegistry);
  const home = await answeringHome(workspace, target, options);
  return makePlan(
    {
      matrix,
      source,
      home,
      target,
      registries: registriesToAsk(workspace, target, home, options),
      images: options.images,
      event,
      compareWith: [event.branch, workflow?.defaultBranch ?? 'main'],
    },
    {
      client: options.client,
      findLfs: async (files) => ((await mentionsLfs(source)) ? findLfsPointers(source, files()) : new Map()),
      pin: (wanted) => pinWorkspace(workspace, options, isLoopback(target), wanted),
    },
  );
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
  home: string | null,
  options: PlanOptions,
): readonly string[] {
  const local = workspace.target.kind === 'local' && options.localRegistry === null ? [] : [target];
  return [...new Set([...local, ...(home === null ? [] : [home])])];
}

/** On a laptop a home that does not answer is said once and left out; in a workflow the plan fails when it is asked. */
async function answeringHome(
  workspace: Workspace,
  target: string,
  options: PlanOptions,
): Promise<string | null> {
  const { home, workflow } = workspace;
  if (home === null || home === target || workflow !== null || options.client === null) return home;
  const { registry } = parseImageReference(`${home}/image`);
  const probe = await options.client.probe(registry);
  if (probe.answers) return home;
  options.say(`${registry} does not answer (${probe.reason}); only what this machine built counts as there.`);
  return null;
}

async function pinWorkspace(
  workspace: Workspace,
  options: PlanOptions,
  onLoopback: boolean,
  wanted: readonly WantedUpstream[],
) {
  const { lockFile, workflow, source } = workspace;
  const pinned = await pinUpstreams(wanted, {
    lock: lockFile.lock,
    made: onLoopback && workflow === null ? await madeUpstreams(options.localRegistry) : null,
    resolvers: options.client === null ? null : upstreamResolvers(options.client, source.root),
    unreachable: options.unreachable,
  });
  if (pinned.changes.length === 0) return pinned.pins;
  if (workflow === null) await writeLock(lockFile, pinned.lock);
  else if (lockFile.exists) throw incompleteLock(workspace, printLock(pinned.lock));
  else
    options.say('There is no lock: upstreams were resolved for this run only. Commit one ("darkroom lock").');
  return pinned.pins;
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
