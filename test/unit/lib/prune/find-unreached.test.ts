import { describe, expect, it } from '@jest/globals';
import { findUnreached, type PruneRules } from '../../../../actions/lib/prune/find-unreached.ts';
import type { StoredManifest } from '../../../../actions/lib/prune/inventory.ts';
import { growRoots } from '../../../../actions/lib/prune/roots.ts';

const DAY = 86_400_000;
const digest = (name: string) => `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}`;
const hash = (name: string) => Buffer.from(name).toString('hex').padEnd(32, '0');

function manifest(name: string, more: Partial<StoredManifest> = {}): StoredManifest {
  const blob = { digest: digest(`blob of ${name}`), size: 1000 };
  return {
    ...{ digest: digest(name), tags: [], createdAt: 0, id: null, size: 10, children: [], subjects: [] },
    ...{ blobs: [blob], ...more },
  };
}

/** One repository; what is named there is long there. */
function decide(
  manifests: readonly StoredManifest[],
  more: Partial<PruneRules> = {},
  keys: readonly string[] = [],
) {
  const roots = growRoots();
  for (const key of keys) roots.addKey('colmap', hash(key));
  const inventory = new Map(manifests.map((one) => [one.digest, one]));
  const marks = new Map([['colmap', new Map(manifests.map((one) => [one.digest, 0]))]]);
  const verdict = findUnreached(new Map([['colmap', inventory]]), {
    ...{ roots, youngRoots: roots, tags: new Set<string>(), marks, graceMs: DAY, now: 100 * DAY },
    ...more,
  });
  const names = new Map(
    manifests.map((one) => [
      one.digest,
      Buffer.from(one.digest.slice(7), 'hex').toString().replace(/\0+$/, ''),
    ]),
  );
  const named = (list: readonly { readonly manifest: StoredManifest }[]) =>
    list.map((one) => names.get(one.manifest.digest));
  return { ...verdict, gone: named(verdict.goes), waiting: named(verdict.waits) };
}

const key = (name: string) => `key-${hash(name)}`;
const pre = (name: string) => `pre-${hash(name)}`;
const of = (name: string, suffix = '') => `sha256-${digest(name).slice(7)}${suffix}`;

describe('what nothing names', () => {
  it.each([
    [
      'a key that no plan has, before its pre-image',
      [manifest('p', { tags: [pre('a')] }), manifest('i', { tags: [key('a')] })],
      ['i', 'p'],
    ],
    [
      'an index before its parts',
      [manifest('part'), manifest('i', { tags: [key('a')], children: [digest('part')], blobs: [] })],
      ['i', 'part'],
    ],
    [
      'an image before its signature',
      [
        manifest('s', { tags: [of('i', '.sig')], subjects: [digest('i')] }),
        manifest('i', { tags: [key('a')] }),
      ],
      ['i', 's'],
    ],
    ['a signature of what is gone', [manifest('s', { tags: [of('x')], subjects: [digest('x')] })], ['s']],
    ['the cache of no branch', [manifest('c', { tags: ['cache-side-linux-amd64'] })], ['c']],
    ['what has no tag', [manifest('u')], ['u']],
  ])('goes: %s', (_, manifests, gone) => {
    expect(decide(manifests).gone).toEqual(gone);
  });

  it.each([
    [
      'a key of a plan, with its pre-image and parts',
      [
        manifest('i', { tags: [key('a')], children: [digest('part')] }),
        manifest('part'),
        manifest('p', { tags: [pre('a')] }),
      ],
    ],
    [
      'a tag for people, with everything of an index in an index',
      [
        manifest('o', { tags: ['main'], children: [digest('i')] }),
        manifest('i', { children: [digest('part')] }),
        manifest('part'),
      ],
    ],
    [
      'a key beside a tag for people, with its pre-image',
      [manifest('i', { tags: [key('b'), 'main'] }), manifest('p', { tags: [pre('b')] })],
    ],
    [
      'a part that two indexes have',
      [manifest('o', { tags: ['main'], children: [digest('part')] }), manifest('part')],
    ],
    [
      'signatures of what stays, and attestations that say so themselves',
      [
        manifest('i', { tags: ['main'] }),
        manifest('s', { tags: [of('i', '.sig')], subjects: [digest('i')] }),
        manifest('r', { subjects: [digest('i')] }),
      ],
    ],
    [
      'the list of referrers of what stays, with what it lists',
      [
        manifest('i', { tags: ['main'] }),
        manifest('l', { tags: [of('i')], subjects: [digest('i')], children: [digest('r')] }),
        manifest('r'),
      ],
    ],
    ['what is younger than the grace', [manifest('u', { createdAt: 99.5 * DAY })]],
  ])('is not: %s', (_, manifests) => {
    expect(decide(manifests, {}, ['a']).gone).toEqual([]);
  });

  it('waits where its age is not known, from when that was first seen', () => {
    const unknown = [manifest('u', { createdAt: null })];
    const first = decide(unknown, { marks: new Map() });
    expect([first.gone, first.waiting]).toEqual([[], ['u']]);
    expect(first.waits[0]?.until).toBe(101 * DAY);
    expect(first.marks.get('colmap')?.get(digest('u'))).toBe(100 * DAY);
    const later = decide(unknown, { marks: first.marks, now: 101 * DAY });
    expect([later.gone, later.waiting]).toEqual([['u'], []]);
    // What is named again is forgotten.
    const named = decide([manifest('u', { createdAt: null, tags: ['main'] })], { marks: first.marks });
    expect(named.marks.get('colmap')?.size ?? 0).toBe(0);
  });

  it('frees what nothing else has, once', () => {
    const shared = { digest: digest('shared'), size: 500 };
    const kept = { digest: digest('kept'), size: 7000 };
    const { goes } = decide([
      manifest('i', { tags: ['main'], blobs: [kept] }),
      manifest('a', { tags: [key('x')], blobs: [shared, kept] }),
      manifest('b', { tags: [key('y')], blobs: [shared, { digest: digest('own'), size: 30 }] }),
    ]);
    expect(goes.map(({ bytes }) => bytes)).toEqual([510, 40]);
  });

  it('is not a signature of what stays in another repository; one of what stays nowhere is', () => {
    const roots = growRoots();
    const signatures = ['i', 'x'].map((name) =>
      manifest(`s${name}`, { tags: [of(name, '.sig')], subjects: [digest(name)] }),
    );
    const inventories = new Map([
      ['signatures', new Map(signatures.map((one) => [one.digest, one]))],
      ['colmap', new Map([[digest('i'), manifest('i', { tags: ['main'] })]])],
    ]);
    const marks = new Map([['signatures', new Map(signatures.map((one) => [one.digest, 0]))]]);
    const { goes } = findUnreached(inventories, {
      ...{ roots, youngRoots: roots, tags: new Set<string>(), marks, graceMs: DAY, now: 100 * DAY },
    });
    expect(goes.map((one) => one.manifest.digest)).toEqual([digest('sx')]);
  });
});
