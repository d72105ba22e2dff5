/** `darkroom prune`: deletes what nothing that is published names any more. */
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import type { PackagesAddress } from '../../actions/lib/github/github-packages.ts';
import { readPruneOptions } from '../../actions/lib/prune/prune-options.ts';
import type { CredentialSource } from '../../actions/lib/registry/credentials.ts';
import { pruneJson, pruneText } from '../../actions/lib/report/render-prune.ts';
import {
  type GlobalOptions,
  isOnLoopback,
  type Workspace,
} from '../../actions/lib/workspace/open-workspace.ts';
import { targetRegistry } from '../../actions/lib/workspace/plan-workspace.ts';
import { pruneWorkspace } from '../../actions/lib/workspace/prune-workspace.ts';
import { existingRegistry } from '../engine/existing-registry.ts';
import { inWorkspace } from '../in-workspace.ts';
import { machineRegistry } from '../machine-registry.ts';
import { madeHere } from '../made-upstreams.ts';
import { say } from '../say.ts';

/** Options of `prune` alone. */
export interface PruneCommandOptions {
  readonly delete?: true;
  readonly takeOver?: true;
  readonly graceDays: string;
  readonly keepPublishes: string;
}

/** Prunes the registry on this machine, or home with `--push`. */
export async function prune(options: GlobalOptions, own: PruneCommandOptions): Promise<void> {
  const wanted = readPruneOptions({ ...own, deletes: own.delete === true });
  await inWorkspace(options, async (workspace) => {
    const { client, credentials } = machineRegistry(workspace.home);
    const localRegistry = isOnLoopback(workspace) ? await existingRegistry(say) : null;
    if (workspace.target.kind === 'local' && localRegistry === null) throw nothingHere(workspace);
    const place = { target: targetRegistry(workspace, localRegistry), deletes: wanted.deletes };
    const result = await pruneWorkspace(workspace, place.target, {
      ...wanted,
      takesOver: own.takeOver === true,
      ...{ client, localRegistry, say, made: madeHere(workspace, localRegistry) },
      token: process.env.GITHUB_TOKEN ?? null,
      packages: () => findPackages(credentials),
    });
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(pruneJson(place, result))}\n`
        : pruneText(place, result, process.stdout.columns ?? 160),
    );
    if (result.left.some(({ isFailure }) => isFailure)) process.exitCode = 1;
  });
}

/** What may push there may be allowed to delete there: the login for the registry is one for the API too. */
async function findPackages(credentials: CredentialSource): Promise<PackagesAddress> {
  const login = await credentials.find('ghcr.io');
  if (login !== null && 'password' in login) {
    return { api: process.env.GITHUB_API_URL ?? 'https://api.github.com', token: login.password };
  }
  throw new DarkroomError(
    {
      code: 'prune/no-token',
      message: 'There is no login for "ghcr.io", and without one GitHub\'s API shows no packages.',
      hint: 'Run "docker login ghcr.io" with a token that has the scopes read:packages and delete:packages.',
    },
    { kind: 'use' },
  );
}

function nothingHere({ home }: Workspace): DarkroomError {
  return new DarkroomError(
    {
      code: 'prune/nothing-here',
      message: 'There is nothing to prune: nothing was ever built on this machine.',
      ...(home === null ? {} : { hint: `Give --push to look through "${home}".` }),
    },
    { kind: 'use' },
  );
}
