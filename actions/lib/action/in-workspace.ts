import type { Engine } from '../docker/engine.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { createRegistryClient } from '../registry/registry-client.ts';
import { openWorkspace, type Workspace } from '../workspace/open-workspace.ts';
import type { ActionRun } from './action-run.ts';
import type { CommonInputs } from './common-inputs.ts';

/** What every action works with. */
export interface OpenedAction {
  readonly workspace: Workspace;
  readonly client: RegistryClient;
  /** Gives the engine a Docker configuration of its own, with logins to these registries, for as long as the work takes. */
  withLogins<T>(
    registries: readonly string[],
    engine: Engine,
    work: (engine: Engine) => Promise<T>,
  ): Promise<T>;
}

/** Opens the repository a step stands in, with the logins it was given, and closes it afterwards. */
export async function inWorkspace(
  run: ActionRun,
  inputs: CommonInputs,
  work: (opened: OpenedAction) => Promise<void>,
): Promise<void> {
  const { matrix, registry } = inputs;
  const workspace = await openWorkspace({
    directory: '.',
    ...(matrix === undefined ? {} : { matrix }),
    ...(registry === undefined ? {} : { registry }),
  });
  try {
    await work({ workspace, client: createRegistryClient(), withLogins: (_, engine, work) => work(engine) });
  } finally {
    await workspace.source.close();
  }
}
