import { describe, expect, it } from '@jest/globals';
import { dispatchIn, FORM } from '../../../support/dispatch-in.ts';

describe('a dispatched run', () => {
  it('is started once, followed by what its jobs do, and judged by its conclusion', async () => {
    const { outcomes, lines, forge } = await dispatchIn(
      { workflows: { 'form.yml': FORM } },
      { inputs: 'scene: street' },
    );
    expect(outcomes).toMatchObject([{ conclusion: 'success', problems: [], inputs: { scene: 'street' } }]);
    expect(lines).toEqual([
      'The run is queued.',
      'The run is in progress.',
      'build: started',
      'build: ✓ Build (10s)',
      'build: success in 10s',
    ]);
    expect(forge.runs).toHaveLength(1);
    expect(forge.broken).toEqual([]);
  });
});
