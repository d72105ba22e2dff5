/** Cuts what a plan builds into the jobs of a workflow: fused chains, in waves that wait for each other. Pure. */
import type { ImageNode } from '../graph/image-graph.ts';
import type { Platform } from '../matrix/matrix.ts';
import { byDepth, byUrgency, type Draft, isSameRunner, joinSteps, nameOf, type Step } from './job-draft.ts';
import { checkSizes, JOBS_PER_WAVE, WAVES } from './job-limits.ts';
import { joinLastWave } from './join-last-wave.ts';
import type { PlannedWork } from './make-plan.ts';

/** Up to here builds side by side save less than what the jobs cost: a runner, a checkout and the parent's pull each. */
const NODES_OF_ONE_JOB = 3;

/** GitHub's own for platforms that are not the default runner's, see https://docs.github.com/en/actions/reference/runners. */
const NATIVE_RUNNERS: ReadonlyMap<Platform, readonly string[]> = new Map([
  ['linux/arm64', ['ubuntu-24.04-arm']],
]);

/** One image for one platform, as a job is told of it. */
export interface JobNode {
  /** The image's name. */
  readonly name: string;
  readonly platform: string;
  readonly key: string;
}

/** What one runner builds. */
export interface Job {
  /** Unique in a cut: the node, or `first … last`; nodes of an image with several platforms read `name@platform`. */
  readonly name: string;
  /** Labels, all of which the runner has to have. */
  readonly runner: readonly string[];
  /** Parents before children. */
  readonly nodes: readonly JobNode[];
}

/** All jobs of a plan. */
export interface JobCut {
  /** `none`: nothing to build; `one-job`: the job that plans builds it all, and every wave is empty. */
  readonly mode: 'none' | 'one-job' | 'waves';
  /** Always {@link WAVES} of them, `[]` where there is nothing to do. */
  readonly waves: readonly (readonly Job[])[];
}

/**
 * Cuts the nodes that are built into jobs.
 *
 * A child is built in its parent's job when neither has another built neighbour on that side and both ask for the same
 * runner: that saves a job and a pull. Every other job comes one wave after the last job it waits for. Where more are
 * ready than a wave holds, those with the longest chains below go first and the rest a wave later. What is left when
 * the last wave comes cannot wait for anything but earlier waves, so nodes that hang together become one job, however
 * much could have been built side by side; and where there are still too many, jobs for one runner are joined.
 *
 * `runner:` of the matrix decides where a node is built, else its platform does: `linux/arm64` on `ubuntu-24.04-arm`,
 * all others on the default runner. Nothing here sets up emulation: on a machine of another architecture a `RUN` fails with
 * `exec format error` unless the runner was prepared for it, so such platforms want a `runner:` of their own. A job of
 * the last wave that has to join nodes with different runners takes the one its last node with a `runner:` names
 * (somebody chose that machine for what it has), else its last node's.
 *
 * @param defaultRunner labels of the job that plans
 * @throws DarkroomError `plan/too-many-runners` when the last wave would need more than {@link JOBS_PER_WAVE} runners,
 * `plan/jobs-too-large` and `plan/job-too-large` when GitHub could not hand the jobs on
 */
export function cutJobs(
  work: Pick<PlannedWork, 'graph' | 'nodes' | 'decisions'>,
  defaultRunner: readonly string[] = ['ubuntu-24.04'],
): JobCut {
  const steps = findSteps(work, defaultRunner);
  const waves = spreadDrafts(fuseChains(steps));
  const empty = waves.map(() => []);
  if (steps.size === 0) return { mode: 'none', waves: empty };
  const drafts = waves.flat();
  const isSmall = steps.size <= NODES_OF_ONE_JOB || drafts.length === 1;
  if (isSmall && drafts.every(({ runner }) => isSameRunner(runner, defaultRunner))) {
    return { mode: 'one-job', waves: empty };
  }
  const jobs = waves.map((wave) => wave.map(toJob));
  checkSizes(jobs);
  return { mode: 'waves', waves: jobs };
}

/** The nodes that are built, parents first, in an order that depends on the graph's shape and names alone. */
function findSteps(
  { graph, nodes, decisions }: Pick<PlannedWork, 'graph' | 'nodes' | 'decisions'>,
  defaultRunner: readonly string[],
): ReadonlyMap<string, Step> {
  const built = graph.nodes.filter(({ id }) => decisions.get(id)?.action === 'build');
  const ids = new Set(built.map(({ id }) => id));
  const parents = new Map(built.map((node) => [node.id, node.parents.filter((parent) => ids.has(parent))]));
  const children = new Map(built.map(({ id }) => [id, [] as string[]]));
  for (const [id, own] of parents) for (const parent of own) children.get(parent)?.push(id);
  const depths = chainLengths(parents);
  const heights = chainLengths(new Map([...children].reverse()));
  const steps = built.map((node) => ({
    node,
    key: keyOf(nodes, node.id),
    runner: runnerOf(node, defaultRunner),
    parents: parents.get(node.id) ?? [],
    children: children.get(node.id) ?? [],
    depth: depths.get(node.id) ?? 1,
    height: heights.get(node.id) ?? 1,
  }));
  return new Map(steps.sort(byDepth).map((step) => [step.node.id, step]));
}

/** Per node the longest chain along its links, itself included; links come before the nodes that have them. */
function chainLengths(links: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> {
  const lengths = new Map<string, number>();
  for (const [id, linked] of links) {
    lengths.set(id, 1 + linked.reduce((longest, one) => Math.max(longest, lengths.get(one) ?? 0), 0));
  }
  return lengths;
}

function keyOf(nodes: PlannedWork['nodes'], id: string): string {
  const key = nodes.get(id)?.key;
  if (key == null) throw new Error(`${id} is to be built in a workflow and has no key`);
  return key;
}

function runnerOf({ image, platform }: ImageNode, defaultRunner: readonly string[]): readonly string[] {
  return image.runner.length > 0 ? image.runner : (NATIVE_RUNNERS.get(platform) ?? defaultRunner);
}

function fuseChains(steps: ReadonlyMap<string, Step>): readonly Draft[] {
  const chains = new Map<string, Step[]>();
  for (const [id, step] of steps) {
    const [parentId = '', ...others] = step.parents;
    const parent = steps.get(parentId);
    const isLink = others.length === 0 && parent?.children.length === 1;
    const chain =
      isLink && isSameRunner(parent.runner, step.runner) ? (chains.get(parentId) ?? []) : ([] as Step[]);
    chain.push(step);
    chains.set(id, chain);
  }
  return [...new Set(chains.values())].map(joinSteps);
}

/** Puts every draft into a wave after those it waits for, and joins what is left for the last wave. */
function spreadDrafts(drafts: readonly Draft[]): readonly (readonly Draft[])[] {
  const waves: (readonly Draft[])[] = [];
  const done = new Set<string>();
  let waiting = drafts.toSorted(byUrgency);
  while (waves.length < WAVES - 1) {
    const wave = waiting.filter((draft) => isReady(draft, done)).slice(0, JOBS_PER_WAVE);
    waves.push(wave);
    for (const { steps } of wave) for (const { node } of steps) done.add(node.id);
    const taken = new Set(wave);
    waiting = waiting.filter((draft) => !taken.has(draft));
  }
  return [...waves, joinLastWave(waiting)];
}

/** Only the first step of a chain can wait for another job. */
function isReady({ steps: [first] }: Draft, done: ReadonlySet<string>): boolean {
  return first === undefined || first.parents.every((parent) => done.has(parent));
}

function toJob(draft: Draft): Job {
  return {
    name: nameOf(draft),
    runner: draft.runner,
    nodes: draft.steps.map(({ node, key }) => ({ name: node.image.name, platform: node.platform, key })),
  };
}
