/** The published vectors: other tools rely on them, so a change of one is a change of the specification. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from '@jest/globals';
import { canonicalPreimage, contentKey, KEY_SPEC } from '../../../../actions/lib/key/content-key.ts';
import { parsePreimage } from '../../../../actions/lib/key/parse-preimage.ts';
import { type KeyVectors, preimageOf } from '../../../support/key-vector.ts';

const file = new URL('../../../../actions/lib/key/vectors.json', import.meta.url);
const { spec, vectors, pairs } = JSON.parse(readFileSync(file, 'utf8')) as KeyVectors;
const byName = new Map(vectors.map((vector) => [vector.name, vector]));

test('there are at least sixty vectors of this specification, each with a name of its own', () => {
  expect(spec).toBe(KEY_SPEC);
  expect(byName.size).toBe(vectors.length);
  expect(vectors.length).toBeGreaterThanOrEqual(60);
});

describe('each vector', () => {
  it.each(vectors)('$name gives its canonical JSON and its key', ({ input, canonical, key }) => {
    const preimage = preimageOf(input);
    expect(canonicalPreimage(preimage)).toBe(canonical);
    expect(contentKey(preimage)).toBe(key);
  });

  it.each(vectors)('$name is read back from its JSON unchanged', ({ canonical, key }) => {
    expect(contentKey(parsePreimage(JSON.parse(canonical)))).toBe(key);
  });
});

describe('each pair', () => {
  it.each(pairs)('$of: keys $keys, because the difference is: $because', ({ of: [a, b], keys }) => {
    const [one, other] = [byName.get(a), byName.get(b)];
    expect(JSON.stringify(one?.input)).not.toBe(JSON.stringify(other?.input));
    expect(one?.key === other?.key).toBe(keys === 'equal');
  });
});

test('the example of the specification is the vector "base"', () => {
  const page = readFileSync(new URL('SPEC.md', file), 'utf8');
  const [canonical, key] = [...page.matchAll(/```text\n(.*)\n```/g)].map(([, text]) => text);
  expect({ canonical, key }).toEqual({
    canonical: byName.get('base')?.canonical,
    key: byName.get('base')?.key,
  });
});
