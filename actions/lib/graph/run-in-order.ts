import pLimit from 'p-limit';

/** How a node ended. */
export type Outcome<T> =
  | { readonly status: 'done'; readonly value: T }
  | { readonly status: 'failed'; readonly error: unknown }
  /** Not started, since these parents did not end well. */
  | { readonly status: 'skipped'; readonly because: readonly string[] };

/**
 * Runs a task for every node, each as soon as its own parents are done, at most `limit` at a time. A failure skips the
 * nodes below it and nothing else. Parents that are not among the nodes count as done.
 */
export async function runInOrder<
  Node extends { readonly id: string; readonly parents: readonly string[] },
  T,
>(
  nodes: readonly Node[],
  limit: number,
  task: (node: Node) => Promise<T>,
): Promise<ReadonlyMap<string, Outcome<T>>> {
  const running = new Map<string, Promise<Outcome<T>>>();
  const slots = pLimit(limit);
  const run = async (node: Node): Promise<Outcome<T>> => {
    const parents = node.parents.filter((parent) => running.has(parent));
    const outcomes = await Promise.all(parents.map((parent) => running.get(parent)));
    const because = parents.filter((_, index) => outcomes[index]?.status !== 'done');
    if (because.length > 0) return { status: 'skipped', because };
    try {
      return { status: 'done', value: await slots(() => task(node)) };
    } catch (error) {
      return { status: 'failed', error };
    }
  };
  for (const node of nodes) running.set(node.id, run(node));
  const ended = await Promise.all([...running].map(async ([id, outcome]) => [id, await outcome] as const));
  return new Map(ended);
}
