import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findWorkflowTools } from '../../scripts/workflow-tools.ts';
import { type Act, prepareAct, runAct } from '../support/act.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';

const { act } = await findWorkflowTools();

const CALLS_LINT = `on: [push]
permissions: {}
jobs:
  lint:
    permissions:
      contents: read
      pull-requests: write
    uses: acme/darkroom/.github/workflows/lint.yml@v1
    with:
      hadolint: "false"
      paths: |
        services
        tools/Dockerfile
`;

/** The workflow as another repository calls it. Skipped where act is not on this machine; scripts/test says so. */
(act === undefined ? describe.skip : describe)('a repository that calls lint.yml', () => {
  let prepared: Act & { remove(): Promise<void> };
  let repo: TestRepo;

  beforeAll(async () => {
    prepared = await prepareAct(act ?? '', null);
    repo = await createRepo();
    repo.git('remote', 'add', 'origin', 'https://example.invalid/acme/vision.git');
    repo.write('.github/workflows/lint.yml', CALLS_LINT);
    repo.write('services/api/Dockerfile', 'FROM scratch\nRUN pip install numpy>=1.26\n');
    repo.write('not-asked-for/Dockerfile', 'FROM scratch\nRUN pip install numpy>=1.26\n');
    repo.write('tools/Dockerfile', 'FROM scratch\nCOPY a /\n');
    repo.write('tools/a', '');
    repo.commit();
  }, 60_000);
  afterAll(async () => {
    await prepared?.remove();
    repo?.remove();
  });

  it('fails at the line that breaks the image, and passes once it is mended', async () => {
    const broken = await runAct(prepared, repo.dir, { workflow: 'lint.yml' });
    expect(broken.succeeded).toBe(false);
    expect(broken.errors).toEqual([
      expect.stringContaining('::error title=unquoted-specifier,file=services/api/Dockerfile,line=2,'),
    ]);
    repo.write('services/api/Dockerfile', "FROM scratch\nRUN pip install 'numpy>=1.26'\n");
    repo.commit();
    expect(await runAct(prepared, repo.dir, { workflow: 'lint.yml' })).toMatchObject({
      ...{ succeeded: true, errors: [], jobs: [{ succeeded: true }] },
    });
  }, 60_000);
});
