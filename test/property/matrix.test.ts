import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { initMatrix } from '../../actions/lib/matrix/init-matrix.ts';
import type { Lock } from '../../actions/lib/matrix/lock.ts';
import { parseLock, printLock } from '../../actions/lib/matrix/parse-lock.ts';
import { parseMatrix } from '../../actions/lib/matrix/parse-matrix.ts';
import { toImageName } from '../../actions/lib/matrix/to-image-name.ts';
import { IMAGE_NAME, isOfKind, PLATFORMS } from '../../actions/lib/matrix/value-kinds.ts';

const word = fc.oneof(
  fc.constantFrom(
    'containers',
    'api',
    'API',
    'darkroom',
    '1.10',
    'null',
    '__proto__',
    '..',
    '- x',
    'a: b',
    '~',
    '日本',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).map((text) => text.replaceAll('/', '_')),
  fc.string({ unit: fc.constantFrom(...'ab.-_ #:{}[]&*!|>%@`"\'\\\n\t'), minLength: 1, maxLength: 6 }),
);
// Git has no "." in a path.
const folder = word.filter((text) => text !== '.');
const fileName = fc.oneof(
  fc.constantFrom('Dockerfile', 'Containerfile'),
  word.map((suffix) => `Dockerfile.${suffix}`),
  word.map((prefix) => `${prefix}.Dockerfile`),
);
const dockerfile = fc
  .tuple(fc.array(folder, { maxLength: 4 }), fileName)
  .map(([folders, file]) => [...folders, file].join('/'));

it('a first matrix can be read, and holds every Dockerfile once that a matrix can hold', () => {
  fc.assert(
    fc.property(fc.array(dockerfile, { maxLength: 12 }), (paths) => {
      const text = initMatrix(paths, null);
      const { images } = parseMatrix(text, 'm.yml');
      const found = [...images.values()].map((image) => image.dockerfile);
      const left = text.split('\n').filter((line) => line.startsWith('# Left out: ')).length;
      const wanted = new Set(paths.filter((path) => !/\.dockerignore$/i.test(path)));
      expect(new Set(found).size).toBe(found.length);
      expect(found.every((path) => wanted.has(path))).toBe(true);
      expect(found.length + left).toBe(wanted.size);
    }),
    { numRuns: 500 },
  );
});

it('any text becomes a valid image name', () => {
  fc.assert(
    fc.property(word, (text) => isOfKind(IMAGE_NAME, toImageName(text))),
    { numRuns: 2000 },
  );
});

const yamlish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'images',
        'upstreams',
        ': ',
        '{',
        '}',
        '[',
        ']',
        '\n',
        '\n  ',
        ', ',
        '- ',
        '&a ',
        '*a',
        '<<',
        '"',
        'tags',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

it('any text is read or refused with a place in the file', () => {
  fc.assert(
    fc.property(yamlish, (text) => {
      try {
        parseMatrix(text, 'm.yml');
      } catch (error) {
        if (!(error instanceof DarkroomError)) throw error;
        const lines = text.split('\n').length;
        expect(error.problems.length).toBeGreaterThan(0);
        for (const { place, message } of error.problems) {
          expect(message).not.toMatch(/[\u0000-\u001f]/);
          expect(place?.line).toBeGreaterThanOrEqual(1);
          expect(place?.line).toBeLessThanOrEqual(lines);
          expect(place?.column).toBeGreaterThanOrEqual(1);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const name = fc.string({ unit: fc.constantFrom(...'abz019'), minLength: 1, maxLength: 6 });
const records = <T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>) =>
  fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: false });
const lock: fc.Arbitrary<Lock> = fc.record({
  version: fc.constant(1 as const),
  images: records(
    fc.tuple(name, name).map(([image, tag]) => `docker.io/library/${image}:${tag}`),
    records(
      fc.constantFrom(...PLATFORMS),
      hex(64).map((digits) => `sha256:${digits}`),
    ),
  ),
  git: records(
    fc.tuple(name, name).map(([url, ref]) => `https://example.com/${url}.git#${ref}`),
    hex(40),
  ),
  http: records(
    name.map((path) => `https://example.com/${path}`),
    hex(64),
  ),
  local: records(fc.oneof(name, fc.constantFrom('constructor', '__proto__', 'a b', 'ü')), hex(64)),
});

it('a printed lock is read as it was, and printed the same again', () => {
  fc.assert(
    fc.property(lock, (value) => {
      const text = printLock(value);
      const read = parseLock(text, 'x.lock');
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(printLock(read)).toBe(text);
    }),
  );
});

it('a lock with one character changed is refused, or read as the JSON it then is', () => {
  let read = 0;
  fc.assert(
    fc.property(lock, fc.nat(), fc.constantFrom(...'{}",:xg\n 0'), (value, at, character) => {
      const text = printLock(value);
      const index = at % text.length;
      const changed = text.slice(0, index) + character + text.slice(index + 1);
      try {
        const one = parseLock(changed, 'x.lock');
        read += 1;
        expect(JSON.parse(printLock(one))).toEqual(JSON.parse(changed));
      } catch (error) {
        if (!(error instanceof DarkroomError)) throw error;
        expect(error.message).toMatch(/^x\.lock(?::\d+:\d+)?: /);
      }
    }),
    { numRuns: 500 },
  );
  expect(read).toBeGreaterThan(20);
});
