/** Prunes the registry that a workspace writes. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { listBranches } from '../git/list-branches.ts';
import { githubPackages, type PackagesAddress } from '../github/github-packages.ts';
import { hostOf } from '../image/image-reference.ts';
import { repositoryOf } from '../image/repository-of.ts';
import { DARKROOM } from '../prune/darkroom-tags.ts';
import { distributionStore } from '../prune/distribution-store.ts';
import type { ManifestStore } from '../prune/manifest-store.ts';
import type { PruneOptions } from '../prune/prune-options.ts';
import { type PruneResult, pruneRegistry } from '../prune/prune-registry.ts';
import { takeOver } from '../prune/take-over.ts';
import { keeperOf } from '../publish/keeper.ts';
import { parseEcrHost } from '../registry/ecr-host.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { isOnLoopback, type Workspace } from './open-workspace.ts';
import { type PlanOptions, planWorkspace } from './plan-workspace.ts';

/** How a workspace is pruned. */
export interface PruneWork extends PruneOptions, Pick<PlanOptions, 'localRegistry' | 'made' | 'say'> {
  readonly client: RegistryClient;
  /** What is kept under a former name of this repository or matrix becomes this one's first. */
  readonly takesOver: boolean;
  /** How GitHub's packages are reached; asked only where the images lie there. */
  packages(): Promise<PackagesAddress>;
  /** The workflow's token: for the branches of the origin. */
  readonly token: string | null;
}

/**
 * Finds out what is kept (the tree's own plan, every branch that exists, everything published) and prunes the rest.
 * @param target the registry, as a prefix of references
 */
export async function pruneWorkspace(
  workspace: Workspace,
  target: string,
  work: PruneWork,
): Promise<PruneResult> {
  const { client, token, say } = work;
  const store = await openStore(target, work);
  const keeper = keeperOf({ origin: workspace.source.identity.origin, matrix: workspace.matrixPath });
  if (work.takesOver) {
    const taken = await takeOver(client, repositoryOf(target)(DARKROOM), keeper);
    say(`${taken} records of ${target} were another's, and are this matrix's now.`);
  }
  const isOwn = isOnLoopback(workspace);
  const [branches, { plan }] = await Promise.all([
    listBranches(workspace.source, { token, isOwn }),
    // Keys alone are wanted, and the lock stays as it is.
    planWorkspace(workspace, { ...work, client: null, images: null }),
  ]);
  say(`Looking through ${target} …`);
  const { graceMs, keepPublishes, deletes } = work;
  return pruneRegistry(
    { client, store },
    {
      ...{ target, keeper, graceMs, keepPublishes, deletes, now: Date.now() },
      images: [...new Set(plan.images.map(({ name }) => name))],
      keys: plan.images.flatMap(({ name, key }) => (key === null ? [] : [{ image: name, key }])),
      branches: [...new Set([...branches, workspace.defaultBranch])],
    },
  );
}

async function openStore(target: string, work: PruneWork): Promise<ManifestStore> {
  const { client, say } = work;
  const host = hostOf(target);
  if (host === 'ghcr.io') return githubPackages(await work.packages(), client, { say });
  if (work.deletes) checkDeletes(host);
  return distributionStore(client);
}

/** @throws DarkroomError `prune/no-delete` for registries that are known to have no way */
function checkDeletes(host: string): void {
  if (parseEcrHost(host) === undefined && host !== 'docker.io') return;
  throw new DarkroomError(
    {
      code: 'prune/no-delete',
      message: `"${host}" deletes nothing through the API that registries share.`,
      hint: 'Leave out "delete" to see what could go; its own lifecycle rules delete by age. What they may take stands in the README of the action "prune".',
    },
    { kind: 'use' },
  );
}
