import { describe, expect, it, test } from '@jest/globals';
import {
  formatImageReference,
  hostOf,
  isLoopback,
  normaliseImageReference,
  parseImageReference,
} from '../../../../actions/lib/image/image-reference.ts';

const HASH = '0123456789abcdef'.repeat(4);

describe('parseImageReference', () => {
  test.each([
    ['python', { registry: 'docker.io', repository: 'library/python' }],
    ['python:3.11-slim', { registry: 'docker.io', repository: 'library/python', tag: '3.11-slim' }],
    ['acme/tools', { registry: 'docker.io', repository: 'acme/tools' }],
    ['docker.io/python', { registry: 'docker.io', repository: 'library/python' }],
    ['index.docker.io/acme/tools', { registry: 'docker.io', repository: 'acme/tools' }],
    ['localhost/x', { registry: 'localhost', repository: 'x' }],
    ['localhost:5000', { registry: 'docker.io', repository: 'library/localhost', tag: '5000' }],
    ['localhost:5000/x:1', { registry: 'localhost:5000', repository: 'x', tag: '1' }],
    ['[::1]:5000/a/b', { registry: '[::1]:5000', repository: 'a/b' }],
    ['LOCALHOST/x', { registry: 'LOCALHOST', repository: 'x' }],
    ['a__b/c--d.e_f', { registry: 'docker.io', repository: 'a__b/c--d.e_f' }],
    [
      `ghcr.io/a/b:1@sha256:${HASH}`,
      { registry: 'ghcr.io', repository: 'a/b', tag: '1', digest: `sha256:${HASH}` },
    ],
  ])('reads %s as Docker does', (text, parts) => {
    expect(parseImageReference(text)).toEqual(parts);
  });

  test.each([
    ['', '"library/" is not a repository'],
    ['Python', 'a repository is written in lower case'],
    ['ghcr.io/Acme/x', 'a repository is written in lower case'],
    ['foo_bar.x/y', '"foo_bar.x" is not a registry'],
    ['https://ghcr.io/x', '"https:" is not a registry'],
    ['python:', '"" is not a tag'],
    ['python:-x', '"-x" is not a tag'],
    [`python:${'a'.repeat(129)}`, `"${'a'.repeat(129)}" is not a tag`],
    ['python@sha256:abc', '"sha256:abc" is not a digest'],
    ['a//b', '"a//b" is not a repository'],
    [HASH, 'an image id names no repository'],
    [`x/${'a'.repeat(254)}`, 'the repository has 256 characters, at most 255 are allowed'],
  ])('refuses %j and says why', (text, flaw) => {
    const expected = 'Expected [registry/]repository[:tag][@digest], such as ghcr.io/acme/tools:1.2.';
    expect(() => parseImageReference(text)).toThrow(
      expect.objectContaining({
        kind: 'use',
        problems: [
          {
            code: 'image/bad-reference',
            message: `${JSON.stringify(text)} is not an image reference: ${flaw}.`,
            hint: expected,
          },
        ],
      }),
    );
  });
});

describe('normaliseImageReference', () => {
  test.each([
    ['python', 'docker.io/library/python:latest'],
    ['python:3.11-slim', 'docker.io/library/python:3.11-slim'],
    [`acme/x@sha256:${HASH}`, `docker.io/acme/x@sha256:${HASH}`],
    ['ghcr.io/acme/x', 'ghcr.io/acme/x:latest'],
  ])('%s becomes %s', (text, normal) => {
    expect(normaliseImageReference(text)).toBe(normal);
    expect(normaliseImageReference(normal)).toBe(normal);
  });
});

it('prints what it has read', () => {
  const text = `ghcr.io/acme/x:1@sha256:${HASH}`;
  expect(formatImageReference(parseImageReference(text))).toBe(text);
});

describe('hostOf', () => {
  it.each([
    ['ghcr.io/acme/vision', 'ghcr.io'],
    ['127.0.0.1:5077', '127.0.0.1:5077'],
    ['acme', 'docker.io'],
  ])('knows where %s is', (registry, host) => {
    expect(hostOf(registry)).toBe(host);
  });
});

describe('isLoopback', () => {
  test.each([
    'localhost',
    'localhost:5000',
    'LocalHost:1',
    '127.0.0.1',
    '127.0.0.1:5000/acme/x',
    '127.255.0.9:80',
    '[::1]',
    '[::1]:5000',
  ])('%s is this machine', (registry) => {
    expect(isLoopback(registry)).toBe(true);
  });

  test.each([
    'localhost.example.com',
    '127.0.0.1.nip.io',
    '127.0.0.256',
    '127.1',
    '128.0.0.1',
    '[::2]:5000',
    'ghcr.io/localhost',
    'localhost@example.com',
    '',
  ])('%j is not', (registry) => {
    expect(isLoopback(registry)).toBe(false);
  });
});
