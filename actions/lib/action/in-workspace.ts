import type { Engine } from '../docker/engine.ts';
import { withLogins } from '../docker/with-logins.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { hostOf } from '../image/image-reference.ts';
import type { PlannedWork } from '../plan/make-plan.ts';
import { workflowLogins } from '../registry/logins.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { createRegistryClient } from '../registry/registry-client.ts';
import { openWorkspace, type Workspace } from '../workspace/open-workspace.ts';
import type { ActionRun } from './action-run.ts';
import type { CommonInputs, LoginInputs } from './common-inputs.ts';

/** What every action works with. */
export interface OpenedAction {
  readonly workspace: Workspace;
  readonly client: RegistryClient;
  /** Makes a repository that some registries want made before the first push. */
  ensureRepository(ref: RepositoryReference): Promise<void>;
  /** Gives the engine a Docker configuration of its own, with the logins for a plan's registries, while the work lasts. */
  withLogins<T>(planned: PlannedWork, engine: Engine, work: (engine: Engine) => Promise<T>): Promise<T>;
}

/** Opens the repository a step stands in, with the logins it was given, and closes it afterwards. */
export async function inWorkspace(
  run: ActionRun,
  inputs: CommonInputs,
  work: (opened: OpenedAction) => Promise<void>,
): Promise<void> {
  const { directory = '.', matrix, registry } = inputs;
  const workspace = await openWorkspace({
    directory,
    ...(matrix === undefined ? {} : { matrix }),
    ...(registry === undefined ? {} : { registry }),
  }).catch(withWorkflowHints);
  try {
    await work({ workspace, ...logIn(run, inputs.logins, workspace.home) });
  } finally {
    await workspace.source.close();
  }
}

/** Nobody is asked for a login before a registry wants one. */
function logIn(
  run: ActionRun,
  { token, user, awsRole }: LoginInputs,
  home: string | null,
): Omit<OpenedAction, 'workspace'> {
  const mask = (secret: string): void => run.mask(secret);
  if (user !== undefined) mask(user.password);
  const credentials = workflowLogins({
    home: home === null ? '' : hostOf(home),
    ...(token === undefined ? {} : { token }),
    ...(run.env.GITHUB_ACTOR === undefined ? {} : { actor: run.env.GITHUB_ACTOR }),
    ...(user === undefined ? {} : { username: user.name, password: user.password }),
    ...(awsRole === undefined ? {} : { awsRole }),
    ...{ environment: run.env, mask },
  });
  const ensureRepository = (ref: RepositoryReference) => credentials.ensureRepository(ref);
  return {
    client: createRegistryClient({ credentials, mask, ensureRepository, onRetry: (line) => run.say(line) }),
    ensureRepository,
    withLogins: (planned, engine, work) =>
      withLogins({ credentials, planned, environment: run.env, mask }, engine, work),
  };
}

/** In a workflow some things mean something else than in a terminal. */
function withWorkflowHints(error: unknown): never {
  if (!(error instanceof DarkroomError)) throw error;
  const hints: Readonly<Record<string, string>> = {
    'git/not-a-repository': 'Add a step with "actions/checkout" before this one.',
    'matrix/not-found':
      'Commit one ("darkroom init" writes it from the Dockerfiles), or name another file with the input "matrix".',
  };
  const problems = error.problems.map((problem) => {
    const hint = hints[problem.code];
    return hint === undefined ? problem : { ...problem, hint };
  });
  throw new DarkroomError(problems, { kind: error.kind, cause: error });
}
