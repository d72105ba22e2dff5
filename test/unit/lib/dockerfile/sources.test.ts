import { expect, test } from '@jest/globals';
import { normalizePlatform, platformArgs } from '../../../../actions/lib/dockerfile/platform-args.ts';
import { remoteSourceOf } from '../../../../actions/lib/dockerfile/remote-source.ts';
import { cleanSourcePath, holdsWildcards } from '../../../../actions/lib/dockerfile/source-path.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

test.each([
  ['https://x.y/f.tgz', { kind: 'http', commit: null }],
  ['http://x.y/', { kind: 'http', commit: null }],
  ['https://x.y/a.git/raw', { kind: 'http', commit: null }],
  ['https://x.y/a.git', { kind: 'git', commit: null }],
  ['https://x.y/a.git#main', { kind: 'git', commit: null }],
  [`https://x.y/a.git#${COMMIT}`, { kind: 'git', commit: COMMIT }],
  [`https://x.y/a.git#${COMMIT}:sub/dir`, { kind: 'git', commit: COMMIT }],
  [`https://x.y/a.git?ref=${COMMIT}`, { kind: 'git', commit: COMMIT }],
  ['https://x.y/a.git?tag=v1&checksum=abcdef0', { kind: 'git', commit: 'abcdef0' }],
  [`https://x.y/a.git?commit=${COMMIT}`, { kind: 'git', commit: COMMIT }],
  ['git://x.y/a', { kind: 'git', commit: null }],
  ['ssh://git@x.y/a', { kind: 'git', commit: null }],
  [`git@x.y:a/b.git#${COMMIT}`, { kind: 'git', commit: COMMIT }],
  ['ftp://x.y/f', undefined],
  ['github.com/a/b', undefined],
  ['HTTPS://x.y/f', undefined],
  ['./https://x', undefined],
  ['a:b', undefined],
])('%s is recognised', (source, expected) => expect(remoteSourceOf(source)).toEqual(expected));

test.each([
  ['', '.'],
  ['.', '.'],
  ['/', '.'],
  ['./', '.'],
  ['a/', 'a'],
  ['/a//b/./c', 'a/b/c'],
  ['../../a', 'a'],
  ['a/../..', '.'],
  ['a/./b/*.py', 'a/b/*.py'],
  ['...', '...'],
])('the source %j is read as %j', (source, path) => expect(cleanSourcePath(source)).toBe(path));

test.each([
  ['a*', true],
  ['a?', true],
  ['[a]', true],
  ['\\*', false],
  ['\\\\*', true],
  ['a\\b', false],
  ['a]', false],
])('%s holds wildcards: %s', (path, expected) => expect(holdsWildcards(path)).toBe(expected));

test.each([
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/v6', 'linux/arm/v6'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['Linux/x86_64', 'linux/amd64'],
  ['linux/aarch64', 'linux/arm64'],
])('the platform %s is spelled %s', (platform, spelled) => expect(normalizePlatform(platform)).toBe(spelled));

test('build args beat the automatic ones, and inherited properties are no build args', () => {
  const values = platformArgs('linux/arm/v6', 'app', { TARGETARCH: 'mips', BUILDARCH: 'amd64' });
  expect([...values.values()]).toEqual([
    null,
    null,
    null,
    'amd64',
    null,
    'linux/arm/v6',
    'linux',
    '',
    'mips',
    'v6',
    'app',
  ]);
});
