import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import type { ImageNode } from '../graph/image-graph.ts';
import type { JobNode } from './cut-jobs.ts';
import type { PlannedWork } from './make-plan.ts';

/** What one job of a plan can do. */
export interface SelectedJob {
  /** To be built here, parents first. */
  readonly nodes: readonly ImageNode[];
  /** Not to be started, as these parents are neither built here nor in the registry. */
  readonly skipped: readonly { readonly node: ImageNode; readonly because: readonly string[] }[];
}

/**
 * Finds a job's nodes in what was planned anew from its own checkout, and checks that they are what the plan meant.
 * @throws DarkroomError `build/other-key` for every node that came out with another key, `build/unknown-node`
 */
export function selectJob(work: PlannedWork, wanted: readonly JobNode[]): SelectedJob {
  const keys = new Map(wanted.map(({ name, platform, key }) => [`${name} ${platform}`, key]));
  const own = work.graph.nodes.filter((node) => keys.has(nodeText(node)));
  const problems = [
    ...wanted
      .filter((one) => !own.some((node) => nodeText(node) === `${one.name} ${one.platform}`))
      .map(unknownNode),
    ...own.flatMap((node) => otherKey(node, keys.get(nodeText(node)), work.nodes.get(node.id)?.key ?? null)),
  ];
  if (problems.length > 0) throw new DarkroomError(problems);
  const nodes: ImageNode[] = [];
  const skipped: { node: ImageNode; because: readonly string[] }[] = [];
  const there = new Set(work.found.keys());
  for (const node of own) {
    const because = node.parents.filter((parent) => !there.has(parent));
    if (because.length > 0) skipped.push({ node, because });
    else {
      nodes.push(node);
      there.add(node.id);
    }
  }
  return { nodes, skipped };
}

function nodeText({ image, platform }: ImageNode): string {
  return `${image.name} ${platform}`;
}

function unknownNode({ name, platform }: JobNode): Problem {
  return {
    code: 'build/unknown-node',
    message: `The job is to build ${JSON.stringify(name)} for ${JSON.stringify(platform)}, which the matrix of this checkout does not have.`,
    hint: 'Check out the commit that was planned.',
  };
}

function otherKey(node: ImageNode, planned: string | undefined, key: string | null): readonly Problem[] {
  if (planned === key) return [];
  return [
    {
      code: 'build/other-key',
      message: `"${node.id}" was planned as key ${planned?.slice(0, 12)}, but what is checked out here has key ${key?.slice(0, 12) ?? 'none'}.`,
      hint: 'Check out the commit that was planned, and change no file between planning and building.',
    },
  ];
}
