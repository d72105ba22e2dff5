import { describe, expect, it } from '@jest/globals';
import { type BakeFile, parseBakeFile } from '../../../../actions/lib/bake/bake-file.ts';
import { findInfluences } from '../../../../actions/lib/bake/bake-variables.ts';
import { type ImportRequest, importBake } from '../../../../actions/lib/bake/import-bake.ts';
import { imageTargets, inheritedNames } from '../../../../actions/lib/bake/place-targets.ts';
import { printImport } from '../../../../actions/lib/bake/print-import.ts';
import { parseMatrix } from '../../../../actions/lib/matrix/parse-matrix.ts';

type Targets = Readonly<Record<string, object>>;

const NOW = new Date('2026-03-04T05:06:07Z');

describe('importing targets', () => {
  it('leaves out what a matrix has for default, and names images after their repository', () => {
    const { registry, images } = imported({
      api: { context: 'containers/api-server', tags: ['ghcr.io/acme/vision/api-server'] },
      web: {
        context: 'web',
        dockerfile: '../docker/web.Dockerfile',
        tags: ['ghcr.io/acme/vision/web:latest'],
      },
    });
    expect(registry).toBe('ghcr.io/acme/vision');
    expect(options(images)).toEqual({
      'api-server': { tags: ['latest'] },
      web: { context: 'web', dockerfile: '../docker/web.Dockerfile', tags: ['latest'] },
    });
  });

  it.each<[string, object, object]>([
    ['arguments as they are', { args: { V: '1.10', E: '' } }, { args: { V: '1.10', E: '' } }],
    ['no proxy that is empty', { args: { HTTP_PROXY: '', V: '1' } }, { args: { V: '1' } }],
    ['a stage', { target: 'runtime' }, { target: 'runtime' }],
    ['a secret of a variable', { secret: [{ id: 'a', env: 'TOKEN' }] }, { secrets: { a: { env: 'TOKEN' } } }],
    ['a secret of its own name', { secret: [{ id: 'tok' }] }, { secrets: { tok: { env: 'tok' } } }],
    ['a secret of a file', { secret: [{ id: 'a', src: './x/t' }] }, { secrets: { a: { file: 'x/t' } } }],
    ['a secret as older Buildx prints it', { secret: ['id=a,src=/t'] }, { secrets: { a: { file: '/t' } } }],
    ['labels', { labels: { t: '%{x}' } }, { labels: { t: '%{x}' } }],
    ['a folder', { contexts: { shared: './lib/' } }, { contexts: { shared: 'lib' } }],
    [
      'an image from outside',
      { contexts: { os: 'docker-image://alpine:3' } },
      { contexts: { os: 'docker-image://alpine:3' } },
    ],
    [
      'a git source',
      { contexts: { src: 'https://github.com/acme/src.git#v1' } },
      { contexts: { src: 'upstream:src' } },
    ],
    ['no folder outside', { contexts: { up: '../lib' } }, {}],
    [
      'platforms in one spelling',
      { platforms: ['linux/arm64/v8', 'linux/arm'] },
      { platforms: ['linux/arm64', 'linux/arm/v7'] },
    ],
    ['the platform of the machine not at all', { platforms: ['local'] }, {}],
    ['what it builds for', { platforms: ['windows/amd64', 'linux/s390x'] }, { platforms: ['linux/s390x'] }],
    ['no label that changes with every commit', { labels: { 'org.opencontainers.image.revision': 'x' } }, {}],
    ['no time', { args: { T: '2026-03-04T05:06:01Z' }, labels: { d: '20260304' } }, {}],
  ])('takes %s', (_, target, expected) => {
    const result = imported({ app: { context: 'app', ...target } });
    expect(options(result.images)).toEqual({ app: { context: 'app', ...expected } });
  });

  it('makes parents of contexts, which are images for nobody else', () => {
    const result = imported({
      app: {
        context: 'app',
        contexts: { base: 'target:base_gpu' },
        platforms: ['linux/arm64'],
        tags: ['acme/app:1'],
      },
      base_gpu: { context: 'base', output: [{ type: 'cacheonly' }] },
    });
    expect(options(result.images)).toEqual({
      app: { context: 'app', contexts: { base: 'image:base_gpu' }, platforms: ['linux/arm64'], tags: ['1'] },
      base_gpu: { context: 'base', platforms: ['linux/arm64'], tags: [] },
    });
  });

  it('makes an edge of a tag that another Dockerfile stands on', () => {
    const references = { 'app/Dockerfile': ['acme/base:1', 'acme/app:0', 'debian:13'] };
    const result = imported(
      {
        app: { context: 'app', tags: ['acme/app:0'] },
        base: { context: 'base', tags: ['docker.io/acme/base:1', 'acme/base:2'] },
      },
      { referencesOf: ({ dockerfile }) => references[dockerfile as keyof typeof references] ?? [] },
    );
    expect(options(result.images)).toMatchObject({ base: { aliases: ['acme/base:1'] } });
    expect(options(result.images).app).not.toHaveProperty('aliases');
  });

  it.each<[string, object, string]>([
    ['elsewhere', { context: 'https://github.com/acme/x.git' }, 'is no folder of the repository'],
    ['outside', { context: '../x' }, 'is no folder of the repository'],
    ['without a Dockerfile', { context: 'gone' }, 'git knows no file "gone/Dockerfile"'],
    ['with a Dockerfile in the file', { 'dockerfile-inline': 'FROM scratch' }, 'dockerfile-inline'],
    ['of files', { output: [{ type: 'local', dest: 'x' }] }, 'it makes files, and no image'],
    ['of a check', { call: 'check' }, 'it checks'],
    ['for another system', { platforms: ['windows/amd64'] }, 'does not build for windows/amd64'],
  ])('leaves out a target %s, and what needs it', (_, target, reason) => {
    const { images, left } = imported({
      lost: { context: 'lost', ...target },
      child: { context: 'child', contexts: { base: 'target:other' } },
      other: { context: 'other', contexts: reason.includes('files') ? {} : { x: 'target:lost' } },
    });
    expect(left[0]).toMatchObject({ target: 'lost', reason: expect.stringContaining(reason) });
    expect(images).toHaveLength(reason.includes('files') ? 2 : 0);
  });

  it('takes services that are built in the same way for one image', () => {
    const { images } = imported({
      web: { context: 'app', tags: ['acme/app'] },
      worker: { context: 'app', tags: ['acme/app'] },
      child: { context: 'child', contexts: { app: 'target:worker' } },
    });
    expect(options(images)).toMatchObject({ app: {}, child: { contexts: { app: 'image:app' } } });
    expect(images[0]?.notes).toContain('also worker: built in the same way');
  });

  it('gives images of one repository the names of their targets, and says so', () => {
    const { images } = imported({
      cpu: { context: 'app', tags: ['acme/app:cpu'] },
      gpu: { context: 'app', args: { GPU: '1' }, tags: ['acme/app:gpu'] },
    });
    expect(images.map(({ name }) => name)).toEqual(['cpu', 'gpu']);
    expect(images[0]?.notes).toContain('docker.io/acme/app: an image has one repository, <registry>/cpu');
  });

  it('chooses the folder in which the paths of the file make sense', () => {
    const result = imported(
      { app: { context: '..' } },
      {
        bases: ['.', 'docker'],
        has: (file) => file === 'Dockerfile',
      },
    );
    expect(options(result.images)).toEqual({ app: { context: '.' } });
  });

  it('says what is lost, and what Darkroom does by itself', () => {
    const { images, replaced } = imported({
      app: {
        context: 'app',
        ssh: [{ id: 'default' }],
        network: 'host',
        entitlements: ['network.host'],
        'cache-to': [{ type: 'gha' }],
        'no-cache': false,
      },
    });
    expect(images[0]?.notes).toEqual([expect.stringMatching(/^ssh: /), expect.stringMatching(/^network: /)]);
    expect(replaced).toEqual([expect.stringMatching(/^cache-to: /)]);
  });
});

describe('tags', () => {
  const file = (version: string, ref: string): Targets => ({
    app: {
      context: 'app',
      tags: [
        `acme/app:${version}`,
        'acme/app:stable',
        `acme/app:on-${ref}-x`,
        'acme/app:20260304',
        'acme/app:key-1',
      ],
      args: { VERSION: version, SAME: '1' },
    },
  });
  const probed = imported(file('dev', 'main'), {
    influences: findInfluences(
      read(file('dev', 'main')),
      new Map([
        ['VERSION', read(file('zz9', 'main'))],
        ['GITHUB_REF_NAME', read(file('dev', 'zz9'))],
      ]),
    ),
  });

  it('carry over where it is certain what they stand for', () => {
    expect(options(probed.images).app).toMatchObject({ tags: ['stable', 'on-{branch}-x'] });
  });

  it('are told where it is not', () => {
    expect(probed.images[0]?.notes).toEqual([
      expect.stringMatching(/^acme\/app:dev: made from VERSION; write "\{branch\}"/),
      expect.stringMatching(/^acme\/app:20260304: made from the time/),
      expect.stringMatching(/^acme\/app:key-1: Darkroom has tags of this form/),
      'args VERSION: as they are when nobody sets VERSION',
    ]);
  });

  it('that name a commit are nothing that is missed', () => {
    const of = (sha: string): Targets => ({ app: { context: 'app', tags: [`acme/app:sha-${sha}`] } });
    const influences = findInfluences(read(of('')), new Map([['GITHUB_SHA', read(of('zz9'))]]));
    const { images } = imported(of('abc'), { influences });
    expect(options(images).app).not.toHaveProperty('tags');
    expect(images[0]?.notes[0]).toContain('differ with every run');
  });
});

describe('targets that nobody named', () => {
  it('are images when they say so, with what they stand on', () => {
    const file = read({
      app: { tags: ['a'], contexts: { base: 'target:base' } },
      base: {},
      lint: { output: [{ type: 'cacheonly' }] },
      common: { tags: ['a'] },
      pushed: { output: [{ type: 'registry' }] },
      plain: {},
    });
    const inherited = inheritedNames('target "app" {\n inherits = ["common", "x"]\n}');
    expect([...imageTargets(file, inherited).keys()]).toEqual(['app', 'base', 'pushed']);
  });
});

describe('the text of a matrix', () => {
  const result = imported({
    '1.0': { context: 'app', args: { A: '# no comment', 'B-C': '' }, tags: ['ghcr.io/acme/x/1.0:a\nb'] },
    web: {
      context: 'web',
      contexts: { src: 'https://github.com/acme/src.git' },
      tags: ['ghcr.io/acme/x/web'],
    },
    'left\u2028out': { context: 'gone' },
  });
  const text = printImport({ imported: result, unasked: ['other'] }, ['a.hcl', 'b\n.hcl'], './schema.json');

  it('is a matrix', () => {
    const matrix = parseMatrix(text, 'action-matrix.yml');
    expect([...matrix.images.keys()]).toEqual(['1.0', 'web']);
    expect(matrix.upstreams.get('src')?.source).toMatchObject({ url: 'https://github.com/acme/src.git' });
    expect(matrix.images.get('1.0')?.args).toEqual({ A: '# no comment' });
  });

  it('has comments where something is lost, each in its line', () => {
    expect(text.split('\n').filter((line) => line.includes('#') && !line.includes('"# no comment"'))).toEqual(
      [
        '# yaml-language-server: $schema=./schema.json',
        expect.stringMatching(/^# Images of a.hcl and b .hcl\./),
        expect.stringMatching(/^# Left out: left out: git knows no file/),
        '# Not asked for (--target NAME does): other',
        expect.stringMatching(/^ {2}# ghcr.io\/acme\/x\/1.0:a b: no image reference$/),
        expect.stringMatching(/^ {2}# args.B-C has a name that no argument may have$/),
      ],
    );
  });
});

it('refuses what is no document of Buildx', () => {
  expect(() => parseBakeFile('no')).toThrow('wrote no JSON');
  expect(parseBakeFile('{"target":{"a":{"tags":"x","args":[],"secret":[null,{}]}}}').get('a')).toMatchObject({
    tags: [],
    secrets: [],
  });
});

function imported(targets: Targets, more: Partial<ImportRequest> = {}) {
  return importBake({
    file: read(targets),
    influences: new Map(),
    bases: ['.'],
    has: (file) => !file.startsWith('gone'),
    referencesOf: () => [],
    now: NOW,
    ...more,
  });
}

function read(targets: Targets): BakeFile {
  const escaped = JSON.stringify({ target: targets }).replaceAll('%{', '%%{');
  return parseBakeFile(escaped);
}

function options(images: ReturnType<typeof imported>['images']): Record<string, object> {
  return Object.fromEntries(images.map(({ name, options }) => [name, options]));
}
