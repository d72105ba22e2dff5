import { describe, expect, it, test } from '@jest/globals';
import { type BuildRequest, buildArgv, cacheArgv } from '../../../../actions/lib/buildkit/build-args.ts';

const PLAIN: BuildRequest = {
  builder: 'darkroom',
  contextDir: '/tmp/export/context',
  dockerfile: '/tmp/export/Dockerfile',
  platform: 'linux/amd64',
  args: {},
  labels: {},
  bindings: [],
  contexts: [],
  secrets: [],
  image: 'ghcr.io/acme/vision/colmap',
  cacheFrom: [],
  cacheTo: null,
  metadataFile: '/tmp/export/metadata.json',
  sourceDateEpoch: 0,
  syntax: 'bound',
};

/** Values of one flag, in order. */
function valuesOf(flag: string, request: Partial<BuildRequest>): readonly string[] {
  const argv = buildArgv({ ...PLAIN, ...request });
  return argv.filter((_, index) => argv[index - 1] === flag);
}

describe('buildArgv', () => {
  it('spells a plain build whole', () => {
    expect(buildArgv(PLAIN)).toEqual([
      'build',
      ...['--builder', 'darkroom'],
      ...['--file', '/tmp/export/Dockerfile'],
      ...['--platform', 'linux/amd64'],
      ...['--build-arg', 'SOURCE_DATE_EPOCH=0'],
      '--output',
      'type=image,name=ghcr.io/acme/vision/colmap,push-by-digest=true,push=true,store=false,compression=zstd,oci-mediatypes=true',
      '--provenance=mode=max',
      ...['--metadata-file', '/tmp/export/metadata.json'],
      '--progress=rawjson',
      '/tmp/export/context',
    ]);
  });

  test.each<[string, Partial<BuildRequest>, string, readonly string[]]>([
    ['the target stage', { target: 'runtime' }, '--target', ['runtime']],
    [
      'build args as they are, commas and quotes included, since that flag is no CSV',
      { args: { LIST: '8.0,8.6', QUOTE: 'say "x=y"', EMPTY: '' } },
      '--build-arg',
      ['SOURCE_DATE_EPOCH=0', 'LIST=8.0,8.6', 'QUOTE=say "x=y"', 'EMPTY='],
    ],
    [
      'one SOURCE_DATE_EPOCH, the declared one when there is one',
      { args: { SOURCE_DATE_EPOCH: '1700000000' } },
      '--build-arg',
      ['SOURCE_DATE_EPOCH=1700000000'],
    ],
    ['labels', { labels: { 'a.b': 'c=d, e' } }, '--label', ['a.b=c=d, e']],
    [
      'bindings by digest, before contexts that are folders',
      {
        bindings: [{ name: 'python:3.11', ref: 'ghcr.io/acme/base-python@sha256:ab' }],
        contexts: [{ name: 'common', dir: '/tmp/export/common' }],
      },
      '--build-context',
      ['python:3.11=docker-image://ghcr.io/acme/base-python@sha256:ab', 'common=/tmp/export/common'],
    ],
    [
      'secrets from the environment and from files, never their values',
      {
        secrets: [
          { id: 'token', env: 'HF_TOKEN' },
          { id: 'ca', file: '/etc/ssl/a,b "c".pem' },
        ],
      },
      '--secret',
      ['id=token,env=HF_TOKEN', 'id=ca,"src=/etc/ssl/a,b ""c"".pem"'],
    ],
    [
      'caches to read, in order',
      { cacheFrom: ['r/x:cache-topic-linux-amd64', 'r/x:cache-main-linux-amd64'] },
      '--cache-from',
      ['type=registry,ref=r/x:cache-topic-linux-amd64', 'type=registry,ref=r/x:cache-main-linux-amd64'],
    ],
  ])('passes %s', (_, request, flag, expected) => {
    expect(valuesOf(flag, request)).toEqual(expected);
  });

  it('writes the cache alone, packed like the image and not able to fail, from the same steps', () => {
    const request = { ...PLAIN, cacheTo: 'r/x:cache', args: { A: 'b' } };
    const argv = cacheArgv(request, 'r/x:cache').join(' ');
    expect(argv).toContain(
      '--cache-to type=registry,ref=r/x:cache,mode=max,image-manifest=true,oci-mediatypes=true,compression=zstd,ignore-error=true --output type=cacheonly',
    );
    expect(argv).toContain('--build-arg A=b');
    expect(argv).not.toContain('push=true');
    expect(buildArgv(request)).not.toContain('--cache-to');
  });

  it('never asks for a tag, a network mode, an entitlement or rewritten timestamps', () => {
    const argv = buildArgv({ ...PLAIN, cacheTo: 'r/x:cache', args: { A: 'b' } }).join(' ');
    expect(argv).not.toMatch(
      /--tag|--network|--allow|rewrite-timestamp|org\.opencontainers\.image\.revision/,
    );
  });
});
