import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActionRun } from '../lib/action/action-run.ts';
import { inWorkspace, type OpenedAction } from '../lib/action/in-workspace.ts';
import { buildNodes, type Developed, nodesToBuild } from '../lib/build/build-nodes.ts';
import { blockedProblems, failures } from '../lib/build/developed-problems.ts';
import { readRun } from '../lib/build/read-run.ts';
import { requireEngine } from '../lib/docker/engine.ts';
import { findDocker } from '../lib/docker/find-docker.ts';
import { type RegistryRunner, startRegistry, stopRegistry } from '../lib/docker/registry-process.ts';
import { formatImageReference } from '../lib/image/image-reference.ts';
import { repositoryOf } from '../lib/image/repository-of.ts';
import type { JobNode } from '../lib/plan/cut-jobs.ts';
import { lockOfPlan } from '../lib/plan/lock-of-plan.ts';
import type { PlannedWork } from '../lib/plan/make-plan.ts';
import type { Plan } from '../lib/plan/plan.ts';
import { readPlan } from '../lib/plan/read-plan.ts';
import { selectJob } from '../lib/plan/select-job.ts';
import type { RegistryClient } from '../lib/registry/registry.ts';
import { runMarkdown, runSentence } from '../lib/report/render-run.ts';
import { planWorkspace } from '../lib/workspace/plan-workspace.ts';
import type { BuildInputs } from './inputs.ts';

interface ImageThere {
  readonly ref: string;
  readonly digest: string;
  readonly outcome: 'built' | 'hit';
}

/** Builds a job of a stored plan, or plans and builds everything on this runner; tells what came of every image. */
export async function build(inputs: BuildInputs, run: ActionRun): Promise<void> {
  await inWorkspace(run, inputs, async (opened) => {
    const state = path.join(run.env.RUNNER_TEMP ?? tmpdir(), 'darkroom');
    await mkdir(state, { recursive: true });
    const lent = lendSecrets(opened, run, inputs.secrets);
    if (inputs.plan === null) await buildHere(lent, run, state);
    else await buildPlanned(lent, run, state, { ref: inputs.plan, nodes: inputs.nodes });
  });
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
  { workspace, client, ensureRepository, withLogins }: OpenedAction,
  run: ActionRun,
  state: string,
  { ref, nodes }: { readonly ref: string; readonly nodes: BuildInputs['nodes'] },
): Promise<void> {
  const plan = await readPlan(client, ref);
  const lockFile = { ...workspace.lockFile, exists: true, lock: lockOfPlan(plan) };
  const planned = { ...workspace, lockFile, target: { kind: 'home' as const, registry: plan.target } };
  const wanted = nodes ?? nodesOf(plan);
  const images = [...new Set(wanted.map(({ name }) => name))];
  const work = await planWorkspace(planned, { ...planOptions(client, run), images });
  const job = selectJob(work, wanted);
  for (const { node, because } of job.skipped) {
    const message = `${node.id} is skipped: ${because.join(', ')} was not built, or not kept.`;
    run.warning({ code: 'build/skipped', message });
  }
  const missing = job.nodes.filter(({ id }) => work.decisions.get(id)?.action !== 'hit');
  const developed =
    missing.length === 0
      ? unbuilt(work, client)
      : await withLogins(work, await requireEngine(state), (engine) =>
          buildNodes(planned, work, missing, {
            client,
            engine,
            folders: { state, cache: state },
            ensureRepository,
            onOutput: (node, lines) => run.group(`Output of ${node.id}`, lines),
          }),
        );
  await report(run, developed);
}

/** Everything on one runner. Where home is not written, beside a registry that ends with the step. */
async function buildHere(
  { workspace, client, ensureRepository, withLogins }: OpenedAction,
  run: ActionRun,
  state: string,
): Promise<void> {
  const options = planOptions(client, run);
  const first = await planWorkspace(workspace, { ...options, images: null });
  if (nodesToBuild(first).length === 0) return report(run, unbuilt(first, client));
  const engine = await requireEngine(state);
  const isLocal = workspace.target.kind === 'local';
  try {
    const localRegistry = isLocal ? await startRegistry(state, runnersRegistry) : null;
    const work = isLocal
      ? await planWorkspace(workspace, { ...options, localRegistry, images: null })
      : first;
    const developed = await withLogins(work, engine, (engine) =>
      buildNodes(workspace, work, nodesToBuild(work), {
        client,
        engine,
        folders: { state, cache: state },
        ensureRepository,
        onOutput: (node, lines) => run.group(`Output of ${node.id}`, lines),
      }),
    );
    await report(run, developed);
  } finally {
    if (isLocal) await stopRegistry(state);
  }
}

function planOptions(client: RegistryClient, run: ActionRun) {
  return { client, localRegistry: null, made: null, say: (line: string) => run.say(line) };
}

function unbuilt(work: PlannedWork, client: RegistryClient): Developed {
  return { work, client, outcomes: new Map(), interrupted: false };
}

/** What a plan wants built, in one job. */
function nodesOf({ images }: Plan): readonly JobNode[] {
  return images.flatMap(({ name, platform, key, action }) =>
    action === 'build' && key !== null ? [{ name, platform, key }] : [],
  );
}

async function runnersRegistry(): Promise<RegistryRunner> {
  const verdict = await findDocker();
  if (verdict.use === 'nothing') throw new Error(verdict.refusal);
  return { kind: 'container', docker: 'docker', host: verdict.host, keeps: false };
}

async function report(run: ActionRun, developed: Developed): Promise<void> {
  const images = await readRun(developed);
  run.say(runSentence(images));
  run.setOutput('images', JSON.stringify(imagesThere(developed)));
  await run.summarise(runMarkdown(images));
  for (const problem of [...failures(developed), ...blockedProblems(developed.work)]) run.fail(problem);
}

function imagesThere({ work, outcomes }: Developed): Record<string, ImageThere> {
  const target = repositoryOf(work.plan.target);
  const there = work.graph.nodes.flatMap(({ id, image }): [string, ImageThere][] => {
    const outcome = outcomes.get(id);
    const found = work.found.get(id);
    if (outcome?.status === 'done') {
      const { digest, outcome: how } = outcome.value;
      return [[id, { ref: formatImageReference({ ...target(image.name), digest }), digest, outcome: how }]];
    }
    if (found === undefined) return [];
    const { repository, digest } = found;
    return [[id, { ref: formatImageReference({ ...repository, digest }), digest, outcome: 'hit' }]];
  });
  return Object.fromEntries(there);
}
