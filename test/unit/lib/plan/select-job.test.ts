import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobNode } from '../../../../actions/lib/plan/cut-jobs.ts';
import type { FoundKey } from '../../../../actions/lib/plan/look-up-keys.ts';
import type { PlannedWork } from '../../../../actions/lib/plan/make-plan.ts';
import { selectJob } from '../../../../actions/lib/plan/select-job.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { makeTestPlan } from '../../../support/make-test-plan.ts';

const PLATFORM = 'linux/amd64';

describe('selectJob', () => {
  let repo: TestRepo;
  let work: PlannedWork;
  beforeEach(async () => {
    repo = await createRepo();
    repo.write('containers/base/Dockerfile', 'FROM scratch\nCOPY a /\n');
    repo.write('containers/base/a', 'a');
    repo.write('containers/mid/Dockerfile', 'FROM base\n');
    repo.write('containers/top/Dockerfile', 'FROM mid\n');
    repo.commit();
    work = await makeTestPlan({ dir: repo.dir, matrix: 'images: { base: {}, mid: {}, top: {} }' });
  });
  afterEach(() => repo.remove());

  const job = (...names: string[]): JobNode[] =>
    names.map((name) => ({ name, platform: PLATFORM, key: work.nodes.get(name)?.key ?? '' }));
  const withFound = (...ids: string[]): PlannedWork => ({
    ...work,
    found: new Map(ids.map((id) => [id, {} as FoundKey])),
  });
  const ids = (nodes: readonly { readonly id: string }[]) => nodes.map(({ id }) => id);

  it('builds a chain in order, whatever order it is told in', () => {
    const { nodes, skipped } = selectJob(withFound(), job('top', 'base', 'mid'));
    expect({ nodes: ids(nodes), skipped }).toEqual({ nodes: ['base', 'mid', 'top'], skipped: [] });
  });

  it('takes a parent that the registry has', () => {
    expect(ids(selectJob(withFound('base'), job('mid')).nodes)).toEqual(['mid']);
  });

  it('skips a whole chain whose parent nobody built', () => {
    const { nodes, skipped } = selectJob(withFound(), job('mid', 'top'));
    expect(nodes).toEqual([]);
    expect(skipped.map(({ node, because }) => [node.id, because])).toEqual([
      ['mid', ['base']],
      ['top', ['mid']],
    ]);
  });

  it('refuses every node that has another key here, and every one that is not here', () => {
    const wanted = [
      { name: 'mid', platform: PLATFORM, key: 'f'.repeat(64) },
      { name: 'gone', platform: PLATFORM, key: 'f'.repeat(64) },
    ];
    const own = work.nodes.get('mid')?.key?.slice(0, 12);
    expect(() => selectJob(withFound('base'), wanted)).toThrow(
      [
        'The job is to build "gone" for "linux/amd64", which the matrix of this checkout does not have.',
        '  Check out the commit that was planned.',
        `"mid" was planned as key ffffffffffff, but what is checked out here has key ${own}.`,
        '  Check out the commit that was planned, and change no file between planning and building.',
      ].join('\n'),
    );
  });
});
