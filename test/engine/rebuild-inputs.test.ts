import path from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  createProject,
  PLATFORM,
  type Project,
  planned,
  type Variables,
} from '../support/darkroom-command.ts';
import { pullConfig, pullFiles } from '../support/pull-files.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';

jest.setTimeout(180_000);

const SECRET = 'hunter2-5f1d0c1e-a-value-found-nowhere-else';
const TOKEN: Variables = { TOKEN: SECRET };

function matrix({ model = 'large', unused = 'a', secret = '1', target = 'runtime' } = {}): string {
  return `images:
  base: { platforms: [${PLATFORM}], aliases: [docker.io/acme/tools] }
  data: { tags: [], platforms: [${PLATFORM}] }
  spare: { tags: [], platforms: [${PLATFORM}] }
  app:
    platforms: [${PLATFORM}]
    target: ${target}
    args: { MODEL: ${model}, UNUSED: ${unused} }
    contexts: { common: containers/common }
    labels: { org.example.team: vision }
  app-dev: { context: containers/app, target: dev, platforms: [${PLATFORM}] }
  vault: { platforms: [${PLATFORM}], secrets: { token: { version: "${secret}" } } }
  mounted: { platforms: [${PLATFORM}] }
`;
}

const FILES = {
  'action-matrix.yml': matrix(),
  'containers/base/Dockerfile': 'FROM scratch\nCOPY root /\n',
  'containers/data/Dockerfile': 'FROM scratch\nCOPY data.txt /data/\n',
  'containers/data/data.txt': 'data\n',
  'containers/spare/Dockerfile': 'FROM scratch\nCOPY spare.txt /\n',
  'containers/spare/spare.txt': 'spare\n',
  'containers/common/shared.py': 'shared\n',
  'containers/common/unused.py': 'unused\n',
  'containers/app/Dockerfile': `FROM acme/tools AS made
ARG MODEL
RUN echo "$MODEL" > /model
FROM scratch AS dev
COPY dev.txt /
FROM scratch AS runtime
COPY --from=made /model /
COPY --from=common shared.py /
COPY --from=data /data/data.txt /
`,
  'containers/app/dev.txt': 'dev\n',
  'containers/vault/Dockerfile': `FROM base
RUN --mount=type=secret,id=token,required=true read -r t < /run/secrets/token; echo "\${#t}" > /length
`,
  'containers/mounted/Dockerfile':
    'FROM base\nRUN --mount=from=data,source=/data,target=/in cat /in/data.txt > /copied\n',
};

describe('everything an image may be made of', () => {
  let project: Project;

  const imageRef = (image: string, tag = 'main') => {
    return { registry: project.address, repository: `${project.name}/${image}`, tag };
  };
  const change = (file: string, content: string): void => {
    project.repo.write(file, content);
    project.repo.commit();
  };
  /** Why each image would be built now. */
  const reasons = async (): Promise<Record<string, readonly string[]>> => {
    const { images } = await project.plan();
    const built = images.filter(({ action }) => action === 'build');
    return Object.fromEntries(built.map((image) => [image.name, image.reasons]));
  };

  beforeAll(async () => {
    project = await createProject(FILES);
    await makeTinyRoot(path.join(project.repo.dir, 'containers/base/root'));
    project.repo.commit();
  });

  afterAll(() => project?.repo.remove());

  it('a missing secret is one clear error, and the rest is built', async () => {
    const { problems, failed, built, published, exitCode } = await project.rebuild([], { TOKEN: undefined });
    expect({ failed, published, exitCode }).toEqual({ failed: ['vault'], published: {}, exitCode: 1 });
    expect(problems).toEqual([expect.objectContaining({ code: 'build/missing-secret' })]);
    expect(problems[0]?.message).toContain('TOKEN');
    expect(built).toEqual(['base', 'data', 'app', 'app-dev', 'mounted']);
    expect(await project.tag('app', 'main')).toBeNull();
  });

  it('the next run builds what failed, and an internal image stays without a tag', async () => {
    const { built, unneeded, published, exitCode } = await project.rebuild([], TOKEN);
    expect({ built, unneeded, exitCode }).toEqual({ built: ['vault'], unneeded: ['spare'], exitCode: 0 });
    expect(Object.keys(published).sort()).toEqual(['app', 'app-dev', 'base', 'mounted', 'vault']);
    expect(await project.tags('spare')).toEqual([]);
    expect(await project.tag('data', 'main')).toBeNull();
  });

  it('takes target, named context, alias, build arg, another image and labels', async () => {
    expect(await pullFiles(project.client, imageRef('app'), PLATFORM)).toEqual({
      model: '644 large\n',
      'shared.py': '644 shared\n',
      'data.txt': '644 data\n',
    });
    expect(await pullFiles(project.client, imageRef('app-dev'), PLATFORM)).toEqual({
      'dev.txt': '644 dev\n',
    });
    expect(await pullFiles(project.client, imageRef('mounted'), PLATFORM)).toMatchObject({
      copied: '644 data\n',
    });
    expect((await pullConfig(project.client, imageRef('app'), PLATFORM)).Labels).toEqual({
      'org.example.team': 'vision',
      'org.opencontainers.image.source': `https://example.invalid/${project.name}`,
    });
  });

  it('keeps the value of a secret out of everything the registry holds', async () => {
    expect(await pullFiles(project.client, imageRef('vault'), PLATFORM)).toMatchObject({
      length: `644 ${SECRET.length}\n`,
    });
    const blobs = await allBlobs(project, 'vault');
    expect(blobs.some((blob) => blob.includes('run/secrets/token'))).toBe(true);
    expect(blobs.filter((blob) => blob.includes(SECRET))).toEqual([]);
  });

  it('a secret counts by its version, not by its value', async () => {
    expect(await project.rebuild([], { TOKEN: 'another value' })).toMatchObject({ built: [], exitCode: 0 });
    change('action-matrix.yml', matrix({ secret: '2' }));
    expect(await reasons()).toEqual({ vault: ['version of secret token changed from 1 to 2'] });
    change('action-matrix.yml', matrix());
  });

  it('a declared build arg counts, an undeclared one does not', async () => {
    change('action-matrix.yml', matrix({ unused: 'b' }));
    expect(await reasons()).toEqual({});
    change('action-matrix.yml', matrix({ model: 'small' }));
    expect(await reasons()).toEqual({ app: ['build arg MODEL changed from large to small'] });
    change('action-matrix.yml', matrix());
  });

  it('a file counts for the target that copies it, also in a named context', async () => {
    change('containers/app/dev.txt', 'dev 2\n');
    expect(await reasons()).toEqual({ 'app-dev': ['containers/app/dev.txt changed'] });
    change('containers/common/unused.py', 'changed\n');
    expect(Object.keys(await reasons())).toEqual(['app-dev']);
    change('containers/common/shared.py', 'SHARED\n');
    expect(await reasons()).toMatchObject({ app: ['containers/common/shared.py changed'] });
  });

  it('an internal image is built when a child needs it, or when it is asked for', async () => {
    change('containers/data/data.txt', 'data 2\n');
    expect(await reasons()).toMatchObject({
      data: ['containers/data/data.txt changed', 'needed by mounted, app'],
      mounted: ['parent data changed'],
    });
    const { built } = await project.rebuild([], TOKEN);
    expect([...built].sort()).toEqual(['app', 'app-dev', 'data', 'mounted']);
    expect(await pullFiles(project.client, imageRef('app'), PLATFORM)).toMatchObject({
      'shared.py': '644 SHARED\n',
      'data.txt': '644 data 2\n',
    });
    const { exitCode } = await project.run(['build', 'spare']);
    expect(exitCode).toBe(0);
    expect(await project.tags('spare')).toContain(planned(await project.plan(), 'spare').tag);
  });

  it('run builds an image that is missing, starts it, and ends as its command ends', async () => {
    change('containers/data/data.txt', 'data 3\n');
    const { stdout, exitCode } = await project.run(['run', 'mounted', '/bin/cat', '/copied']);
    expect({ stdout, exitCode }).toEqual({ stdout: 'data 3\n', exitCode: 0 });
    expect((await project.run(['run', 'mounted', '/bin/sh', '-c', 'exit 9'])).exitCode).toBe(9);
    expect(await pullFiles(project.client, imageRef('mounted'), PLATFORM)).toMatchObject({
      copied: '644 data 2\n',
    });
  });
});

/** Every blob and manifest that any tag of an image reaches, unpacked. */
async function allBlobs(project: Project, image: string): Promise<readonly string[]> {
  const { client } = project;
  const repository = { registry: project.address, repository: `${project.name}/${image}` };
  const found: string[] = [];
  const visit = async (reference: { tag: string } | { digest: string }): Promise<void> => {
    const manifest = await client.getManifest({ ...repository, ...reference });
    if (manifest === null) return;
    found.push(manifest.bytes.toString('latin1'));
    const { document } = manifest;
    if (document.kind === 'index') {
      for (const { digest } of document.manifests) await visit({ digest });
      return;
    }
    for (const { digest, mediaType } of [document.config, ...document.layers]) {
      const blob = await client.getBlob(repository, digest, { maxBytes: 1 << 26 });
      found.push(unpack(blob, mediaType).toString('latin1'));
    }
  };
  for (const tag of await client.listTags(repository)) await visit({ tag });
  return found;
}

function unpack(blob: Buffer, mediaType: string): Buffer {
  if (mediaType.endsWith('zstd')) return zstdDecompressSync(blob);
  return mediaType.endsWith('gzip') ? gunzipSync(blob) : blob;
}
