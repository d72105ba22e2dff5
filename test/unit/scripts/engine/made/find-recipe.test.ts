import { describe, expect, it } from '@jest/globals';
import { findRecipe } from '../../../../../scripts/engine/made/find-recipe.ts';

describe('the table of upstream images that can be made', () => {
  it.each([
    ['debian:bookworm', 'debian', 'bookworm', false],
    ['debian:bookworm-slim', 'debian', 'bookworm', true],
    ['debian:12-slim', 'debian', 'bookworm', true],
    ['debian:trixie', 'debian', 'trixie', false],
    ['debian:trixie-slim', 'debian', 'trixie', true],
    ['python:3.11', 'python', 'bookworm', false],
    ['python:3.11-bookworm', 'python', 'bookworm', false],
    ['python:3.11-slim', 'python', 'bookworm', true],
    ['python:3.11-slim-bookworm', 'python', 'bookworm', true],
    ['node:22', 'node', 'bookworm', false],
    ['node:22-bookworm', 'node', 'bookworm', false],
    ['node:22-slim', 'node', 'bookworm', true],
    ['node:22-bookworm-slim', 'node', 'bookworm', true],
  ] as const)('makes %s', (name, kind, suite, slim) => {
    const recipe = {
      name,
      reference: `docker.io/library/${name}`,
      platform: 'linux/amd64',
      kind,
      suite,
      slim,
    };
    expect(findRecipe(name, 'linux/amd64', 'x64')).toEqual(recipe);
    expect(findRecipe(`library/${name}`, 'linux/amd64', 'x64')).toEqual(recipe);
    expect(findRecipe(`docker.io/library/${name}`, 'linux/amd64', 'x64')).toEqual(recipe);
    expect(findRecipe(name, 'linux/arm64', 'arm64')).toEqual({ ...recipe, platform: 'linux/arm64' });
  });

  it.each([
    ['another version', 'python:3.12-slim'],
    ['a version that only begins alike', 'python:3.11.9-slim'],
    ['a suite without that Python', 'python:3.11-slim-trixie'],
    ['another distribution', 'node:22-alpine'],
    ['another image', 'ubuntu:24.04'],
    ['somebody’s image of the same name', 'acme/python:3.11'],
    ['another registry', 'ghcr.io/library/python:3.11'],
    ['no tag', 'debian'],
    ['a digest, which no image made here has', `debian:bookworm@sha256:${'0'.repeat(64)}`],
  ])('makes nothing for %s', (_, reference) => {
    expect(findRecipe(reference, 'linux/amd64', 'x64')).toBeNull();
  });

  it('makes nothing for another processor than this machine has', () => {
    expect(findRecipe('debian:bookworm', 'linux/arm64', 'x64')).toBeNull();
    expect(findRecipe('debian:bookworm', 'linux/amd64', 'arm64')).toBeNull();
    expect(findRecipe('debian:bookworm', 'linux/riscv64', 'x64')).toBeNull();
  });
});
