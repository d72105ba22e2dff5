import { describe, expect, it } from '@jest/globals';
import { type DiskNeed, judgeDiskSpace } from '../../../../actions/lib/build/disk-space.ts';
import { formatProblem } from '../../../../actions/lib/errors/darkroom-error.ts';

const GB = 1_000_000_000;

function judge(need: Partial<DiskNeed>, disk: { readonly free?: number; readonly held?: number }) {
  const judged = judgeDiskSpace(
    'pose-service',
    { packed: 0, certain: 0, context: 0, ...need },
    { folder: '/var/lib/docker', free: 8 * GB, held: 0, ...disk },
  );
  return { verdict: judged.verdict, text: judged.verdict === 'enough' ? '' : formatProblem(judged.problem) };
}

describe('judgeDiskSpace', () => {
  it('takes a small base on a small disk', () => {
    expect(judge({ packed: 2 * GB, certain: 2 * GB }, {}).verdict).toBe('enough');
  });

  it('refuses when not even the packed layers of the base fit, with both numbers and what to do', () => {
    const { verdict, text } = judge({ packed: 9 * GB, certain: 9 * GB }, {});
    expect(verdict).toBe('too little');
    expect(text).toBe(
      '"pose-service" was not built: the layers of its base image alone take 9 GB, and "/var/lib/docker", where the builder keeps its data, has 8 GB free\n' +
        '  Free space with `docker builder prune --all`, or use a runner with a larger disk.',
    );
  });

  it('only doubts when the packed layers fit and the unpacked ones may not', () => {
    const { verdict, text } = judge({ packed: 7 * GB, certain: 7 * GB }, {});
    expect(verdict).toBe('doubtful');
    expect(text).toContain('it may take about 25.5 GB');
  });

  it('only doubts when nothing says that the layers are needed at all', () => {
    expect(judge({ packed: 50 * GB, certain: 0 }, {}).verdict).toBe('doubtful');
  });

  it('does not refuse a builder that may have the layers already', () => {
    expect(judge({ packed: 9 * GB, certain: 9 * GB }, { held: 2 * GB }).verdict).toBe('doubtful');
    expect(judge({ packed: 9 * GB, certain: 9 * GB }, { held: 40 * GB }).verdict).toBe('enough');
  });

  it('counts the context and what steps may write', () => {
    expect(judge({ context: 6 * GB }, {}).verdict).toBe('enough');
    expect(judge({ context: 7.5 * GB }, {}).verdict).toBe('doubtful');
    expect(judge({}, { free: GB / 2 }).verdict).toBe('doubtful');
  });
});
