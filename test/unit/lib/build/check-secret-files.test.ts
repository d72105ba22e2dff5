import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkSecretFiles } from '../../../../actions/lib/build/check-secret-files.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { makeTestPlan } from '../../../support/make-test-plan.ts';

describe('secret files of a pull request', () => {
  let repo: TestRepo;
  beforeEach(async () => {
    repo = await createRepo();
    repo.write('containers/app/Dockerfile', 'FROM scratch\n');
    repo.write('ca.pem', 'x');
    repo.symlink('link.pem', '/proc/self/environ');
    repo.commit();
  });
  afterEach(() => repo.remove());

  async function check(file: string): Promise<void> {
    const matrix = `images:\n  app: { secrets: { ca: { file: ${JSON.stringify(file)} } } }\n`;
    const { graph } = await makeTestPlan({ dir: repo.dir, matrix });
    await checkSecretFiles(graph.nodes, repo.dir);
  }

  it.each(['ca.pem', 'not-there.pem'])('may be its own: %s', async (file) => {
    await expect(check(file)).resolves.toBeUndefined();
  });

  it.each(['/proc/self/environ', '../outside', 'link.pem', '/etc/passwd'])(
    'may not be the runner’s: %s',
    async (file) => {
      await expect(check(file)).rejects.toMatchObject({
        problems: [
          {
            code: 'build/secret-outside',
            place: { file: 'action-matrix.yml', line: 2 },
            message: expect.stringContaining(`takes its secret "ca" from ${JSON.stringify(file)}`),
          },
        ],
      });
    },
  );
});
