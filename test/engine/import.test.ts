import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { parseMatrix } from '../../actions/lib/matrix/parse-matrix.ts';
import { resolvePlatformDigest } from '../../actions/lib/registry/platform-manifest.ts';
import { createProject, PLATFORM, type Project, planned, type Ran } from '../support/darkroom-command.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';

jest.setTimeout(180_000);

const DOCKERFILES = {
  'services/base/Dockerfile': 'FROM scratch\nCOPY base.txt /\n',
  'services/base/base.txt': 'base\n',
  'services/app/Dockerfile': 'FROM os\nARG V\nENV V=$V\nCOPY app.txt /\n',
  'services/app/app.txt': 'app\n',
};

const BAKE = `
variable "TAG" { default = "dev" }
variable "HOME_REGISTRY" { default = "ghcr.io/acme/vision" }
variable "SECRET_IN_ENVIRONMENT" { default = "none" }
group "default" { targets = ["app"] }
target "_common" {
  args = { V = "\${SECRET_IN_ENVIRONMENT}" }
  secret = ["id=token,src=not/there.txt"]
  ssh = ["default"]
}
target "app" {
  inherits = ["_common"]
  context = "services/app"
  contexts = { os = "target:base" }
  tags = ["\${HOME_REGISTRY}/app:\${TAG}", "\${HOME_REGISTRY}/app:latest"]
}
target "base" { context = "services/base" }
target "files" {
  context = "services/base"
  output = ["type=local,dest=out"]
}
`;

const COMPOSE = `
services:
  app:
    image: acme/app:\${TAG:-dev}
    env_file: [ignored.env]
    build:
      context: ../app
      args: [ "V=\${TOKEN:-unset}", FROM_FILE ]
      additional_contexts: { os: "service:base" }
  base:
    extends: { file: ../common.yml, service: base }
  db: { image: "postgres:17" }
`;

const PLANNED = {
  ...DOCKERFILES,
  'action-matrix.yml': `images:
  base: { context: services/base, tags: [] }
  app: { context: services/app, contexts: { os: image:base }, args: { V: "%{x}" } }
  side: { context: services/app, contexts: { os: image:base } }
`,
};

describe('import', () => {
  let project: Project;
  afterEach(() => project.repo.remove());

  it('makes a matrix of a Bake file that plans and builds', async () => {
    project = await createProject({ ...DOCKERFILES, 'docker-bake.hcl': BAKE });
    const { exitCode, stdout } = await project.run(['import', 'docker-bake.hcl'], {
      SECRET_IN_ENVIRONMENT: 'hunter2',
    });
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^action-matrix\.yml: 2 images from docker-bake\.hcl\..* Next: darkroom plan\n$/,
      ),
    });
    const text = read('action-matrix.yml');
    const { registry, images } = parseMatrix(text, 'action-matrix.yml');
    expect(registry).toBe('ghcr.io/acme/vision');
    expect(images.get('app')).toMatchObject({
      context: 'services/app',
      args: { V: 'none' },
      tags: ['latest'],
      secrets: [{ id: 'token', source: { path: 'not/there.txt' } }],
    });
    expect(images.get('base')).toMatchObject({ tags: [] });
    expect(text).toMatch(/# ssh: no agent/);
    expect(text).toMatch(/# ghcr\.io\/acme\/vision\/app:dev: made from TAG;/);
    expect(text).toMatch(/# Not asked for \(--target NAME does\): files\n/);
    const rebuilt = await project.rebuild(['--registry', `${project.address}/${project.name}`]);
    expect(rebuilt).toMatchObject({ built: ['base', 'app'], exitCode: 0 });
  });

  it('makes of the example what its page says', async () => {
    const page = readFileSync(path.resolve('actions/lib/bake/migrating.md'), 'utf8');
    const [, bake = ''] = /```hcl\n(.*?)```/s.exec(page) ?? [];
    const [, matrix = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    project = await createProject({
      'docker-bake.hcl': bake,
      'docker/base/Dockerfile': 'FROM scratch\n',
      'docker/train.Dockerfile': 'FROM base\n',
    });
    expect(await project.run(['import', 'docker-bake.hcl', '--print'])).toMatchObject({ stdout: matrix });
  });

  it('writes over no matrix, and says what a file lacks', async () => {
    project = await createProject({
      ...DOCKERFILES,
      'action-matrix.yml': 'images: {}\n',
      'docker-bake.hcl': BAKE,
      'bad.hcl': 'target "x" {\n  args = { A = NONE }\n}\n',
    });
    expect(await project.run(['import', 'docker-bake.hcl'])).toMatchObject({ exitCode: 2, stdout: '' });
    expect(read('action-matrix.yml')).toBe('images: {}\n');
    const printed = await project.run([
      'import',
      'docker-bake.hcl',
      '--print',
      '--target',
      'base',
      '--target',
      'app',
    ]);
    expect([...parseMatrix(printed.stdout, 'x').images.keys()]).toEqual(['app', 'base']);
    const bad = await project.run(['import', 'bad.hcl', '--print', '--json']);
    expect(bad.exitCode).toBe(2);
    expect(problems(bad)).toEqual([
      expect.objectContaining({
        code: 'bake/failed',
        place: { file: 'bad.hcl' },
        message: expect.stringContaining('There is no variable named "NONE"'),
      }),
    ]);
    const files = await project.run(['import', 'docker-bake.hcl', '--print', '--json', '--target', 'files']);
    expect(problems(files)).toMatchObject([{ code: 'import/no-images' }]);
  });

  it('takes variables as they are given, and files laid over each other', async () => {
    project = await createProject({
      ...DOCKERFILES,
      'docker-bake.hcl': BAKE,
      'more.json': '{"target": {"app": {"args": {"MORE": "1"}}}}',
    });
    const files = ['docker-bake.hcl', 'more.json'];
    const { stdout } = await project.run([
      'import',
      ...files,
      '--print',
      '--var',
      'SECRET_IN_ENVIRONMENT=v=1',
    ]);
    expect(parseMatrix(stdout, 'x').images.get('app')?.args).toEqual({ V: 'v=1', MORE: '1' });
    expect((await project.run(['import', ...files, '--print', '--var', 'X'])).exitCode).toBe(2);
  });

  it('makes a matrix of a Compose file without a look at what git does not know', async () => {
    project = await createProject({
      ...DOCKERFILES,
      '.gitignore': '.env\nignored.env\n',
      'services/common.yml': 'services:\n  base: { build: ./base }\n',
      'services/stack/compose.yml': COMPOSE,
    });
    for (const file of ['.env', 'ignored.env']) {
      writeFileSync(
        path.join(project.repo.dir, 'services/stack', file),
        'TOKEN=hunter2\nFROM_FILE=hunter2\n',
      );
    }
    const { exitCode, stderr } = await project.run(['import', 'services/stack/compose.yml']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const text = read('action-matrix.yml');
    expect(text).not.toContain('hunter2');
    const { images } = parseMatrix(text, 'action-matrix.yml');
    expect([...images.keys()]).toEqual(['app', 'base']);
    expect(images.get('app')).toMatchObject({ context: 'services/app', args: { V: 'unset' } });
    expect(planned(await project.plan(['--no-registry']), 'app').parents).toEqual(['base']);
  });

  function read(file: string): string {
    return readFileSync(path.join(project.repo.dir, file), 'utf8');
  }
});

describe('plan --bake', () => {
  let project: Project;
  let test: TestEngine;
  beforeAll(async () => {
    test = await startTestEngine();
    // Where nothing was ever pushed there is no address to write into a file.
    mkdirSync(path.join(test.folders.state, 'registry'), { recursive: true });
  });
  beforeEach(async () => {
    project = await createProject(PLANNED);
  });
  afterEach(() => project.repo.remove());

  it('is a file from which Buildx builds the same files and settings, under the keys of the plan', async () => {
    const plan = await project.plan();
    const { file, document } = await writePlan();
    expect(document.group).toEqual({
      default: { targets: ['app', 'side'] },
      'wave-1': { targets: ['base'] },
      'wave-2': { targets: ['app', 'side'] },
    });
    expect(await bake(file, '--push')).toMatchObject({ exitCode: 0 });
    const twin = await createProject(PLANNED);
    try {
      await twin.rebuild();
      const tag = planned(plan, 'app').tag ?? '';
      expect(planned(await twin.plan(), 'app').tag).toBe(tag);
      expect(await project.files('app', tag)).toEqual(await twin.files('app', tag));
      expect(await settings(project, tag)).toEqual(await settings(twin, tag));
    } finally {
      twin.repo.remove();
    }
    // What Bake pushed under a key is there.
    expect(planned(await project.plan(), 'app').action).toBe('hit');
  });

  it('binds what is there by its platform manifest, and is empty when nothing is to be built', async () => {
    await project.rebuild();
    const none = await writePlan();
    expect(none.document).toEqual({ group: {}, target: {} });
    expect(none.stderr).toContain('Nothing is to be built.');
    project.repo.write('services/app/app.txt', 'app 2\n');
    const { digest } = planned(await project.plan(), 'base');
    const repository = { registry: project.address, repository: `${project.name}/base` };
    const at = { ...repository, digest: digest ?? '' };
    const manifest = await resolvePlatformDigest(project.client, at, PLATFORM);
    const { file, document } = await writePlan();
    expect(document.target.app?.contexts.os).toBe(
      `docker-image://${project.address}/${project.name}/base@${manifest}`,
    );
    expect(await bake(file)).toMatchObject({ exitCode: 0 });
  });

  /** Builds what the plan says with Buildx alone. */
  async function bake(file: string, ...args: readonly string[]) {
    const { buildx, builder, env } = test.engine;
    const [command = '', ...words] = buildx;
    return execa(command, [...words, 'bake', '--builder', builder, '--file', file, ...args], {
      ...{ cwd: project.repo.dir, env, reject: false },
    });
  }

  async function writePlan() {
    const { stdout, stderr } = await project.run(['plan', '--bake']);
    const file = path.join(project.repo.dir, '.git', 'plan.json');
    writeFileSync(file, stdout);
    const document: BakeDocument = JSON.parse(stdout);
    return { file, document, stderr };
  }

  /** What an image says of itself, but for the layers, which hold the times of the files. */
  async function settings({ client, address, name }: Project, tag: string): Promise<unknown> {
    const at = { registry: address, repository: `${name}/app` };
    const digest = await resolvePlatformDigest(client, { ...at, tag }, PLATFORM);
    const manifest = await client.getManifest({ ...at, digest: digest ?? '' });
    if (manifest?.document.kind !== 'image') throw new Error('no image');
    const config = await client.getBlob(at, manifest.document.config.digest, { maxBytes: 100_000 });
    const { config: said, created, architecture } = JSON.parse(String(config));
    const { Labels: _, ...rest } = said;
    return { rest, created, architecture };
  }
});

interface BakeDocument {
  readonly group: object;
  readonly target: Readonly<Record<string, { readonly contexts: Readonly<Record<string, string>> }>>;
}

function problems({ stdout, stderr }: Ran): unknown {
  const { problems } = JSON.parse(stdout || stderr);
  return problems;
}
