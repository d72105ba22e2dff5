import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findWorkflowTools } from '../../scripts/workflow-tools.ts';
import { type Act, prepareAct, runAct } from '../support/act.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { type ServedForge, serveForge } from '../support/serve-forge.ts';

const { act } = await findWorkflowTools();

const CALLS_REFRESH = `on: [push]
permissions: {}
jobs:
  refresh:
    permissions: { contents: write, actions: write, packages: read }
    uses: acme/darkroom/.github/workflows/refresh.yml@v1
    with: { soak: "0", workflow: build.yml }
`;

/** The workflow as another repository calls it. Skipped where act is not on this machine; scripts/test says so. */
(act === undefined ? describe.skip : describe)('a repository that calls refresh.yml', () => {
  let prepared: Act & { remove(): Promise<void> };
  let [repo, tools]: TestRepo[] = [];
  let forge: ServedForge;

  beforeAll(async () => {
    prepared = await prepareAct(act ?? '', null);
    [repo, tools] = [await createRepo(), await createRepo()];
    tools.write('tool.txt', 'one');
    const commit = tools.commit();
    const url = `file://${tools.dir}`;
    repo.git('remote', 'add', 'origin', 'https://github.com/acme/vision.git');
    repo.write('.github/workflows/refresh.yml', CALLS_REFRESH);
    repo.write(
      'action-matrix.yml',
      `upstreams:\n  tools: { git: "${url}", ref: main }\nimages:\n  app: {}\n`,
    );
    repo.write('containers/app/Dockerfile', 'FROM scratch\nCOPY --from=tools /tool.txt /\n');
    const lock = JSON.stringify({ version: 1, git: { [`${url}#main`]: commit } });
    repo.write('action-matrix.lock', lock);
    repo.commit();
    forge = await serveForge({
      workflows: { 'build.yml': 'on: { workflow_dispatch: }\njobs: {}\n' },
      files: { 'action-matrix.lock': lock },
    });
  }, 60_000);
  afterAll(async () => {
    await prepared?.remove();
    for (const one of [repo, tools]) one?.remove();
    await forge?.close();
  });

  it('has its lock moved and its build started, and nothing where nothing moved', async () => {
    const run = () =>
      runAct(prepared, repo?.dir ?? '', { workflow: 'refresh.yml', api: forge.api, token: 'secret' });
    expect(await run()).toMatchObject({ succeeded: true, errors: [] });
    expect(forge.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    tools?.write('tool.txt', 'two');
    const moved = tools?.commit() ?? 'none';
    const { succeeded, errors, log } = await run();
    expect({ succeeded, errors, log }).toMatchObject({ succeeded: true, errors: [] });
    expect(forge.git.read('main', 'action-matrix.lock')).toContain(moved);
    expect(forge.runs).toMatchObject([{ branch: 'main', inputs: {} }]);
  }, 90_000);
});
