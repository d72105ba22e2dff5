import { afterEach, expect, it, jest } from '@jest/globals';
import type { Developed } from '../../../actions/lib/build/build-nodes.ts';
import { DarkroomError } from '../../../actions/lib/errors/darkroom-error.ts';
import { reportRun } from '../../../scripts/report-run.ts';
import { createRepo } from '../../support/git-repo.ts';
import { makeTestPlan } from '../../support/make-test-plan.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
});

it('says what failed before it asks a registry that may be gone for sizes', async () => {
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { client } = createMemoryRegistry();
  const repo = await createRepo();
  repo.write('containers/a/Dockerfile', 'FROM scratch\n');
  repo.write('containers/b/Dockerfile', 'FROM scratch\n');
  repo.commit();
  const work = await makeTestPlan({ dir: repo.dir, matrix: 'images: { a: {}, b: {} }\n', client });
  repo.remove();
  const digest = `sha256:${'0'.repeat(64)}`;
  const repository = { registry: '127.0.0.1:1', repository: 'test/b' };
  const developed: Developed = {
    ...{
      work,
      interrupted: false,
      client: { ...client, getManifest: () => Promise.reject(new Error('gone')) },
    },
    outcomes: new Map([
      [
        'a',
        {
          status: 'failed',
          error: new DarkroomError({ code: 'build/step-failed', message: 'No step was run.' }),
        },
      ],
      [
        'b',
        {
          status: 'done',
          value: { repository, digest, platformDigest: digest, outcome: 'built', build: null },
        },
      ],
    ]),
  };
  await reportRun(developed, null, { json: false, started: 0 }).catch(() => undefined);
  expect(said.mock.calls.join('')).toContain('No step was run.');
  expect(process.exitCode).toBe(1);
});
