import { describe, expect, it } from '@jest/globals';
import { cacheTag } from '../../../../actions/lib/image/cache-tag.ts';
import { branchRecordTags, cacheTags, readTag } from '../../../../actions/lib/prune/darkroom-tags.ts';

const HASH = '0123456789abcdef0123456789abcdef';

describe('a tag', () => {
  it.each([
    [`key-${HASH}`, 'key'],
    [`pre-${HASH}`, 'pre'],
    ['cache-main-linux-amd64', 'cache'],
    ['cache-feature-x-linux-arm-v7', 'cache'],
    [cacheTag('b'.repeat(200), 'linux/amd64'), 'cache'],
    [`sha256-${HASH}${HASH}`, 'companion'],
    [`sha256-${HASH}${HASH}.sig`, 'companion'],
    // Whatever is not surely Darkroom's own.
    ['main', 'people'],
    ['1.2.3', 'people'],
    [`key-${HASH}0`, 'people'],
    [`key-${HASH.toUpperCase()}`, 'people'],
    [`_key-${HASH}`, 'people'],
    [`plan-${HASH}`, 'people'],
    ['cache-of-models', 'people'],
    ['published-main', 'people'],
    [`sha256-${HASH}`, 'people'],
    [`sha256-${HASH}${HASH}-old`, 'people'],
  ])('%s of an image is of kind "%s"', (tag, kind) => {
    expect(readTag('colmap', tag).kind).toBe(kind);
  });

  it.each([
    [`plan-${HASH}`, { kind: 'plan', hash: HASH }],
    ['published-main', { kind: 'record', of: 'branch' }],
    ['published-detached', { kind: 'record', of: 'detached' }],
    ['released-v1.2.3', { kind: 'record', of: 'release' }],
    ['prune-marks', { kind: 'marks' }],
    [`verdict-${HASH}`, { kind: 'people' }],
    [`key-${HASH}`, { kind: 'people' }],
    ['latest', { kind: 'people' }],
  ])('%s of what is about no image means %j', (tag, meaning) => {
    expect(readTag('darkroom', tag)).toEqual(meaning);
  });
});

describe('the tags of branches that exist', () => {
  it('are those of their caches for every platform, and no other branch, whatever it begins with', () => {
    const tags = cacheTags(['main', 'feature/x']);
    expect(tags.has('cache-main-linux-amd64')).toBe(true);
    expect(tags.has('cache-feature-x-linux-arm-v7')).toBe(true);
    expect(tags.has('cache-main-old-linux-amd64')).toBe(false);
  });

  it('are those of their records, told apart as publish tells them', () => {
    const tags = branchRecordTags(['main', 'feature/x']);
    expect(tags.has('published-main')).toBe(true);
    expect([...tags].some((tag) => /^published-feature-x-[0-9a-f]{8}$/.test(tag))).toBe(true);
  });
});
