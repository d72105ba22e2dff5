import { describe, expect, it } from '@jest/globals';
import { comparePreimages } from '../../../../actions/lib/key/compare-preimages.ts';
import {
  contentKey,
  fileInputs,
  keyTag,
  lfsName,
  type Preimage,
  preTag,
  toFileInput,
} from '../../../../actions/lib/key/content-key.ts';
import { describeReason } from '../../../../actions/lib/key/describe-reason.ts';
import { parsePreimage } from '../../../../actions/lib/key/parse-preimage.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const PREIMAGE: Preimage = {
  spec: 'darkroom-key/1',
  platform: 'linux/amd64',
  target: null,
  dockerfile: { blob: 'd1', syntax: null },
  args: { A: '1' },
  labels: {},
  files: [
    ['100644', 'i1', 'app/main.py'],
    ['100644', 'i2', 'b.bin'],
  ],
  contexts: { common: [['100644', 'i3', 'x']] },
  lfs: { 'b.bin': 'o1' },
  secrets: { token: '1' },
  parents: { base: 'k1' },
  upstreams: { 'python:3.11-slim': digest('a') },
};

const reasons = (changed: Partial<Preimage>) =>
  comparePreimages(PREIMAGE, { ...PREIMAGE, ...changed }).map(describeReason);

describe('tags', () => {
  it('hold the first half of the key', () => {
    const key = contentKey(PREIMAGE);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(keyTag(key)).toBe(`key-${key.slice(0, 32)}`);
    expect(preTag(key)).toBe(`pre-${key.slice(0, 32)}`);
  });
});

describe('file inputs', () => {
  it('hold a path that is not UTF-8 as base64, and say so', () => {
    expect(toFileInput({ mode: '100644', id: 'i', path: 'a\udcff' })).toEqual([
      '100644',
      'i',
      'Yf8=',
      'base64',
    ]);
  });

  it('put empty folders between the files, in the order of bytes', () => {
    const files = [
      { mode: '100644', id: '1', path: 'a' },
      { mode: '100644', id: '2', path: 'c' },
    ] as const;
    expect(fileInputs({ files, emptyFolders: ['b'] })).toEqual([
      ['100644', '1', 'a'],
      ['040000', '', 'b'],
      ['100644', '2', 'c'],
    ]);
  });

  it('name LFS files apart for every context', () => {
    expect([lfsName(null, ['100644', 'i', 'a']), lfsName('common', ['100644', 'i', 'a'])]).toEqual([
      'a',
      'common:a',
    ]);
  });
});

describe('why an image is built', () => {
  it('says nothing when nothing changed', () => {
    expect(reasons({})).toEqual([]);
  });

  it.each<[string, Partial<Preimage>, readonly string[]]>([
    [
      'a file',
      {
        files: [
          ['100644', 'i9', 'app/main.py'],
          ['100644', 'i2', 'b.bin'],
        ],
      },
      ['app/main.py changed'],
    ],
    [
      'a mode',
      {
        files: [
          ['100755', 'i1', 'app/main.py'],
          ['100644', 'i2', 'b.bin'],
        ],
      },
      ['app/main.py became an executable file'],
    ],
    [
      'a new and a lost file',
      {
        files: [
          ['100644', 'i2', 'b.bin'],
          ['100644', 'i1', 'n'],
        ],
      },
      ['n was added', 'app/main.py was removed'],
    ],
    [
      'a file of a named context',
      { contexts: { common: [['100644', 'i9', 'x']] } },
      ['x of context common changed'],
    ],
    [
      'an LFS file, whose pointer is not worth a word',
      {
        files: [
          ['100644', 'i1', 'app/main.py'],
          ['100644', 'i9', 'b.bin'],
        ],
        lfs: { 'b.bin': 'o2' },
      },
      ['LFS file b.bin changed'],
    ],
    ['the Dockerfile', { dockerfile: { blob: 'd2', syntax: null } }, ['the Dockerfile changed']],
    [
      'the frontend',
      { dockerfile: { blob: 'd1', syntax: digest('c') } },
      ['the Dockerfile frontend (# syntax) moved from none to sha256:cccccccccccc…'],
    ],
    ['an arg', { args: { A: '2' } }, ['build arg A changed from 1 to 2']],
    ['args', { args: { B: '' } }, ['build arg A is gone', 'build arg B is new']],
    ['a secret', { secrets: { token: '2' } }, ['version of secret token changed from 1 to 2']],
    [
      'an upstream',
      { upstreams: { 'python:3.11-slim': digest('b') } },
      ['upstream python:3.11-slim moved from sha256:aaaaaaaaaaaa… to sha256:bbbbbbbbbbbb…'],
    ],
    [
      'a made upstream',
      { upstreams: { 'python:3.11-slim': `made:${digest('b')}` } },
      ['upstream python:3.11-slim moved from sha256:aaaaaaaaaaaa… to made:sha256:bbbbbbbbbbbb…'],
    ],
    ['a parent', { parents: { base: 'k2' } }, ['parent base changed']],
    [
      'target and platform',
      { target: 'run time', platform: 'linux/arm64' },
      ['platform changed from linux/amd64 to linux/arm64', 'target changed from none to "run time"'],
    ],
    ['a label', { labels: { l: '\u001b[31m' } }, ['label l is new']],
  ])('names %s', (_, changed, expected) => {
    expect(reasons(changed)).toEqual(expected);
  });

  it('puts what the image itself says before what it stands on', () => {
    const changed = {
      files: [],
      parents: {},
      upstreams: {},
      labels: { l: '' },
      dockerfile: { blob: 'd2', syntax: null },
    };
    const kinds = comparePreimages(PREIMAGE, { ...PREIMAGE, ...changed }).map(({ kind }) => kind);
    expect(kinds).toEqual(['dockerfile', 'file', 'file', 'upstream', 'parent', 'label']);
  });

  it('shows names that could break a line in quotes', () => {
    expect(
      reasons({ files: [...PREIMAGE.files, ['100644', 'i', 'a\nb'], ['100644', 'i', 'Yf8=', 'base64']] }),
    ).toEqual(['"a\\nb" was added', 'a\ufffd was added']);
  });
});

describe('a pre-image from a registry', () => {
  it('is read back as it was', () => {
    expect(parsePreimage(JSON.parse(JSON.stringify(PREIMAGE)))).toEqual(PREIMAGE);
  });

  it.each<[unknown, string]>([
    [null, '"the document" is null, expected an object'],
    [[], '"the document" is a list, expected an object'],
    [{ ...PREIMAGE, spec: 'darkroom-key/2' }, '"spec" is "darkroom-key/2", expected "darkroom-key/1"'],
    [{ ...PREIMAGE, platform: 1 }, '"platform" is a number, expected a string'],
    [{ ...PREIMAGE, target: undefined }, '"target" is missing, expected a string'],
    [{ ...PREIMAGE, args: { A: 1 } }, '"args.A" is a number, expected a string'],
    [{ ...PREIMAGE, files: {} }, '"files" is an object, expected a list'],
    [
      { ...PREIMAGE, files: [['100666', 'i', 'p']] },
      '"files[0]" is something else, expected [mode, id, path]',
    ],
    [{ ...PREIMAGE, files: [['100644', 'i', 'p', 'hex']] }, '"files[0]"'],
    [{ ...PREIMAGE, files: [['100644', 'i']] }, '"files[0]"'],
    [{ ...PREIMAGE, contexts: { c: null } }, '"contexts.c" is null, expected a list'],
    [{ ...PREIMAGE, dockerfile: 'x' }, '"dockerfile" is a string, expected an object'],
  ])('that is %j is refused with %j', (json, message) => {
    expect(() => parsePreimage(json)).toThrow(message);
  });
});
