/** A repository with fourteen images in four levels whose builds need no network, and the workflows that build them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRepo, type TestRepo } from './git-repo.ts';
import { makeTinyRoot } from './tiny-root.ts';

/** Images by name, each with the images it stands on: the first as `FROM`, the others as `COPY --from`. */
export const GRAPH: Readonly<Record<string, readonly string[]>> = {
  'base-python': [],
  'base-node': [],
  geometry: ['base-python'],
  common: ['base-python'],
  toolchain: ['base-node'],
  sfm: ['geometry', 'common'],
  trainer: ['common'],
  viewer: ['toolchain'],
  api: ['toolchain', 'common'],
  'sfm-report': ['sfm'],
  pose: ['trainer', 'sfm'],
  studio: ['viewer', 'trainer'],
  service: ['api'],
  gallery: ['viewer'],
};

/**
 * Makes it. `images.yml` calls the workflow of `acme/darkroom@v1` as another repository does, `one-job.yml` uses the
 * actions in one job of its own, and `images-check.yml` is for pull requests. `runSeconds` is what the `RUN` of an image
 * takes where it is not cached.
 */
export async function createImageRepository(registry: string, runSeconds = 0): Promise<TestRepo> {
  const repo = await createRepo();
  repo.git('remote', 'add', 'origin', 'https://example.invalid/acme/vision.git');
  await writeTinyRoots(repo);
  for (const [name, parents] of Object.entries(GRAPH)) writeImage(repo, name, parents, runSeconds);
  const images = Object.keys(GRAPH).map((name) => `  ${name}: {}\n`);
  repo.write('action-matrix.yml', `version: 1\nregistry: ${registry}\nimages:\n${images.join('')}`);
  repo.write('.github/workflows/images.yml', CALLS_IMAGES);
  repo.write('.github/workflows/images-check.yml', CALLS_CHECK);
  repo.write('.github/workflows/one-job.yml', ONE_JOB);
  repo.commit();
  return repo;
}

function writeImage(
  repo: TestRepo,
  name: string,
  [parent, ...more]: readonly string[],
  runSeconds: number,
): void {
  const folder = `containers/${name}`;
  const lines = [
    `FROM ${parent ?? 'scratch'}`,
    ...(parent === undefined ? ['COPY root /'] : []),
    ...more.map((other) => `COPY --from=${other} /${other}.txt /`),
    `COPY ${name}.txt /`,
    `RUN sleep ${runSeconds} && cat /*.txt > /built-${name}`,
  ];
  repo.write(`${folder}/Dockerfile`, `${lines.join('\n')}\n`);
  repo.write(`${folder}/.dockerignore`, '*.md\n');
  repo.write(`${folder}/${name}.txt`, `${name}\n`);
}

async function writeTinyRoots(repo: TestRepo): Promise<void> {
  const root = await mkdtemp(path.join(tmpdir(), 'darkroom-root-'));
  await makeTinyRoot(root);
  for (const base of ['base-python', 'base-node']) {
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      const source = path.join(root, file);
      const { isFile, mode } = { isFile: statSync(source).isFile(), mode: statSync(source).mode & 0o777 };
      if (isFile) repo.write(`containers/${base}/root/${file}`, readFileSync(source), { mode });
    }
  }
  await rm(root, { recursive: true, force: true });
}

const CALLS_IMAGES = `name: Images
on: { push: { branches: [main] } }
permissions: {}
jobs:
  images:
    permissions: { contents: read, packages: write, id-token: write }
    uses: acme/darkroom/.github/workflows/images.yml@v1
`;

const CALLS_CHECK = `name: Images of a pull request
on: [pull_request]
permissions: {}
jobs:
  images:
    permissions: { contents: read, packages: read }
    uses: acme/darkroom/.github/workflows/images-check.yml@v1
`;

const ONE_JOB = `name: Images in one job
on: { push: { branches: [main] } }
permissions: {}
jobs:
  images:
    runs-on: ubuntu-24.04
    permissions: { contents: read, packages: write }
    steps:
      - uses: actions/checkout@v5
      - id: plan
        uses: acme/darkroom/actions/plan@v1
      - if: steps.plan.outputs.mode != 'none'
        uses: acme/darkroom/actions/build@v1
        with:
          plan: \${{ steps.plan.outputs.plan }}
      - uses: acme/darkroom/actions/publish@v1
        with:
          plan: \${{ steps.plan.outputs.plan }}
`;
