import { statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readWorkflows } from '../support/workflow-files.ts';

describe('nightly.yml', () => {
  const { on, data } = readWorkflows().find(({ path }) => path.endsWith('/nightly.yml')) ?? {};
  const runs = Object.values(data?.jobs ?? {}).flatMap(({ steps = [] }) =>
    steps.flatMap(({ run }) => run ?? []),
  );

  it('runs by the clock and by hand, and on no push', () => {
    expect(Object.keys(on ?? {}).sort()).toEqual(['schedule', 'workflow_dispatch']);
  });

  it('runs scripts of this repository that are there and may be executed', () => {
    expect(runs).toEqual(['scripts/test-scenes']);
    expect(statSync('scripts/test-scenes').mode & 0o111).toBe(0o111);
  });
});
