import { describe, expect, it, test } from '@jest/globals';
import { emptyLock, type Lock } from '../../../../actions/lib/matrix/lock.ts';
import { parseLock, printLock } from '../../../../actions/lib/matrix/parse-lock.ts';

const HASH = '0123456789abcdef'.repeat(4);
const LOCK: Lock = {
  version: 1,
  images: {
    'docker.io/library/python:3.11-slim': {
      'linux/arm64': `sha256:${HASH}`,
      'linux/amd64': `sha256:${HASH}`,
    },
    'docker.io/library/alpine:3': { 'linux/amd64': `sha256:${HASH}` },
  },
  git: { 'https://github.com/acme/tools.git#main': HASH.slice(0, 40) },
  http: { 'https://example.com/weights.bin': HASH },
  local: { 'models/smpl': HASH },
};

it('prints one pin a line, sorted, with a newline at the end', () => {
  expect(printLock(LOCK)).toBe(`{
  "version": 1,
  "images": {
    "docker.io/library/alpine:3": {
      "linux/amd64": "sha256:${HASH}"
    },
    "docker.io/library/python:3.11-slim": {
      "linux/amd64": "sha256:${HASH}",
      "linux/arm64": "sha256:${HASH}"
    }
  },
  "git": {
    "https://github.com/acme/tools.git#main": "${HASH.slice(0, 40)}"
  },
  "http": {
    "https://example.com/weights.bin": "${HASH}"
  },
  "local": {
    "models/smpl": "${HASH}"
  }
}
`);
});

it('reads what it has printed', () => {
  expect(parseLock(printLock(LOCK), 'x.lock')).toEqual(LOCK);
  expect(parseLock(printLock(emptyLock()), 'x.lock')).toEqual(emptyLock());
});

it('takes a section that is not there for empty', () => {
  expect(parseLock('{"version": 1}', 'x.lock')).toEqual(emptyLock());
});

it('has no entry that was not put in', () => {
  const lock = parseLock(`{"version": 1, "local": {"__proto__": "${HASH}"}}`, 'x.lock');
  expect(lock.local.constructor).toBeUndefined();
  expect(Object.entries(lock.local)).toEqual([['__proto__', HASH]]);
  expect(printLock(lock)).toContain('"__proto__"');
});

describe('a broken lock', () => {
  const digest = 'expected "sha256:" and 64 lower-case hexadecimal digits';
  test.each([
    ['{\n  "version": 1,\n}', 'x.lock:3:1: the lock is not JSON: Expected double-quoted property name.'],
    [
      '{\n  "version": 1,\n<<<<<<< HEAD\n  "git": {}\n}',
      'x.lock:3:1: the lock holds "<<<<<<< HEAD", the mark of a merge conflict; expected JSON.',
    ],
    ['', 'x.lock: the lock is not JSON: Unexpected end of JSON input.'],
    ['{"version":', 'x.lock:1:12: the lock is not JSON: Unexpected end of JSON input.'],
    ['[]', 'x.lock:1:1: lock is a list; expected a map with version, images, git, http, local.'],
    ['{}', 'x.lock:1:1: lock has no "version"; expected 1.'],
    ['{"version": 2}', 'x.lock:1:13: lock.version is "2"; expected 1.'],
    [
      '{"version": 1, "gti": {}}',
      'x.lock:1:16: lock has an unknown option "gti"; allowed: version, images, git, http, local.',
    ],
    [
      '{"version": 1, "images": {\n  "python": {}}}',
      'x.lock:2:3: lock.images "python" is not a full image reference; expected registry, repository and tag or digest, such as "docker.io/library/python:3.11".',
    ],
    [
      '{"version": 1, "images": {"docker.io/library/a:1": {\n"linux/amd64": "sha256:abc"}}}',
      `x.lock:2:16: lock.images."docker.io/library/a:1"."linux/amd64" "sha256:abc" is not a digest; ${digest}.`,
    ],
    [
      '{"version": 1, "images": {"docker.io/library/a:1": {\n"amd64": null}}}',
      `x.lock:2:1: lock.images."docker.io/library/a:1" "amd64" is not a platform; expected os/arch[/variant], such as linux/amd64.\n  HINT\nx.lock:2:10: lock.images."docker.io/library/a:1".amd64 has no value; ${digest}.`,
    ],
    [
      `{"version": 1, "git": {"https://x/y#main": "abc"}}`,
      'x.lock:1:44: lock.git."https://x/y#main" "abc" is not a commit; expected 40 or 64 lower-case hexadecimal digits.',
    ],
    [
      `{"version": 1, "http": {"https://x/y": 1}}`,
      'x.lock:1:40: lock.http."https://x/y" is "1"; expected text: 64 lower-case hexadecimal digits.',
    ],
    [
      `{"version": 1, "local": {"a": "${HASH}",\n"a": "${HASH}"}}`,
      'x.lock:2:1: key "a" is written twice; it stands in line 1 already.',
    ],
  ])('%j is refused where it is wrong', (text, message) => {
    const hint = 'Mend it, or delete the file and run "darkroom lock" to write it anew.';
    expect(() => parseLock(text, 'x.lock')).toThrow(
      expect.objectContaining({ kind: 'use', message: `${message.replace('HINT', hint)}\n  ${hint}` }),
    );
  });
});
