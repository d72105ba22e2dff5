import type { ActionRun } from '../lib/action/action-run.ts';
import {
  buildMissing,
  developHere,
  makeStateFolder,
  planOptions,
  unbuilt,
} from '../lib/action/develop-here.ts';
import { inWorkspace, type OpenedAction } from '../lib/action/in-workspace.ts';
import { readStoredPlan } from '../lib/action/stored-plan.ts';
import { type Developed, nodesToBuild } from '../lib/build/build-nodes.ts';
import { blockedProblems, failures } from '../lib/build/developed-problems.ts';
import { nodesOfPlatforms } from '../lib/build/nodes-of-platforms.ts';
import { readRun } from '../lib/build/read-run.ts';
import { requireEngine } from '../lib/docker/engine.ts';
import type { Problem } from '../lib/errors/darkroom-error.ts';
import type { ImageNode } from '../lib/graph/image-graph.ts';
import { formatImageReference } from '../lib/image/image-reference.ts';
import type { JobNode } from '../lib/plan/cut-jobs.ts';
import { lockOfPlan } from '../lib/plan/lock-of-plan.ts';
import type { Plan } from '../lib/plan/plan.ts';
import { selectJob } from '../lib/plan/select-job.ts';
import { sweepTemporaryFolders } from '../lib/process/temporary-folder.ts';
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
    const state = await makeStateFolder(run);
    await sweepTemporaryFolders();
    const lent = lendSecrets(opened, run, inputs.secrets);
    if (inputs.plan === null)
      await developHere(lent, run, { state, images: null, platforms: inputs.platforms }, (made) =>
        reportHere(run, made, inputs.platforms),
      );
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

/** What a plan wants built, in one job. */
function nodesOf({ images }: Plan): readonly JobNode[] {
  return images.flatMap(({ name, platform, key, action }) =>
    action === 'build' && key !== null ? [{ name, platform, key }] : [],
  );
}

/** Everything there is, told while its registry is there: the sizes are read from it. */
function reportHere(
  run: ActionRun,
  developed: Developed,
  platforms: BuildInputs['platforms'],
): Promise<void> {
  const { left } = nodesOfPlatforms(nodesToBuild(developed.work), platforms);
  if (left.length > 0) run.notice(notBuilt(left, platforms));
  return report(run, developed, [...failures(developed), ...blockedProblems(developed.work)]);
}

/** A green check has to say what it did not look at. */
function notBuilt(left: readonly ImageNode[], platforms: BuildInputs['platforms']): string {
  const names = left.map(({ image, platform }) => `${image.name} for ${platform}`);
  return `Not checked: ${names.join(', ')}. Built are images for ${[...platforms].join(', ')} alone; the input "platforms" names others, which the runner has to emulate.`;
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
