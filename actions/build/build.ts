import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActionRun } from '../lib/action/action-run.ts';
import { inWorkspace, type OpenedAction } from '../lib/action/in-workspace.ts';
import { readStoredPlan } from '../lib/action/stored-plan.ts';
import { buildNodes, type Developed, nodesToBuild } from '../lib/build/build-nodes.ts';
import { blockedProblems, failures } from '../lib/build/developed-problems.ts';
import { readRun } from '../lib/build/read-run.ts';
import { type Engine, requireEngine } from '../lib/docker/engine.ts';
import { startRegistry, stopRegistry } from '../lib/docker/registry-process.ts';
import { DarkroomError, type Problem } from '../lib/errors/darkroom-error.ts';
import type { ImageNode } from '../lib/graph/image-graph.ts';
import { formatImageReference } from '../lib/image/image-reference.ts';
import type { JobNode } from '../lib/plan/cut-jobs.ts';
import { lockOfPlan } from '../lib/plan/lock-of-plan.ts';
import type { PlannedWork } from '../lib/plan/make-plan.ts';
import type { Plan } from '../lib/plan/plan.ts';
import { selectJob } from '../lib/plan/select-job.ts';
import { sweepTemporaryFolders } from '../lib/process/temporary-folder.ts';
import { runMarkdown, runSentence } from '../lib/report/render-run.ts';
import { localTarget } from '../lib/workspace/open-workspace.ts';
import { planWorkspace } from '../lib/workspace/plan-workspace.ts';
import type { BuildInputs } from './inputs.ts';

interface ImageThere {
  readonly ref: string;
  readonly digest: string;
  readonly outcome: 'built' | 'hit';
}

/** What is to be built, and by whom. */
interface Missing {
  readonly work: PlannedWork;
  readonly nodes: readonly ImageNode[];
  readonly engine: Engine;
}

/** Builds a job of a stored plan, or plans and builds everything on this runner; tells what came of every image. */
export async function build(inputs: BuildInputs, run: ActionRun): Promise<void> {
  await inWorkspace(run, inputs, async (opened) => {
    const state = path.join(run.env.RUNNER_TEMP ?? tmpdir(), 'darkroom');
    await makeFolder(state);
    await sweepTemporaryFolders();
    const lent = lendSecrets(opened, run, inputs.secrets);
    if (inputs.plan === null) await buildHere(lent, run, state);
    else await buildPlanned(lent, run, state, { ref: inputs.plan, nodes: inputs.nodes });
  });
}

async function makeFolder(state: string): Promise<void> {
  try {
    await mkdir(state, { recursive: true });
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

/** Secrets of the build reach Buildx alone, as variables. */
function lendSecrets(opened: OpenedAction, run: ActionRun, secrets: BuildInputs['secrets']): OpenedAction {
  for (const value of Object.values(secrets)) run.mask(value);
  return {
    ...opened,
    withLogins: (planned, engine, work) =>
      opened.withLogins(planned, engine, (lent) => work({ ...lent, env: { ...secrets, ...lent.env } })),
  };
}

/** A job of a plan: pins as the plan has them, keys computed anew and compared. */
async function buildPlanned(
  opened: OpenedAction,
  run: ActionRun,
  state: string,
  { ref, nodes }: { readonly ref: string; readonly nodes: BuildInputs['nodes'] },
): Promise<void> {
  const plan = await readStoredPlan(opened, ref);
  const lockFile = { ...opened.workspace.lockFile, exists: true, lock: lockOfPlan(plan) };
  const workspace = { ...opened.workspace, lockFile };
  const wanted = nodes ?? nodesOf(plan);
  // Without nodes of its own it tells of everything there is.
  const images = nodes === null ? null : [...new Set(wanted.map(({ name }) => name))];
  const work = await planWorkspace(workspace, { ...planOptions(opened, run), images });
  const job = selectJob(work, wanted);
  for (const { node, because } of job.skipped) {
    const message = `${node.id} is skipped: ${because.join(', ')} was not built, or not kept.`;
    run.warning({ code: 'build/skipped', message });
  }
  const missing = job.nodes.filter(({ id }) => work.decisions.get(id)?.action !== 'hit');
  const developed =
    missing.length === 0
      ? unbuilt(work, opened)
      : await buildMissing({ ...opened, workspace }, run, state, {
          work,
          nodes: missing,
          engine: await requireEngine(state),
        });
  // What is blocked was said by whoever planned, and is no part of this job.
  await report(run, developed, failures(developed));
}

/** Everything that is missing, on one runner. Home is not written, whatever the run may do: nobody keeps the plan. */
async function buildHere(opened: OpenedAction, run: ActionRun, state: string): Promise<void> {
  const workspace = { ...opened.workspace, target: localTarget(opened.workspace) };
  const options = { ...planOptions(opened, run), images: null };
  const tell = (developed: Developed): Promise<void> =>
    report(run, developed, [...failures(developed), ...blockedProblems(developed.work)]);
  const first = await planWorkspace(workspace, options);
  if (nodesToBuild(first).length === 0) return tell(unbuilt(first, opened));
  const engine = await requireEngine(state);
  const { docker, env } = engine;
  try {
    const localRegistry = await startRegistry(state, async () => {
      return { kind: 'container', docker, host: env.DOCKER_HOST ?? '', keeps: false };
    });
    const work = await planWorkspace(workspace, { ...options, localRegistry });
    const missing = { work, nodes: nodesToBuild(work), engine };
    // Told while the registry is there: the sizes are read from it.
    await tell(await buildMissing({ ...opened, workspace }, run, state, missing));
  } finally {
    await stopRegistry(state);
  }
}

function planOptions({ client }: OpenedAction, run: ActionRun) {
  return { client, localRegistry: null, made: null, say: (line: string) => run.say(line) };
}

/** Builds nodes of what was planned, with the logins that takes. */
function buildMissing(
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

function unbuilt(work: PlannedWork, { client }: OpenedAction): Developed {
  return { work, client, outcomes: new Map(), interrupted: false };
}

/** What a plan wants built, in one job. */
function nodesOf({ images }: Plan): readonly JobNode[] {
  return images.flatMap(({ name, platform, key, action }) =>
    action === 'build' && key !== null ? [{ name, platform, key }] : [],
  );
}

async function report(run: ActionRun, developed: Developed, problems: readonly Problem[]): Promise<void> {
  // First what needs nothing more: a registry that is gone for good must not take it along.
  for (const problem of problems) run.fail(problem);
  run.setOutput('images', JSON.stringify(imagesThere(developed)));
  const images = await readRun(developed);
  run.say(runSentence(images));
  await run.summarise(runMarkdown(images));
}

function imagesThere({ work, outcomes }: Developed): Record<string, ImageThere> {
  const there = work.graph.nodes.flatMap(({ id }): [string, ImageThere][] => {
    const outcome = outcomes.get(id);
    const built = outcome?.status === 'done' ? outcome.value : undefined;
    const image = built ?? work.found.get(id);
    if (image === undefined) return [];
    const { repository, digest } = image;
    const ref = formatImageReference({ ...repository, digest });
    return [[id, { ref, digest, outcome: built?.outcome ?? 'hit' }]];
  });
  return Object.fromEntries(there);
}
