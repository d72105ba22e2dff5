import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import {
  formatImageReference,
  normaliseImageReference,
  parseImageReference,
} from '../../actions/lib/image/image-reference.ts';
import { resolveTags } from '../../actions/lib/image/tag-template.ts';
import { ALIAS, isOfKind, REGISTRY, TAG_TEMPLATE } from '../../actions/lib/matrix/value-kinds.ts';

const VALID_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

const component = fc.stringMatching(/^[a-z0-9]{1,4}(?:(?:\.|_|__|-|--)[a-z0-9]{1,3}){0,2}$/);
const host = fc.oneof(
  fc.constantFrom('localhost', 'localhost:5000', 'ghcr.io', '[::1]:5000', '127.0.0.1:80', 'Upper.example'),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,4}[a-z0-9](?:\.[a-z0-9]{1,3}){1,2}(?::[0-9]{1,5})?$/),
);
const repository = fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const tag = fc.stringMatching(/^\w[\w.-]{0,9}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => `sha256:${digits}`);

it('a full reference is read into its parts and printed as it was', () => {
  fc.assert(
    fc.property(host, repository, fc.option(tag), fc.option(digest), (registry, path, aTag, aDigest) => {
      const text = `${registry}/${path}${aTag === null ? '' : `:${aTag}`}${aDigest === null ? '' : `@${aDigest}`}`;
      const reference = parseImageReference(text);
      expect(reference).toEqual({
        registry,
        repository: path,
        ...(aTag === null ? {} : { tag: aTag }),
        ...(aDigest === null ? {} : { digest: aDigest }),
      });
      expect(formatImageReference(reference)).toBe(text);
    }),
  );
});

const alphabet = fc.constantFrom(...'abzAZ09.:/_-@[] ', 'localhost', 'docker.io', 'sha256:', 'é');
const nearReference = fc.array(alphabet, { maxLength: 12 }).map((parts) => parts.join(''));

it('any text has one normal spelling that stays as it is, or none', () => {
  fc.assert(
    fc.property(nearReference, (text) => {
      const normal = attempt(() => normaliseImageReference(text));
      if (normal === undefined) return;
      expect(normaliseImageReference(normal)).toBe(normal);
      expect(normal).toMatch(/^[^/]+\/.+[:@][^/]+$/);
    }),
    { numRuns: 2000 },
  );
});

it('what the matrix takes for an alias is a reference without digest, and for a registry the start of one', () => {
  let taken = 0;
  fc.assert(
    fc.property(nearReference, (text) => {
      const reference = attempt(() => parseImageReference(text));
      const isAlias = reference !== undefined && reference.digest === undefined;
      if (isOfKind(ALIAS, text)) taken += 1;
      expect(isOfKind(ALIAS, text)).toBe(isAlias);
      if (isOfKind(REGISTRY, text))
        expect(parseImageReference(`${text}/x`).repository.endsWith('x')).toBe(true);
    }),
    { numRuns: 5000 },
  );
  expect(taken).toBeGreaterThan(150);
});

it('tags are valid, whatever the branch or tag is called', () => {
  const refName = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('key-0', 'cache-x', 'v1.2.3', 'v1.2.3-rc.1+b', `v1.2.3+${'b'.repeat(200)}`, '-', ''),
  );
  const template = fc
    .array(fc.constantFrom('{branch}', '{semver}', '{major}', '{minor}', 'x', '-', '.', 'ke', 'y'), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join(''))
    .filter((text) => isOfKind(TAG_TEMPLATE, text));
  let resolved = 0;
  fc.assert(
    fc.property(fc.array(template, { maxLength: 4 }), refName, fc.boolean(), (templates, name, isTag) => {
      const event = isTag ? { branch: null, tag: name } : { branch: name, tag: null };
      const tags = resolveTags(templates, event, name);
      resolved += tags.length;
      expect(new Set(tags).size).toBe(tags.length);
      for (const one of tags) {
        expect(one).toMatch(VALID_TAG);
        expect(one).not.toMatch(/^(?:key|pre|cache)-/);
      }
    }),
    { numRuns: 2000 },
  );
  expect(resolved).toBeGreaterThan(500);
});

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DarkroomError) return undefined;
    throw error;
  }
}
