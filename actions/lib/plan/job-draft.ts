/** A job while it is being cut: steps that are joined, and the order of steps and of jobs. */
import type { ImageNode } from '../graph/image-graph.ts';

/** A node that is built. */
export interface Step {
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
export interface Draft {
  readonly runner: readonly string[];
  /** Parents before children. */
  readonly steps: readonly Step[];
}

/** One job of steps. It is built where the last of them with a `runner:` says, else where the last of them is. */
export function joinSteps(steps: readonly Step[]): Draft {
  const sorted = steps.toSorted(byDepth);
  const last = sorted.findLast(({ node }) => node.image.runner.length > 0) ?? sorted.at(-1);
  return { runner: last?.runner ?? [], steps: sorted };
}

/** Parents before children, equals by name. */
export function byDepth(one: Step, other: Step): number {
  return one.depth - other.depth || (one.node.id < other.node.id ? -1 : 1);
}

/** Long builds start first: the longest chain from here on, or all its own steps, as a job builds one after another. */
export function byUrgency(one: Draft, other: Draft): number {
  return lengthOf(other) - lengthOf(one) || (nameOf(one) < nameOf(other) ? -1 : 1);
}

function lengthOf({ steps }: Draft): number {
  return Math.max(steps.length, steps[0]?.height ?? 0);
}

/** The node, or `first … last`. */
export function nameOf({ steps }: Draft): string {
  const [first, last] = [steps[0]?.node.id ?? '', steps.at(-1)?.node.id ?? ''];
  return first === last ? first : `${first} … ${last}`;
}

/** Whether two lists of labels name the same runner. */
export function isSameRunner(one: readonly string[], other: readonly string[]): boolean {
  return labelsOf(one) === labelsOf(other);
}

/** A runner has to have all labels, in whatever order they are written. */
export function labelsOf(runner: readonly string[]): string {
  return [...new Set(runner)].sort().join(',');
}
