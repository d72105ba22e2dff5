import { expect, test } from '@jest/globals';
import { resolveUrl } from '../../../../actions/lib/git/submodule-urls.ts';

test.each([
  ['https://host/a/b.git', '../c.git', 'https://host/a/c.git'],
  ['https://host/a/b/', './c', 'https://host/a/b/c'],
  ['https://host/a/b', '../../c/d', 'https://host/c/d'],
  ['git@host:a/b.git', '../c.git', 'git@host:a/c.git'],
  ['git@host:b.git', '../c.git', 'git@host:c.git'],
  ['https://host/a', 'https://other/x', 'https://other/x'],
])('below %s, %s is %s', (parent, url, whole) => {
  expect(resolveUrl(parent, url)).toBe(whole);
});
