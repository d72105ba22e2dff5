import { expect, it, test } from '@jest/globals';
import { floatingTags, resolveTags } from '../../../../actions/lib/image/tag-template.ts';

const ALL = ['{branch}', '{semver}', '{major}', '{minor}'];
const onBranch = (branch: string) => ({ branch, tag: null });
const onTag = (tag: string) => ({ branch: null, tag });

test.each([
  ['main', ['main']],
  ['feature/x', ['feature-x']],
  ['renovate/über+cool', ['renovate-ber-cool']],
  ['-/.hidden', ['hidden']],
  ['release/1.2', ['release-1.2']],
  ['x'.repeat(200), ['x'.repeat(128)]],
  ['日本', []],
])('branch %s resolves to %j', (branch, tags) => {
  expect(resolveTags(ALL, onBranch(branch), 'main')).toEqual(tags);
});

test.each([
  ['v1.2.3', ['1.2.3', '1', '1.2']],
  ['1.2.3', ['1.2.3', '1', '1.2']],
  ['v0.1.0', ['0.1.0', '0', '0.1']],
  ['v2.0.0-rc.1', ['2.0.0-rc.1']],
  ['v1.2.3+cu128.1', ['1.2.3_cu128.1', '1', '1.2']],
  ['v1.2', []],
  ['colmap-v1.2.3', []],
  ['nightly', []],
])('tag %s resolves to %j', (tag, tags) => {
  expect(resolveTags(ALL, onTag(tag), 'main')).toEqual(tags);
});

it('keeps the words around a branch that is too long', () => {
  const [tag = ''] = resolveTags(['cuda-{branch}-edge'], onBranch('b'.repeat(300)), 'main');
  expect(tag).toMatch(/^cuda-b+-edge$/);
  expect(tag).toHaveLength(128);
});

it('leaves no tag twice', () => {
  expect(resolveTags(['main', '{branch}', '{branch}-x', 'main'], onBranch('main'), 'main')).toEqual([
    'main',
    'main-x',
  ]);
});

it('leaves a template out when one of its placeholders has no value', () => {
  expect(resolveTags(['{branch}-{semver}', '{major}'], onTag('v1.0.0'), 'main')).toEqual(['1']);
});

it('does not let a branch stand in for a tag of Darkroom', () => {
  expect(resolveTags(['{branch}'], onBranch('key-0123'), 'main')).toEqual(['_key-0123']);
  expect(resolveTags(['ca{branch}'], onBranch('che-main'), 'main')).toEqual(['_cache-main']);
});

it.each([
  [onBranch('main'), ['latest', 'main']],
  [onBranch('topic'), ['topic']],
  [onTag('v1.0.0'), []],
  [{ branch: null, tag: null }, []],
])('lets a tag without a placeholder follow the default branch alone: %j', (event, tags) => {
  expect(resolveTags(['latest', '{branch}'], event, 'main')).toEqual(tags);
});

it.each([
  ['v2.1.0', { 2: 'major', '2.1': 'minor', '2-cuda12.1.0': 'major' }],
  ['v2.1.0-rc.1', {}],
  ['nightly', {}],
])('tells which tags of %s other releases share', (tag, floating) => {
  const templates = [...ALL, '{major}-cuda12.1.0', '{semver}-{major}', '{branch}-{major}', 'latest'];
  expect(floatingTags(templates, onTag(tag))).toEqual(floating);
});

it('finds no shared tag on a branch', () => {
  expect(floatingTags(ALL, onBranch('1.2.3'))).toEqual({});
});
