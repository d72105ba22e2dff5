import { DarkroomError } from '../errors/darkroom-error.ts';
import { listNames, nearestName } from '../errors/nearest-name.ts';
import type { ImageGraph } from '../graph/image-graph.ts';

/** The graph of some nodes and everything they are built from; nothing else is looked at then. */
export function graphOf(graph: ImageGraph, wanted: ReadonlySet<string>): ImageGraph {
  const kept = new Set(wanted);
  for (const node of [...graph.nodes].reverse()) {
    if (kept.has(node.id)) for (const parent of node.parents) kept.add(parent);
  }
  return { nodes: graph.nodes.filter((node) => kept.has(node.id)) };
}

/**
 * Finds the nodes of the images a person names; `null` when they name none.
 * @throws DarkroomError `plan/unknown-image` for every name the matrix does not have
 */
export function wantedImages(graph: ImageGraph, names: readonly string[] | null): ReadonlySet<string> | null {
  if (names === null) return null;
  const known = [...new Set(graph.nodes.map((node) => node.image.name))];
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearestName(name, known);
      return {
        code: 'plan/unknown-image' as const,
        message: `There is no image "${name}" in the matrix.${near === undefined ? '' : ` Did you mean "${near}"?`} Images: ${listNames(known)}.`,
      };
    });
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  return new Set(graph.nodes.filter((node) => names.includes(node.image.name)).map((node) => node.id));
}
