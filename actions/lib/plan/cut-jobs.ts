/** Cuts what a plan builds into the jobs of a workflow: fused chains, in waves that wait for each other. Pure. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { ImageNode } from '../graph/image-graph.ts';
import type { Platform } from '../matrix/matrix.ts';
import type { PlannedWork } from './make-plan.ts';

/** How many wave jobs a workflow has written down; GitHub cannot make more of them at run time. */
export const WAVES = 8;

/** Jobs of one matrix, see https://docs.github.com/en/actions/reference/limits. */
export const JOBS_PER_WAVE = 256;

/** Up to here builds side by side save less than what the jobs cost: a runner, a checkout and the parent's pull each. */
const NODES_OF_ONE_JOB = 3;

/** The runner of the job that plans, and of every platform without native runners of GitHub's own. */
const DEFAULT_RUNNER = ['ubuntu-24.04'];

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

/** A node that is built. */
interface Step {
  readonly node: ImageNode;
  readonly key: string;
  readonly runner: readonly string[];
  /** Parents and children that are built too; a parent that is not is there already. */
  readonly parents: readonly string[];
  readonly children: readonly string[];
  /** Longest chain of built nodes that ends here, and that starts here. */
  readonly depth: number;
  readonly height: number;
}

/** A job whose wave is still open. */
interface Draft {
  readonly runner: readonly string[];
  /** Parents before children. */
  readonly steps: readonly Step[];
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
 * all others on `ubuntu-24.04`. Nothing here sets up emulation: on a machine of another architecture a `RUN` fails with
 * `exec format error` unless the runner was prepared for it, so such platforms want a `runner:` of their own. A job of
 * the last wave that has to join nodes with different runners takes the one its last node with a `runner:` names
 * (somebody chose that machine for what it has), else its last node's.
 * @throws DarkroomError `plan/too-many-runners` when the last wave would need more than {@link JOBS_PER_WAVE} runners
 */
export function cutJobs(work: Pick<PlannedWork, 'graph' | 'nodes' | 'decisions'>): JobCut {
  const steps = findSteps(work);
  const waves = spreadDrafts(fuseChains(steps));
  const empty = waves.map(() => []);
  if (steps.size === 0) return { mode: 'none', waves: empty };
  const drafts = waves.flat();
  const isSmall = steps.size <= NODES_OF_ONE_JOB || drafts.length === 1;
  if (isSmall && drafts.every(({ runner }) => isSameRunner(runner, DEFAULT_RUNNER))) {
    return { mode: 'one-job', waves: empty };
  }
  return { mode: 'waves', waves: waves.map((wave) => wave.map(toJob)) };
}

/** The nodes that are built, parents first, in an order that depends on the graph's shape and names alone. */
function findSteps({
  graph,
  nodes,
  decisions,
}: Pick<PlannedWork, 'graph' | 'nodes' | 'decisions'>): ReadonlyMap<string, Step> {
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
    runner: runnerOf(node),
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

function runnerOf({ image, platform }: ImageNode): readonly string[] {
  return image.runner.length > 0 ? image.runner : (NATIVE_RUNNERS.get(platform) ?? DEFAULT_RUNNER);
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
  return [...waves, joinUntilTheyFit(joinConnected(waiting)).toSorted(byUrgency)];
}

/** Only the first step of a chain can wait for another job. */
function isReady({ steps: [first] }: Draft, done: ReadonlySet<string>): boolean {
  return first === undefined || first.parents.every((parent) => done.has(parent));
}

/** One draft per set of steps that are linked with each other, by whatever way. */
function joinConnected(drafts: readonly Draft[]): readonly Draft[] {
  const left = new Map(drafts.flatMap(({ steps }) => steps).map((step) => [step.node.id, step]));
  const parts: Draft[] = [];
  for (const start of left.values()) {
    const part = [start];
    left.delete(start.node.id);
    // The part grows while it is walked, until no neighbour is left.
    for (const { parents, children } of part) {
      for (const id of [...parents, ...children]) {
        const neighbour = left.get(id);
        if (neighbour !== undefined) part.push(neighbour);
        left.delete(id);
      }
    }
    parts.push(joinSteps(part));
  }
  return parts;
}

/** Joins drafts of one runner, as few as will do, until a wave holds them. */
function joinUntilTheyFit(drafts: readonly Draft[]): readonly Draft[] {
  const groups = [...Map.groupBy(drafts.toSorted(byUrgency), ({ runner }) => labelsOf(runner)).values()];
  if (groups.length > JOBS_PER_WAVE) throw tooManyRunners(groups.length);
  const jobsFor = (size: number) => groups.reduce((sum, group) => sum + Math.ceil(group.length / size), 0);
  let size = 1;
  while (jobsFor(size) > JOBS_PER_WAVE) size += 1;
  return groups.flatMap((group) => deal(group, Math.ceil(group.length / size)));
}

/** Deals drafts out in turn: the longest stand first, and should not meet in one job. */
function deal(drafts: readonly Draft[], count: number): readonly Draft[] {
  return Array.from({ length: count }, (_, job) => {
    const dealt = drafts.filter((_, index) => index % count === job);
    return joinSteps(dealt.flatMap(({ steps }) => steps));
  });
}

function joinSteps(steps: readonly Step[]): Draft {
  const sorted = steps.toSorted(byDepth);
  const last = sorted.findLast(({ node }) => node.image.runner.length > 0) ?? sorted.at(-1);
  return { runner: last?.runner ?? DEFAULT_RUNNER, steps: sorted };
}

function tooManyRunners(count: number): DarkroomError {
  return new DarkroomError(
    {
      code: 'plan/too-many-runners',
      message: `The last of ${WAVES} waves would need ${count} different runners; expected at most ${JOBS_PER_WAVE}, as many jobs as GitHub runs in a wave.`,
      hint: 'Let more images share the labels of "runner:", or plan fewer images at once.',
    },
    { kind: 'use' },
  );
}

function byDepth(one: Step, other: Step): number {
  return one.depth - other.depth || (one.node.id < other.node.id ? -1 : 1);
}

/** Long builds start first: the longest chain from here on, or all its own steps, as a job builds one after another. */
function byUrgency(one: Draft, other: Draft): number {
  return lengthOf(other) - lengthOf(one) || (nameOf(one) < nameOf(other) ? -1 : 1);
}

function lengthOf({ steps }: Draft): number {
  return Math.max(steps.length, steps[0]?.height ?? 0);
}

function nameOf({ steps }: Draft): string {
  const [first, last] = [steps[0]?.node.id ?? '', steps.at(-1)?.node.id ?? ''];
  return first === last ? first : `${first} … ${last}`;
}

function toJob(draft: Draft): Job {
  return {
    name: nameOf(draft),
    runner: draft.runner,
    nodes: draft.steps.map(({ node, key }) => ({ name: node.image.name, platform: node.platform, key })),
  };
}

function isSameRunner(one: readonly string[], other: readonly string[]): boolean {
  return labelsOf(one) === labelsOf(other);
}

/** A runner has to have all labels, in whatever order they are written. */
function labelsOf(runner: readonly string[]): string {
  return [...new Set(runner)].sort().join(',');
}
