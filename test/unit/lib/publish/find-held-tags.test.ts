import { describe, expect, it, test } from '@jest/globals';
import { SemVer } from 'semver';
import { type FloatingTag, heldBy, higherReleases } from '../../../../actions/lib/publish/find-held-tags.ts';
import { type PublishedRecord, recordTag } from '../../../../actions/lib/publish/published-record.ts';

const own = new SemVer('1.1.0');
const nameOf = (tag: string) => recordTag({ branch: null, tag });

describe('higherReleases', () => {
  it('gives the records of higher versions alone, highest first', () => {
    const tags = ['v1.0.9', 'v1.1.0', '1.2.0', 'v1.10.0', 'v2.0.0', 'nightly', 'v1.3', 'v01.2.3'].map(nameOf);
    const others = ['published-main', 'published-v9.0.0', 'plan-0123', 'key-v9.0.0'];
    expect(higherReleases([...tags, ...others], own).map(({ name }) => name)).toEqual([
      'released-v2.0.0',
      'released-v1.10.0',
      'released-1.2.0',
    ]);
  });

  it('leaves previews out, and takes a version with a build for what it may be', () => {
    const builds = ['v1.3.0+cu128.1', 'v1.2.0+001'].map(nameOf);
    const previews = ['v1.4.0-rc.1', 'v1.1.0-alpha'].map(nameOf);
    expect(higherReleases([...previews, ...builds], own).map(({ name }) => name)).toEqual(builds);
  });
});

const floating: readonly FloatingTag[] = [
  { image: 'a', tag: '1', scope: 'major' },
  { image: 'a', tag: '1.1', scope: 'minor' },
];
type Row = Partial<Pick<PublishedRecord, 'branch' | 'tag' | 'rollback'>> & { readonly image?: string };

const digest = `sha256:${'1'.repeat(64)}`;

test.each<[string, Row, readonly string[]]>([
  ['a higher minor version', { tag: 'v1.2.3' }, ['1']],
  ['a higher patch', { tag: 'v1.1.1' }, ['1', '1.1']],
  ['a higher patch with a build', { tag: '1.1.1+cu128' }, ['1', '1.1']],
  ['the same version', { tag: '1.1.0' }, []],
  ['the same version with a build', { tag: 'v1.1.0+cu128' }, []],
  ['a lower version', { tag: 'v1.0.9' }, []],
  ['another major version', { tag: 'v2.0.0' }, []],
  ['a preview', { tag: 'v1.2.0-rc.1' }, []],
  ['a tag that is no version', { tag: 'nightly' }, []],
  ['a branch', { branch: 'v1.2.3', tag: null }, []],
  ['a higher version that was taken back', { rollback: { undone: digest, restored: null } }, []],
  ['one that went back to an earlier publish', { rollback: { undone: digest, restored: digest } }, ['1']],
  ['a higher version without the image', { image: 'b' }, []],
])('%s holds its tags', (_, { image = 'a', ...record }, held) => {
  const tags = ['1', '1.1'].map((tag) => ({ image, tag, from: null, to: digest }));
  const release = { branch: null, tag: 'v1.2.3', rollback: null, tags, ...record };
  expect(heldBy(release, own, floating)).toEqual(
    held.map((tag) => ({ image: 'a', tag, release: release.tag })),
  );
});
