/** Builds what is missing on the runner of one step. */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildNodes, type Developed, nodesToBuild } from '../build/build-nodes.ts';
import { nodesOfPlatforms } from '../build/nodes-of-platforms.ts';
import { type Engine, requireEngine } from '../docker/engine.ts';
import { startRegistry, stopRegistry } from '../docker/registry-process.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { ImageNode } from '../graph/image-graph.ts';
import type { Platform } from '../matrix/matrix.ts';
import type { PlannedWork } from '../plan/make-plan.ts';
import { localTarget } from '../workspace/open-workspace.ts';
import { planWorkspace } from '../workspace/plan-workspace.ts';
import type { ActionRun } from './action-run.ts';
import type { OpenedAction } from './in-workspace.ts';

/** What is to be built, and by whom. */
interface Missing {
  readonly work: PlannedWork;
  readonly nodes: readonly ImageNode[];
  readonly engine: Engine;
}

/** What is built on one runner; `null`: everything. */
export interface HereSelection {
  readonly images: readonly string[] | null;
  readonly platforms: ReadonlySet<Platform> | null;
}

/** Makes the folder of a job's own state, which all its steps share, and gives its path. @throws DarkroomError `build/no-temp` */
export async function makeStateFolder({ env }: ActionRun): Promise<string> {
  const state = path.join(env.RUNNER_TEMP ?? tmpdir(), 'darkroom');
  try {
    await mkdir(state, { recursive: true });
    return state;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw error;
    throw new DarkroomError(
      {
        code: 'build/no-temp',
        message: `No folder can be made at ${JSON.stringify(state)} (${message}).`,
        hint: 'RUNNER_TEMP has to be a folder that the runner may write to.',
      },
      { cause: error },
    );
  }
}

/**
 * Builds everything that is missing, and what is made of it is used while the registry that holds it is there. Home is not
 * written, whatever the run may do: nobody keeps the plan.
 */
export async function developHere(
  opened: OpenedAction,
  run: ActionRun,
  { state, images, platforms }: HereSelection & { readonly state: string },
  use: (developed: Developed) => Promise<void>,
): Promise<void> {
  const workspace = { ...opened.workspace, target: localTarget(opened.workspace) };
  const options = { ...planOptions(opened, run), images };
  const first = await planWorkspace(workspace, options);
  const missingOf = (work: PlannedWork): readonly ImageNode[] =>
    platforms === null ? nodesToBuild(work) : nodesOfPlatforms(nodesToBuild(work), platforms).built;
  if (missingOf(first).length === 0) return use(unbuilt(first, opened));
  const engine = await requireEngine(state);
  const { docker, env } = engine;
  try {
    const localRegistry = await startRegistry(state, async () => {
      return { kind: 'container', docker, host: env.DOCKER_HOST ?? '', keeps: false };
    });
    const work = await planWorkspace(workspace, { ...options, localRegistry });
    const missing = { work, nodes: missingOf(work), engine };
    await use(await buildMissing({ ...opened, workspace }, run, state, missing));
  } finally {
    await stopRegistry(state);
  }
}

/** How an action plans. */
export function planOptions({ client }: OpenedAction, run: ActionRun) {
  return { client, localRegistry: null, made: null, say: (line: string) => run.say(line) };
}

/** Builds nodes of what was planned, with the logins that takes. */
export function buildMissing(
  { workspace, client, ensureRepository, withLogins }: OpenedAction,
  run: ActionRun,
  state: string,
  { work, nodes, engine }: Missing,
): Promise<Developed> {
  return withLogins(work, engine, (engine) =>
    buildNodes(workspace, work, nodes, {
      client,
      engine,
      folders: { state, cache: state },
      ensureRepository,
      onOutput: (node, lines) => run.group(`Output of ${node.id}`, lines),
    }),
  );
}

/** What was planned, where nothing has to be built. */
export function unbuilt(work: PlannedWork, { client }: OpenedAction): Developed {
  return { work, client, outcomes: new Map(), interrupted: false };
}
