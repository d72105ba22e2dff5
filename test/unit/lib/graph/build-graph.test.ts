import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { makeTestPlan } from '../../../support/make-test-plan.ts';

describe('buildGraph', () => {
  let repo: TestRepo;
  beforeEach(async () => {
    repo = await createRepo();
  });
  afterEach(() => repo.remove());

  function dockerfiles(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) repo.write(`containers/${name}/Dockerfile`, text);
    repo.commit();
  }

  async function edges(matrix: string): Promise<Record<string, string>> {
    const { graph } = await makeTestPlan({ dir: repo.dir, matrix });
    return Object.fromEntries(
      graph.nodes.map((node) => [
        node.id,
        node.references
          .map((one) => `${one.kind}:${one.kind === 'parent' ? one.image : one.written}`)
          .join(' '),
      ]),
    );
  }

  it('reads edges from FROM, COPY --from and RUN --mount, parents first', async () => {
    dockerfiles({
      app: 'FROM base\nCOPY --from=tools /t /t\nRUN --mount=type=bind,from=data,target=/d true\n',
      base: 'FROM scratch\n',
      tools: 'FROM base\n',
      data: 'FROM scratch\n',
    });
    expect(Object.entries(await edges('images: { app: {}, base: {}, tools: {}, data: {} }'))).toEqual([
      ['base', ''],
      ['tools', 'parent:base'],
      ['data', ''],
      ['app', 'parent:base parent:tools parent:data'],
    ]);
  });

  it('takes a stage before an image of the same name', async () => {
    dockerfiles({ app: 'FROM scratch AS base\nFROM base\n', base: 'FROM scratch\n' });
    expect(await edges('images: { app: {}, base: {} }')).toEqual({ app: '', base: '' });
  });

  it('takes a named context before an image of the same name', async () => {
    repo.write('shared/x', '1');
    dockerfiles({ app: 'FROM scratch\nCOPY --from=base x /x\n', base: 'FROM scratch\n' });
    const matrix = 'images: { app: { contexts: { base: shared } }, base: {} }';
    expect(await edges(matrix)).toEqual({ app: 'context:base', base: '' });
  });

  it.each([
    ['the registry and the name', 'ghcr.io/acme/vision/base', 'parent:base'],
    ['the registry and the name with :latest', 'ghcr.io/acme/vision/base:latest', 'parent:base'],
    ['an alias', 'acme/old-base', 'parent:base'],
    ['an alias with :latest', 'acme/old-base:latest', 'parent:base'],
    ['an alias with a tag', 'acme/old-base:dev', 'parent:base'],
    ['another tag than the alias has', 'acme/old-base:dev2', 'upstream:acme/old-base:dev2'],
    [
      'an alias with a digest',
      `acme/old-base@sha256:${'0'.repeat(64)}`,
      `upstream:acme/old-base@sha256:${'0'.repeat(64)}`,
    ],
    [
      'the registry and the name with a tag',
      'ghcr.io/acme/vision/base:main',
      'upstream:ghcr.io/acme/vision/base:main',
    ],
    ['the name with a tag', 'base:1', 'upstream:base:1'],
    ['another registry', 'ghcr.io/other/base', 'upstream:ghcr.io/other/base'],
  ])('decides by %s whether an edge is internal', async (_, from, expected) => {
    dockerfiles({ app: `FROM ${from}\n`, base: 'FROM scratch\n' });
    const matrix =
      'registry: ghcr.io/acme/vision\nimages: { app: {}, base: { aliases: [acme/old-base, acme/old-base:dev] } }';
    expect((await edges(matrix)).app).toBe(expected);
  });

  it('takes a named context for the image of the matrix, or the image from outside, that it stands for', async () => {
    dockerfiles({
      app: 'FROM base\nCOPY --from=os /etc /etc\n',
      cuda: 'FROM scratch\n',
      base: 'FROM scratch\n',
    });
    const contexts = '{ base: image:cuda, os: "docker-image://debian:13" }';
    const matrix = `images: { app: { contexts: ${contexts} }, cuda: {}, base: {} }`;
    const { graph } = await makeTestPlan({ dir: repo.dir, matrix });
    expect(graph.nodes.find((node) => node.id === 'app')?.references).toMatchObject([
      { written: 'base', kind: 'parent', node: 'cuda' },
      { written: 'os', kind: 'upstream', reference: 'docker.io/library/debian:13' },
    ]);
  });

  it('shows a cycle as a path with file and line of each edge', async () => {
    dockerfiles({ a: 'FROM scratch\nCOPY --from=c /x /x\n', b: 'FROM a\n', c: '\nFROM b\n' });
    await expect(edges('images: { a: {}, b: {}, c: {} }')).rejects.toThrow(
      [
        'containers/a/Dockerfile:2: Images need each other in a circle: a → c → b → a.',
        '  containers/a/Dockerfile:2: a needs c',
        '  containers/c/Dockerfile:2: c needs b',
        '  containers/b/Dockerfile:1: b needs a',
        '  Remove one of these edges: move what both need into an image of its own.',
      ].join('\n'),
    );
  });

  it('refuses a child for a platform its parent is not built for', async () => {
    dockerfiles({ app: 'FROM base\n', base: 'FROM scratch\n' });
    await expect(edges('images: { app: { platforms: [linux/arm64] }, base: {} }')).rejects.toThrow(
      '"app" needs "base" for "linux/arm64", which is built only for linux/amd64.',
    );
  });

  it('takes a parent and an upstream for the platform that FROM names', async () => {
    dockerfiles({
      app: 'FROM --platform=linux/arm64 base AS a\nFROM --platform=$BUILDPLATFORM golang:1 AS b\nFROM scratch\nCOPY --from=a / /\nCOPY --from=b / /\n',
      base: 'FROM scratch\n',
    });
    const matrix = 'images: { app: {}, base: { platforms: [linux/amd64, linux/arm64] } }';
    const { graph } = await makeTestPlan({ dir: repo.dir, matrix });
    const app = graph.nodes.find((node) => node.id === 'app');
    expect(app?.parents).toEqual(['base@linux/arm64']);
    expect(app?.references.map((one) => ('platform' in one ? one.platform : null))).toEqual([
      'linux/arm64',
      'linux/amd64',
    ]);
  });

  it('refuses one name for two platforms', async () => {
    dockerfiles({ app: 'FROM golang:1 AS a\nFROM --platform=linux/arm64 golang:1\nCOPY --from=a / /\n' });
    await expect(edges('images: { app: {} }')).rejects.toThrow(
      'containers/app/Dockerfile:2: "golang:1" is used for "linux/amd64" and for "linux/arm64" in one Dockerfile',
    );
  });

  it('refuses a named context that would hide a stage', async () => {
    repo.write('shared/x', '1');
    dockerfiles({ app: 'FROM scratch AS deps\nFROM scratch\nCOPY --from=deps / /\n' });
    await expect(edges('images: { app: { contexts: { deps: shared } } }')).rejects.toThrow(
      'The context "deps" of "app" has the name of a stage in containers/app/Dockerfile.',
    );
  });

  it('refuses ADD of an address without a hash', async () => {
    dockerfiles({ app: 'FROM scratch\nADD https://example.com/model.bin /\n' });
    await expect(edges('images: { app: {} }')).rejects.toThrow(
      'containers/app/Dockerfile:2: "ADD https://example.com/model.bin" may bring anything',
    );
  });

  it('hands restricted licences down to every image that holds the material', async () => {
    dockerfiles({
      app: 'FROM base\n',
      base: 'FROM scratch\nCOPY --from=smpl / /smpl\n',
      other: 'FROM scratch\n',
    });
    repo.write('models/smpl/x', '1');
    const matrix =
      'upstreams: { smpl: { local: models/smpl, licence: SMPL } }\nimages: { app: { licence: MIT }, base: {}, other: {} }';
    const { graph } = await makeTestPlan({ dir: repo.dir, matrix });
    expect(Object.fromEntries(graph.nodes.map((node) => [node.id, node.licence]))).toEqual({
      base: ['SMPL'],
      app: ['MIT', 'SMPL'],
      other: [],
    });
  });

  it.each([
    ['the child', 'FROM base\n'],
    ['one of its stages', 'FROM base AS built\nFROM scratch\nCOPY --from=built /x /x\n'],
  ])('counts the whole context where %s stands on a parent with ONBUILD triggers', async (_, app) => {
    dockerfiles({ app, base: 'FROM scratch\nONBUILD ARG A\nONBUILD COPY x /x\n' });
    repo.write('containers/app/x', '1');
    repo.commit();
    const { nodes } = await makeTestPlan({
      dir: repo.dir,
      matrix: 'images: { app: { args: { A: 1 }, secrets: { s: {} } }, base: {} }',
    });
    const child = nodes.get('app');
    expect(child?.key !== null && child?.preimage).toMatchObject({ args: { A: '1' }, secrets: { s: '1' } });
    expect(child?.inputs.main.files.map((file) => file.path)).toEqual(['Dockerfile', 'x']);
  });

  it('counts the whole of a named context that any stage stands on', async () => {
    repo.write('shared/x', '1');
    dockerfiles({ app: 'FROM common AS files\nFROM scratch\nCOPY --from=files x /\n' });
    const { nodes } = await makeTestPlan({
      dir: repo.dir,
      matrix: 'images: { app: { contexts: { common: shared } } }',
    });
    expect(
      nodes
        .get('app')
        ?.inputs.contexts.get('common')
        ?.files.map((file) => file.path),
    ).toEqual(['x']);
  });
});
