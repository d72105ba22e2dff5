import { describe, expect, it } from '@jest/globals';
import { readWorkflow } from '../../../../actions/lib/workspace/read-workflow.ts';

const RUN = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REF_NAME: 'main',
  GITHUB_HEAD_REF: '',
};
const EVENT = { repository: { default_branch: 'main' } };

describe('readWorkflow', () => {
  it('is silent outside a workflow', () => {
    expect(readWorkflow({ ...RUN, GITHUB_ACTIONS: undefined }, EVENT)).toBeNull();
  });

  it.each([
    ['a push of the default branch', { GITHUB_EVENT_NAME: 'push' }, EVENT, true],
    ['a push of another branch', { GITHUB_EVENT_NAME: 'push', GITHUB_REF_NAME: 'topic' }, EVENT, false],
    ['a push of a tag', { GITHUB_EVENT_NAME: 'push', GITHUB_REF_TYPE: 'tag' }, EVENT, true],
    ['a push of which nothing is told', { GITHUB_EVENT_NAME: 'push' }, null, false],
    ['a schedule, which tells nothing of the repository', { GITHUB_EVENT_NAME: 'schedule' }, {}, true],
    [
      'a pull request from a branch called like the default one',
      { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF_NAME: '7/merge', GITHUB_HEAD_REF: 'main' },
      EVENT,
      false,
    ],
    [
      'a pull request that runs for its target',
      { GITHUB_EVENT_NAME: 'pull_request_target', GITHUB_HEAD_REF: 'topic' },
      EVENT,
      false,
    ],
    [
      'a merge queue',
      { GITHUB_EVENT_NAME: 'merge_group', GITHUB_REF_NAME: 'gh-readonly-queue/main/pr-1' },
      EVENT,
      false,
    ],
  ])('knows whether home may be written: %s', (_, env, event, mayPublish) => {
    expect(readWorkflow({ ...RUN, ...env }, event)).toMatchObject({ mayPublish });
  });
});
