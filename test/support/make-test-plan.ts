/** Plans a test repository as the command does, with upstreams pinned by the test. */
import { findLfsPointers } from '../../actions/lib/git/lfs-pointers.ts';
import { openSource } from '../../actions/lib/git/open-source.ts';
import { repositoryOf } from '../../actions/lib/image/repository-of.ts';
import type { TagEvent } from '../../actions/lib/image/tag-template.ts';
import { parseMatrix } from '../../actions/lib/matrix/parse-matrix.ts';
import { makePlan, type PlannedWork } from '../../actions/lib/plan/make-plan.ts';
import { type Pin, upstreamId } from '../../actions/lib/plan/wanted-upstreams.ts';
import type { RegistryClient } from '../../actions/lib/registry/registry.ts';

/** What a test may say about a plan. */
export interface TestPlanOptions {
  readonly dir: string;
  readonly matrix: string;
  readonly client?: RegistryClient | null;
  readonly target?: string;
  readonly home?: string | null;
  readonly images?: readonly string[] | null;
  /** By name of the upstream; anything else is pinned by a digest made of its name. */
  readonly pins?: Readonly<Record<string, Pin>>;
  readonly event?: TagEvent;
  readonly of?: 'commit' | 'work-tree';
}

/** Makes the plan of a repository; the matrix is given as text. */
export async function makeTestPlan(options: TestPlanOptions): Promise<PlannedWork> {
  const source = await openSource(options.dir, { of: options.of ?? 'work-tree' });
  const target = options.target ?? '127.0.0.1:1/test';
  try {
    return await makePlan(
      {
        matrix: parseMatrix(options.matrix, 'action-matrix.yml'),
        source,
        home: options.home ?? null,
        target,
        matrixPath: 'action-matrix.yml',
        registries: [target, ...(options.home == null ? [] : [options.home])].map((registry) => ({
          repositoryOf: repositoryOf(registry),
          answers: async () => true,
        })),
        images: options.images ?? null,
        event: options.event ?? { branch: 'main', tag: null },
        defaultBranch: 'main',
      },
      {
        client: options.client ?? null,
        findLfs: (files) => findLfsPointers(source, files()),
        pin: async (wanted) =>
          new Map(
            wanted.map((upstream) => [
              upstreamId(upstream),
              options.pins?.[upstream.name] ?? fakePin(upstream.name),
            ]),
          ),
      },
    );
  } finally {
    await source.close();
  }
}

function fakePin(name: string): Pin {
  const pin = `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`;
  return { state: 'pinned', pin, ref: `${name.split(':')[0]}@${pin}` };
}
