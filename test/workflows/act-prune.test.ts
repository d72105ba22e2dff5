import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publishPlan } from '../../actions/lib/publish/publish-plan.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { findWorkflowTools } from '../../scripts/workflow-tools.ts';
import { type Act, prepareAct, runAct } from '../support/act.ts';
import { type FakeRegistry, startFakeRegistry } from '../support/fake-registry.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { madePlan, putBuilt } from '../support/plan-to-publish.ts';

const { act } = await findWorkflowTools();

const CALLS_PRUNE = `on: [push]
permissions: {}
jobs:
  prune:
    permissions: { contents: read, packages: write, id-token: write }
    uses: acme/darkroom/.github/workflows/prune.yml@v1
    with: { delete: true, keep-publishes: "1" }
`;

/** The workflow as another repository calls it. Skipped where act is not on this machine; scripts/test says so. */
(act === undefined ? describe.skip : describe)('a repository that calls prune.yml', () => {
  let prepared: Act & { remove(): Promise<void> };
  let repo: TestRepo;
  let registry: FakeRegistry;

  beforeAll(async () => {
    [prepared, repo, registry] = await Promise.all([
      prepareAct(act ?? '', null),
      createRepo(),
      startFakeRegistry(),
    ]);
    const home = `${registry.host}/acme`;
    repo.write('.github/workflows/prune.yml', CALLS_PRUNE);
    repo.write('action-matrix.yml', `registry: ${home}\nimages: { colmap: {} }\n`);
    repo.write('containers/colmap/Dockerfile', 'FROM scratch\nCOPY Dockerfile /\n');
    repo.commit();
    repo.git('remote', 'add', 'origin', `file://${repo.dir}`);
    const client = createRegistryClient();
    for (const content of ['1', '2', '3']) {
      const images = [{ name: 'colmap', content }];
      await putBuilt(client, { target: home, images });
      const plan = madePlan({ target: home, images });
      await publishPlan(client, { plan, known: new Map(), history: null, explicit: true });
    }
  }, 60_000);
  afterAll(async () => {
    await prepared?.remove();
    repo?.remove();
    await registry?.close();
  });

  it('is told what nothing names, whose days of grace begin, and loses nothing yet', async () => {
    const tags = registry.tags('acme/colmap');
    const { succeeded, errors, log } = await runAct(prepared, repo.dir, { workflow: 'prune.yml' });
    expect({ succeeded, errors, log }).toMatchObject({ succeeded: true, errors: [] });
    expect(log).toMatch(/\d more \(.*\) are named by nothing that is published/);
    expect(registry.tags('acme/colmap')).toEqual(tags);
    expect(registry.tags('acme/darkroom')).toContain('prune-marks');
  }, 60_000);
});
