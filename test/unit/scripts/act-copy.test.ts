import { describe, expect, it } from '@jest/globals';
import { rewriteForAct } from '../../../scripts/act-copy.ts';

const WORKFLOW = `# \`uses: $/actions/plan\` is what act does not know.
on: push
jobs:
  plan:
    steps:
      - uses: $/actions/plan
      - name: Build
        uses: $/actions/build # of this commit
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      - run: echo "$/actions/plan"
`;

describe('the copy for act', () => {
  it('names actions of the repository by their folder', () => {
    expect(changes(rewriteForAct(WORKFLOW))).toEqual([
      '      - uses: ./actions/plan',
      '        uses: ./actions/build # of this commit',
    ]);
  });

  it('names them as another repository does, where it is told how', () => {
    expect(changes(rewriteForAct(WORKFLOW, { name: 'acme/darkroom', ref: 'v1' }))).toEqual([
      '      - uses: acme/darkroom/actions/plan@v1',
      '        uses: acme/darkroom/actions/build@v1 # of this commit',
    ]);
  });

  it('leaves out the commit that a checkout names, which act would fetch', () => {
    const step = (ref: string) => `      - uses: actions/checkout@08c\n        with:\n          a: b\n${ref}`;
    const written = step(`          ref: \${{ github.event.pull_request.head.sha }}\n`);
    expect(rewriteForAct(written)).toBe(step(''));
  });

  it('leaves out what neither act nor actionlint knows', () => {
    const written = `concurrency:
  group: a
  queue: max
jobs:
  a:
    steps:
      - uses: actions/checkout@08c
        with:
          repository: \${{ job.workflow_repository }}
          ref: \${{ job.workflow_sha }}
          path: there
      - run: 'echo queue: max'
`;
    const left = written.split('\n').filter((line) => !/^ {2}queue|job\.workflow/.test(line));
    expect(rewriteForAct(written)).toBe(left.join('\n'));
  });

  function changes(text: string): readonly string[] {
    const before = WORKFLOW.split('\n');
    return text.split('\n').filter((line, index) => line !== before[index]);
  }
});
