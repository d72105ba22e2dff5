/**
 * Runs workflows over fourteen images in four levels with act, on an engine and a registry of their own: jobs started,
 * images built and wall time, for `images.yml` as another repository calls it and for the actions in one job.
 * All runners are this machine, so waves cost what their jobs cost and win nothing: the figures compare runs, not modes.
 * Usage: node scripts/bench/act-images.ts
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { markdownTable } from '../../actions/lib/report/text-table.ts';
import { type ActRun, prepareAct, runAct } from '../../test/support/act.ts';
import type { TestRepo } from '../../test/support/git-repo.ts';
import { createImageRepository } from '../../test/support/image-repository.ts';
import { ensureEngine, ensureRegistry, stopEngine } from '../engine/engine.ts';
import { findFolders } from '../engine/folders.ts';
import { say } from '../say.ts';
import { findWorkflowTools, prepareWorkflowTools } from '../workflow-tools.ts';

/** What the one `RUN` of an image takes where it is not cached. */
const RUN_SECONDS = 2;

/** What is pushed, one after the other. */
const PUSHES: Readonly<Record<string, (repo: TestRepo) => void>> = {
  'nothing is there yet': () => undefined,
  'nothing changed': () => undefined,
  'one leaf changed': (repo) => change(repo, 'gallery'),
  'a base changed': (repo) => change(repo, 'base-python'),
  'a base changed without effect on its content': (repo) => {
    repo.write('containers/base-python/Dockerfile', `# a comment\n${dockerfile(repo, 'base-python')}`);
  },
  'one level down changed, one image fails': (repo) => {
    change(repo, 'common');
    repo.write('containers/trainer/Dockerfile', `${dockerfile(repo, 'trainer')}RUN exit 3\n`);
  },
  'that image is repaired': (repo) => {
    repo.write('containers/trainer/Dockerfile', dockerfile(repo, 'trainer').replace('RUN exit 3\n', ''));
  },
};

await prepareWorkflowTools(say);
const { act } = await findWorkflowTools();
if (act === undefined) throw new Error('act is not on this machine; the lines above say why');
const state = await mkdtemp(path.join(tmpdir(), 'darkroom-bench-'));
const folders = { ...findFolders(), state };
try {
  const engine = await ensureEngine(say, folders);
  const registry = await ensureRegistry(say, folders);
  const prepared = await prepareAct(act, engine);
  const runs = Object.keys(PUSHES).map((name) => ({ name, byWorkflow: [] as ActRun[] }));
  try {
    for (const workflow of ['images.yml', 'one-job.yml']) {
      await execa(engine.docker, ['buildx', 'prune', '--all', '--force'], { env: engine.env });
      const repo = await createImageRepository(
        `${registry}/bench/${workflow.replace('.yml', '')}`,
        RUN_SECONDS,
      );
      try {
        for (const { name, byWorkflow } of runs) {
          PUSHES[name]?.(repo);
          repo.commit(name);
          const run = await runAct(prepared, repo.dir, { workflow });
          say(`${workflow}, ${name}: ${columns(run).join(', ')}`);
          byWorkflow.push(run);
        }
      } finally {
        repo.remove();
      }
    }
  } finally {
    await prepared.remove();
  }
  const header = [
    'push',
    ...['images.yml', 'one job'].flatMap((mode) => [`${mode}: jobs`, 'built', 's', 'ended']),
  ];
  const rows = runs.map(({ name, byWorkflow }) => [name, ...byWorkflow.flatMap(columns)]);
  process.stdout.write(`${markdownTable(header, rows)}\n`);
} finally {
  await stopEngine(folders);
  await rm(state, { recursive: true, force: true });
}

function columns({ jobs, built, seconds, succeeded }: ActRun): readonly string[] {
  return [String(jobs.length), String(built.length), seconds.toFixed(1), succeeded ? 'green' : 'red'];
}

function change(repo: TestRepo, image: string): void {
  repo.write(`containers/${image}/${image}.txt`, `${image}, changed\n`);
}

function dockerfile(repo: TestRepo, image: string): string {
  return `${repo.git('show', `HEAD:containers/${image}/Dockerfile`)}\n`;
}
