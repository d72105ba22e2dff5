import { expect, it } from '@jest/globals';
import { publishedImages } from '../../../../actions/lib/report/render-publish.ts';

it('names every published image by the first of its tags', () => {
  const tag = (image: string, name: string) => ({ image, tag: name, from: null, to: `sha256:${image}` });
  const tags = [tag('a', 'main'), tag('a', '1.2.3'), tag('b', 'main')];
  expect(publishedImages('r.example/acme', tags)).toEqual({
    a: { ref: 'r.example/acme/a:main', digest: 'sha256:a' },
    b: { ref: 'r.example/acme/b:main', digest: 'sha256:b' },
  });
  expect(tags.map(({ image }) => image)).toEqual(['a', 'a', 'b']);
});
