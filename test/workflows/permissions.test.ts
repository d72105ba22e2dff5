import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readWorkflowTexts, withPermissions } from '../../scripts/workflow-permissions.ts';

const README = '<!-- from the workflows -->\n<!-- end -->\n';
const WORKFLOW = `jobs:
  wave-1:
    permissions: &same
      contents: read # to check out
      packages: write # to push
  wave-2: { permissions: *same }
  gate: { permissions: { contents: read } }
  wave-3: { permissions: *same }
  none: {}
`;

describe('the table of permissions', () => {
  it('is that of the workflows (scripts/workflow-permissions.ts writes it)', async () => {
    const readme = readFileSync('.github/workflows/README.md', 'utf8');
    expect(readme).toBe(withPermissions(readme, await readWorkflowTexts()));
  });

  it('has every grant of every job with its reason, also one that is written once for several', () => {
    const rows = withPermissions(README, new Map([['a.yml', WORKFLOW]]))
      .split('\n')
      .slice(4, -3);
    expect(rows).toEqual([
      '| `a.yml` | wave-1 to wave-3 | `contents: read` | to check out |',
      '|  |  | `packages: write` | to push |',
      '| `a.yml` | gate | `contents: read` |  |',
    ]);
  });
});
