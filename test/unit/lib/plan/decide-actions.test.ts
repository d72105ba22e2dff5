import { describe, expect, it } from '@jest/globals';
import type { ImageGraph } from '../../../../actions/lib/graph/image-graph.ts';
import {
  decideActions,
  type NodeState,
  publishedNodes,
} from '../../../../actions/lib/plan/decide-actions.ts';

/** `child: parents` lines, parents first; a name in brackets has no tags. */
function graph(text: string): ImageGraph {
  const nodes = text.split(';').map((line) => {
    const [name = '', parents = ''] = line.trim().split(':');
    const id = name.replace(/[()]/g, '');
    const tags = name.startsWith('(') ? [] : ['{branch}'];
    return { id, parents: parents.split(' ').filter(Boolean), image: { name: id, tags } };
  });
  return { nodes } as unknown as ImageGraph;
}

function decide(text: string, states: Record<string, NodeState>, wanted?: readonly string[]): string {
  const g = graph(text);
  const decisions = decideActions(
    g,
    new Map(Object.entries(states)),
    wanted === undefined ? publishedNodes(g) : new Set(wanted),
  );
  return [...decisions]
    .map(([id, d]) => `${id} ${d.action}${d.wave === null ? '' : ` ${d.wave}`}`)
    .join(', ');
}

describe('decideActions', () => {
  it.each<[string, string, Record<string, NodeState>, readonly string[] | undefined, string]>([
    ['does nothing when every key is there', 'a; b:a', { a: 'hit', b: 'hit' }, undefined, 'a hit, b hit'],
    [
      'builds a chain in waves',
      'a; b:a; c:b',
      { a: 'miss', b: 'miss', c: 'miss' },
      undefined,
      'a build 1, b build 2, c build 3',
    ],
    [
      'starts a child of a hit in the first wave',
      'a; b:a',
      { a: 'hit', b: 'miss' },
      undefined,
      'a hit, b build 1',
    ],
    [
      'leaves an internal parent of a hit unbuilt',
      '(a); b:a',
      { a: 'miss', b: 'hit' },
      undefined,
      'a unneeded, b hit',
    ],
    [
      'builds an internal parent that a missing child needs',
      '(a); b:a',
      { a: 'miss', b: 'miss' },
      undefined,
      'a build 1, b build 2',
    ],
    [
      'leaves a missing middle unbuilt when the leaf is there',
      '(a); (m):a; leaf:m',
      { a: 'miss', m: 'miss', leaf: 'hit' },
      undefined,
      'a unneeded, m unneeded, leaf hit',
    ],
    [
      'builds only what is asked for',
      'a; b:a; c:a',
      { a: 'miss', b: 'miss', c: 'miss' },
      ['b'],
      'a build 1, b build 2, c unneeded',
    ],
    [
      'blocks what stands below a blocked image',
      'a; b:a; c',
      { a: 'blocked', b: 'miss', c: 'miss' },
      undefined,
      'a blocked, b blocked, c build 1',
    ],
    [
      'keeps a hit below a blocked image',
      'a; b:a',
      { a: 'blocked', b: 'hit' },
      undefined,
      'a blocked, b hit',
    ],
    [
      'does not build a parent for the sake of a blocked child',
      '(p); x:p',
      { p: 'miss', x: 'blocked' },
      undefined,
      'p unneeded, x blocked',
    ],
    [
      'builds what has no key yet because an upstream is made first',
      'a; b:a',
      { a: 'unmade', b: 'unmade' },
      undefined,
      'a build 1, b build 2',
    ],
    [
      'says unknown when nobody was asked',
      'a; b:a',
      { a: 'unknown', b: 'unknown' },
      undefined,
      'a unknown, b unknown',
    ],
    [
      'takes the longest path as wave',
      'a; b:a; c:b; d:a c',
      { a: 'miss', b: 'miss', c: 'miss', d: 'miss' },
      undefined,
      'a build 1, b build 2, c build 3, d build 4',
    ],
    [
      'builds a hit below a built image, and what is below that',
      'a; b:a; c:b',
      { a: 'miss', b: 'hit', c: 'hit' },
      undefined,
      'a build 1, b build 2, c build 3',
    ],
    [
      'builds the missing internal parents of such a hit, and the hits below those',
      '(i); (j); a; b:a i; c:i; d:j',
      { i: 'miss', j: 'miss', a: 'miss', b: 'hit', c: 'hit', d: 'hit' },
      undefined,
      'i build 1, j unneeded, a build 1, b build 2, c build 2, d hit',
    ],
    [
      'builds what stands on another parent, and what is below it',
      'a; b:a; c:b',
      { a: 'hit', b: 'stale', c: 'hit' },
      undefined,
      'a hit, b build 1, c build 2',
    ],
    [
      'blocks a hit that would have to be built and cannot be',
      'a; b; c:a b',
      { a: 'miss', b: 'blocked', c: 'hit' },
      undefined,
      'a build 1, b blocked, c blocked',
    ],
  ])('%s', (_, text, states, wanted, expected) => {
    expect(decide(text, states, wanted)).toBe(expected);
  });
});
