import { expect, test } from '@jest/globals';
import { withoutCredentials } from '../../../../actions/lib/git/origin-url.ts';

test.each([
  ['https://github.com/acme/vision.git', 'https://github.com/acme/vision.git'],
  ['https://x-access-token:ghs_secret@github.com/acme/vision', 'https://github.com/acme/vision'],
  ['https://user@host/a@b', 'https://host/a@b'],
  ['https://user:p@ss@host/a', 'https://host/a'],
  ['ssh://git@github.com/acme/vision', 'ssh://git@github.com/acme/vision'],
  ['ssh://git:secret@host:22/x', 'ssh://git@host:22/x'],
  ['git@github.com:acme/vision.git', 'git@github.com:acme/vision.git'],
  ['/srv/a@b.git', '/srv/a@b.git'],
])('%s is shown as %s', (address, shown) => {
  expect(withoutCredentials(address)).toBe(shown);
});
