import { expect, test } from '@jest/globals';
import { parseChallenge } from '../../../../actions/lib/registry/challenge.ts';

test.each([
  [null, undefined],
  ['', undefined],
  ['Negotiate', undefined],
  ['Basic realm="x"', { scheme: 'basic' }],
  ['basic', { scheme: 'basic' }],
  ['Bearer realm="https://t.example/token"', { scheme: 'bearer', realm: 'https://t.example/token' }],
  [
    'Bearer realm="https://t.example/token",service="s",scope="repository:a/b:pull,push"',
    { scheme: 'bearer', realm: 'https://t.example/token', service: 's' },
  ],
  ['bearer Realm=https://t.example/token', { scheme: 'bearer', realm: 'https://t.example/token' }],
  ['Basic realm="b", Bearer realm="https://t.example"', { scheme: 'bearer', realm: 'https://t.example' }],
  ['Bearer realm="https://t.example", Basic realm="b"', { scheme: 'bearer', realm: 'https://t.example' }],
  ['Bearer service="s"', undefined],
  ['Basicly realm="x"', undefined],
])('the header %j asks for %j', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});
