import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { comparePreimages } from '../../actions/lib/key/compare-preimages.ts';
import {
  canonicalPreimage,
  contentKey,
  type FileInput,
  type Preimage,
} from '../../actions/lib/key/content-key.ts';
import { parsePreimage } from '../../actions/lib/key/parse-preimage.ts';

/** Few short strings, so that names repeat and almost repeat; and some that JSON has to escape. */
const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'b', '"', ',', ':', '{', '[', '\\', '\n', '\u2028', 'é', '🙂'),
    maxLength: 3,
  }),
  fc.constantFrom('__proto__', 'constructor', '', 'base64'),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
// V8 13.6 (Node 24) may read an escaped character in a name as another: `Object.keys(JSON.parse('{"":"","\\n":1}'))[1]` is a
// backslash. Values are read as they stand, and escape the same characters.
const name = text.filter((one) => JSON.stringify(one).length === one.length + 2);
const record = fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true });
const mode = fc.constantFrom('100644', '100755', '120000', '160000', '040000');
const file: fc.Arbitrary<FileInput> = fc.oneof(
  fc.tuple(mode, text, text),
  fc.tuple(mode, text, text, fc.constant('base64')),
) as fc.Arbitrary<FileInput>;
const files = fc.uniqueArray(file, {
  maxLength: 4,
  selector: ([, , path, encoding]) => `${encoding}:${path}`,
});
const preimage: fc.Arbitrary<Preimage> = fc.record({
  spec: fc.constant('darkroom-key/1' as const),
  platform: text,
  target: fc.option(text),
  dockerfile: fc.record({ blob: text, syntax: fc.option(text) }),
  args: record,
  labels: record,
  files,
  contexts: fc.dictionary(name, files, { maxKeys: 3, noNullPrototype: true }),
  lfs: record,
  secrets: record,
  parents: record,
  upstreams: record,
});

function reversed<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).reverse());
}

test('a pre-image can be read back from its canonical JSON, so no two pre-images share one', () => {
  fc.assert(
    fc.property(preimage, (one) => {
      expect(parsePreimage(JSON.parse(canonicalPreimage(one)))).toEqual(one);
    }),
  );
});

test('the canonical JSON has sorted names and no white space', () => {
  fc.assert(
    fc.property(preimage, (one) => {
      const canonical = canonicalPreimage(one);
      const parsed = JSON.parse(canonical) as Preimage;
      expect(JSON.stringify(parsed)).toHaveLength(canonical.length);
      for (const names of [parsed, parsed.dockerfile, parsed.args, parsed.contexts].map(Object.keys)) {
        // JavaScript puts names that are numbers first, whatever the text says.
        const words = names.filter((name) => !/^\d+$/.test(name));
        expect(words).toEqual([...words].sort());
      }
    }),
  );
});

test('the key does not depend on the order of names', () => {
  fc.assert(
    fc.property(preimage, (one) => {
      const other: Preimage = {
        ...one,
        args: reversed(one.args),
        labels: reversed(one.labels),
        contexts: reversed(one.contexts),
        lfs: reversed(one.lfs),
        secrets: reversed(one.secrets),
        parents: reversed(one.parents),
        upstreams: reversed(one.upstreams),
      };
      expect(contentKey(other)).toBe(contentKey(one));
      expect(comparePreimages(one, other)).toEqual([]);
    }),
  );
});

test('a change of any one field changes the key, and is explained', () => {
  const fields = [
    'platform',
    'target',
    'dockerfile',
    'args',
    'labels',
    'files',
    'contexts',
    'lfs',
    'secrets',
    'parents',
    'upstreams',
  ] as const;
  fc.assert(
    fc.property(preimage, preimage, fc.constantFrom(...fields), (one, other, field) => {
      const changed = { ...one, [field]: other[field] };
      const isSame = canonicalPreimage(changed) === canonicalPreimage(one);
      expect(contentKey(changed) === contentKey(one)).toBe(isSame);
      // A context without files, and the order of files, are no reason to a person.
      if (field !== 'contexts' && field !== 'files')
        expect(comparePreimages(one, changed).length === 0).toBe(isSame);
    }),
  );
});
